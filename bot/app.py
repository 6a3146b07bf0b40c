"""The composition root: opens every resource, makes each part of the others that it names, runs them, closes them.

Calls point downwards; news travels up through the callbacks that are given here.
"""

import asyncio
import gc
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import aiohttp
import structlog

from bot.client import use_addresses
from bot.clock import Clock
from bot.delivery import (
    Acknowledgements,
    Cards,
    CardWiper,
    Delivery,
    DiscordClock,
    DiscordConnection,
    Posts,
    posted_once,
)
from bot.delivery.attachments import AttachmentBuilder
from bot.delivery.attempt import Attempts
from bot.delivery.routes.channel import ChannelRoute
from bot.delivery.routes.direct_message import DirectMessageRoute
from bot.delivery.routes.private_response import PrivateResponseRoute
from bot.delivery.routes.refusal_response import RefusalResponseRoute
from bot.domain.policy import blocked_words
from bot.domain.policy.limits import Caps
from bot.generation.api_calls import ApiCalls
from bot.generation.api_gate import ApiGate
from bot.generation.callbacks import JobCallbacks
from bot.generation.leases import Leases
from bot.generation.poll_schedule import PollSchedule
from bot.generation.poller import Poller
from bot.generation.queue_order import QueueOrder
from bot.generation.submitter import SUBMIT_PATH_KEY, Submitter
from bot.http_calls import proxies
from bot.interactions.services import Services
from bot.media.downloads import MediaFetcher
from bot.ops.health import Health, serve
from bot.ops.metrics import Metrics
from bot.ops.systemd import SystemdNotifier
from bot.runtime import App
from bot.services.cancellation import Cancellation
from bot.services.privacy import Privacy, TokenExpiry
from bot.services.requests import Requests
from bot.services.server_settings import ServerSettings
from bot.services.song_search import SongSearch
from bot.settings import Settings
from bot.store import Store, open_store
from bot.whisul import WhisulClient

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Wiring:
    """The parts of one program, made of what `opened` has opened."""

    settings: Settings
    clock: Clock
    store: Store
    whisul: WhisulClient
    media: MediaFetcher
    connection: DiscordConnection
    metrics: Metrics

    def app(self) -> App:
        """All of them."""
        return App(
            settings=self.settings,
            store=self.store,
            requests=self.requests,
            submitter=self.submitter,
            poller=self.poller,
            leases=self.leases,
            cards=self.cards,
            card_wiper=self.card_wiper,
            tokens=self.tokens,
            delivery=self.delivery,
            connection=self.connection,
            services=self.services,
            gate=self.gate,
            metrics=self.metrics,
            health=Health(),
            systemd=SystemdNotifier.from_environment(),
        )

    # --- what tells people ---------------------------------------------------------------------------------------

    @cached_property
    def cards(self) -> Cards:
        """The messages that show jobs at work."""
        return Cards(
            store=self.store,
            connection=self.connection,
            gate=self.gate,
            clock=self.clock,
            queue_order=self.queue_order,
        )

    @cached_property
    def card_wiper(self) -> CardWiper:
        """What takes the prompts off the cards of erased jobs."""
        return CardWiper(store=self.store, connection=self.connection, cards=self.cards, clock=self.clock)

    @cached_property
    def attachment_builder(self) -> AttachmentBuilder:
        """What fetches the files that go with a post."""
        return AttachmentBuilder(media=self.media, enabled=self.settings.attach_media)

    @cached_property
    def delivery(self) -> Delivery:
        """The outbox."""
        return Delivery(
            store=self.store,
            connection=self.connection,
            cards=self.cards,
            attempts=self.attempts,
            clock=self.clock,
            owner=self.store.owner,
        )

    @cached_property
    def attempts(self) -> Attempts:
        """What tells one job, by the best route first."""
        return Attempts(
            store=self.store,
            connection=self.connection,
            cards=self.cards,
            attachment_builder=self.attachment_builder,
            routes=[
                PrivateResponseRoute(connection=self.connection, clock=self.clock, cards=self.cards),
                RefusalResponseRoute(connection=self.connection, clock=self.clock, store=self.store),
                ChannelRoute(connection=self.connection, clock=self.clock, store=self.store),
                DirectMessageRoute(connection=self.connection, clock=self.clock),
            ],
            metrics=self.metrics,
        )

    # --- what calls Whisul ---------------------------------------------------------------------------------------

    @cached_property
    def gate(self) -> ApiGate:
        """The budget of the one API key."""
        return ApiGate(
            clock=self.clock,
            first_probe_wait_s=self.settings.poll_interval_s,
            calls_per_s=self.settings.whisul_requests_per_second,
            burst=self.settings.whisul_request_burst,
        )

    @cached_property
    def api(self) -> ApiCalls:
        """The calls of the music API, reported to the gate and the metrics."""
        return ApiCalls(client=self.whisul, gate=self.gate, metrics=self.metrics)

    @cached_property
    def queue_order(self) -> QueueOrder:
        """Whose turn it is to be submitted."""
        return QueueOrder(
            store=self.store,
            max_running=self.settings.max_running_jobs,
            max_per_server=self.settings.max_running_jobs_per_server,
        )

    @cached_property
    def submitter(self) -> Submitter:
        """What sends queued jobs."""
        return Submitter(
            store=self.store,
            queue_order=self.queue_order,
            api=self.api,
            poller=self.poller,
            clock=self.clock,
            metrics=self.metrics,
            job_deadline_s=self.settings.job_deadline_s,
            callbacks=self.job_callbacks,
        )

    @cached_property
    def poller(self) -> Poller:
        """What follows running jobs."""
        return Poller(
            store=self.store,
            api=self.api,
            clock=self.clock,
            metrics=self.metrics,
            schedule=PollSchedule(interval_s=self.settings.poll_interval_s, random_share=random.random),
            job_deadline_s=self.settings.job_deadline_s,
            not_found_grace_s=self.settings.job_not_found_grace_s,
            callbacks=self.job_callbacks,
        )

    @cached_property
    def leases(self) -> Leases:
        """Renews this process's leases and takes over jobs."""
        return Leases(
            store=self.store,
            poller=self.poller,
            clock=self.clock,
            metrics=self.metrics,
            on_change=self.delivery.announce,
        )

    @cached_property
    def job_callbacks(self) -> JobCallbacks:
        """What a job's changes cause outside of its generation."""
        return JobCallbacks(
            on_change=self.delivery.announce,
            on_waiting=self.cards.refresh_soon,
            on_slot_freed=self._on_slot_freed,
        )

    def _on_slot_freed(self) -> None:
        # Not a bound method of the submitter: it is made with the poller, and the poller with these callbacks.
        self.submitter.on_slot_freed()

    # --- what commands call --------------------------------------------------------------------------------------

    @cached_property
    def caps(self) -> Caps:
        """What the operator allows at most, whatever admins set."""
        return Caps(
            server_songs_per_day=self.settings.max_songs_per_day_per_server,
            songs_per_day=self.settings.max_songs_per_day,
            queued=self.settings.max_queued_jobs,
        )

    @cached_property
    def requests(self) -> Requests:
        """What takes requests."""
        return Requests(
            store=self.store,
            clock=self.clock,
            caps=self.caps,
            max_prompt_chars=self.settings.max_prompt_chars,
            on_queued=self._queued,
        )

    def _queued(self) -> None:
        self.submitter.wakeup.wake()
        self.tokens.wakeup.wake()

    @cached_property
    def tokens(self) -> TokenExpiry:
        """What wipes interaction tokens when they expire."""
        return TokenExpiry(store=self.store, clock=self.clock)

    @cached_property
    def privacy(self) -> Privacy:
        """What shows and erases what is stored."""
        return Privacy(
            store=self.store,
            clock=self.clock,
            erase_left_guilds_after=timedelta(days=self.settings.erase_left_guilds_after_days),
            on_erased=self.card_wiper.wakeup.wake,
        )

    @cached_property
    def services(self) -> Services:
        """What the commands are given."""
        return Services(
            server_settings=ServerSettings(store=self.store, api=self.api, caps=self.caps, clock=self.clock),
            requests=self.requests,
            song_search=SongSearch(store=self.store, clock=self.clock),
            cards=self.cards,
            card_wiper=self.card_wiper,
            acknowledgements=Acknowledgements(store=self.store, connection=self.connection, clock=self.clock),
            posts=Posts(
                store=self.store, connection=self.connection, attachment_builder=self.attachment_builder
            ),
            cancellation=Cancellation(store=self.store, clock=self.clock),
            privacy=self.privacy,
            poller=self.poller,
            queue_order=self.queue_order,
            metrics=self.metrics,
            store=self.store,
            clock=self.clock,
        )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database and the sessions and wire everything; closes them again in reverse."""
    clock = Clock()
    use_addresses(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    await asyncio.to_thread(blocked_words.build_look_alikes)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(settings.database_url, copies=settings.migration_copies)
        )
        whisul_session = await stack.enter_async_context(aiohttp.ClientSession())
        metrics = Metrics(clock=clock)
        discord_clock = DiscordClock(clock)
        proxy_for = proxies(settings.proxy)
        discord_proxy = proxy_for(settings.discord_api_url)
        discord_session = await stack.enter_async_context(
            aiohttp.ClientSession(
                middlewares=(posted_once,),
                trace_configs=[discord_clock.watch(metrics.discord_trace())],
                proxy=discord_proxy,
            )
        )
        media = await stack.enter_async_context(
            MediaFetcher(private_hosts=settings.media_private_hosts, proxy_for=proxies(settings.media_proxy))
        )
        whisul = WhisulClient(
            whisul_session,
            base_url=settings.whisul_api_url,
            api_key=settings.whisul_api_key,
            submit_path=settings.whisul_submit_path,
            remembered_path=await store.key_values.get(SUBMIT_PATH_KEY),
            proxy=proxy_for(settings.whisul_api_url),
        )
        wiring = Wiring(
            settings=settings,
            clock=clock,
            store=store,
            whisul=whisul,
            media=media,
            connection=DiscordConnection(session=discord_session, clock=discord_clock, proxy=discord_proxy),
            metrics=metrics,
        )
        yield wiring.app()


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises Fatal or StoreError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    for line in settings.warnings():
        log.warning("setting_unwise", what=line)
    for unknown in settings.unknown_names:
        log.warning("setting_unknown", what=unknown.what, nearest=unknown.nearest, remedy=unknown.remedy)
    async with (
        opened(settings) as app,
        serve(app.endpoints(), host=settings.ops_host, port=settings.ops_port),
    ):
        # What is loaded by now stays until the end. Full collections leave it out from here on: they hold the event loop up,
        # for a tenth of a second if they look through all of it.
        gc.collect()
        gc.freeze()
        await app.serve(stop)

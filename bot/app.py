"""The composition root: opens every resource, builds each part from the others that it names, runs and closes them.

Calls go to lower layers; where a lower layer must notify a higher one, it is handed the `Relay` here.
"""

import asyncio
import gc
import random
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog

from bot import __version__
from bot.client.music_bot import set_api_urls
from bot.client.shard_clients import ShardClients
from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.attachments import AttachmentBuilder
from bot.delivery.attempt import Attempts
from bot.delivery.card_wipes import CardWiper
from bot.delivery.cards import Cards
from bot.delivery.digest import WeeklyDigest
from bot.delivery.media.downloads import MediaFetcher
from bot.delivery.notices import ServerNotices
from bot.delivery.relay import Relay
from bot.delivery.routes.channel import ChannelRoute
from bot.delivery.routes.direct_message import DirectMessageRoute
from bot.delivery.routes.private_response import PrivateResponseRoute
from bot.delivery.routes.refusal_response import RefusalResponseRoute
from bot.delivery.sharing import SongSharing
from bot.delivery.worker import DeliveryWorker
from bot.discord_io.connection import DiscordConnection, fail_post_on_server_error
from bot.discord_io.discord_clock import DiscordClock
from bot.domain.policy.limits import Caps
from bot.domain.shards import Member
from bot.generation.api_calls import ApiCalls
from bot.generation.api_gate import ApiGate
from bot.generation.job_listener import JobListener
from bot.generation.leader import Leader
from bot.generation.poll_schedule import PollSchedule
from bot.generation.poller import Poller
from bot.generation.queue_order import QueueOrder
from bot.generation.submitter import SUBMIT_PATH_KEY, Submitter
from bot.http_calls import proxy_lookup
from bot.interactions.services import Services
from bot.ops.health import serve
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.runtime import App
from bot.services.cancellation import Cancellation
from bot.services.job_lookup import JobLookup
from bot.services.playlists import Playlists
from bot.services.privacy import Privacy, TokenExpiry
from bot.services.requests import Requests
from bot.services.server_settings import ServerSettings
from bot.services.song_search import SongSearch
from bot.settings import Settings
from bot.store import Store, open_store
from bot.whisul import WhisulClient

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What was opened for the program, and the two parts that everything else reports to or asks for the time."""

    clock: Clock
    metrics: Metrics
    store: Store
    whisul: WhisulClient
    media: MediaFetcher
    membership: Membership
    discord_session: aiohttp.ClientSession
    connection: DiscordConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The parts that take a job from the queue to its outcome."""

    api: ApiCalls
    queue_order: QueueOrder
    poller: Poller
    submitter: Submitter
    leader: Leader


def build(settings: Settings, resources: Resources) -> App:
    """Build every part from those it names: the lowest layer first, and what runs them last."""
    store, clock, connection = resources.store, resources.clock, resources.connection
    gate = ApiGate(
        clock=clock,
        membership=resources.membership,
        first_probe_wait_s=settings.poll_interval_s,
        calls_per_s=settings.whisul_requests_per_second,
        burst=settings.whisul_request_burst,
    )
    queue_order = QueueOrder(
        store=store,
        max_running=settings.max_running_jobs,
        max_per_server=settings.max_running_jobs_per_server,
    )
    cards = Cards(
        store=store,
        connection=connection,
        membership=resources.membership,
        gate=gate,
        clock=clock,
        queue_order=queue_order,
    )
    attachment_builder = AttachmentBuilder(media=resources.media, enabled=settings.attach_media)
    delivery = _delivery(settings, resources, cards, attachment_builder)
    relay = Relay(store=store, membership=resources.membership, delivery=delivery, cards=cards)
    generation = _generation(settings, resources, gate, queue_order, relay)
    submitter = generation.submitter
    tokens = TokenExpiry(store=store, clock=clock)
    card_wiper = CardWiper(store=store, connection=connection, cards=cards, clock=clock)
    # Only now: the parts that the relay wakes are built after it, since they report to it.
    relay.queue_wakeups = (submitter.wakeup, tokens.wakeup)
    relay.erasure_wakeups = (card_wiper.wakeup,)
    relay.poll = generation.poller.poll_soon
    digest = WeeklyDigest(store=store, connection=connection, clock=clock)
    services = _services(
        settings, resources, generation, relay, cards, card_wiper, attachment_builder, digest
    )

    senders = (delivery, cards, card_wiper)
    connection.calls_in_flight = lambda: [task for sender in senders for task in sender.in_flight()]
    return App(
        services=services,
        shard_clients=_shard_clients(
            settings, resources, services, on_ready=(delivery.wakeup, submitter.wakeup, digest.wakeup)
        ),
        relay=relay,
        poller=generation.poller,
        submitter=submitter,
        leader=generation.leader,
        delivery=delivery,
        tokens=tokens,
        digest=digest,
        connection=connection,
        gate=gate,
        backup_folder=settings.backup_folder,
    )


def _services(
    settings: Settings,
    resources: Resources,
    generation: Generation,
    relay: Relay,
    cards: Cards,
    card_wiper: CardWiper,
    attachment_builder: AttachmentBuilder,
    digest: WeeklyDigest,
) -> Services:
    store, clock, connection = resources.store, resources.clock, resources.connection
    caps = Caps(
        server_songs_per_day=settings.max_songs_per_day_per_server,
        person_songs_per_day=settings.max_songs_per_day_per_user,
        songs_per_day=settings.max_songs_per_day,
        queued=settings.max_queued_jobs,
        retention_days=settings.max_retention_days,
    )
    return Services(
        server_settings=ServerSettings(
            store=store, api=generation.api, caps=caps, clock=clock, on_saved=digest.wakeup.wake
        ),
        requests=Requests(
            store=store,
            clock=clock,
            caps=caps,
            max_prompt_chars=settings.max_prompt_chars,
            allow_dm=settings.allow_dm,
            allow_user_install=settings.allow_user_install,
            on_queued=relay.job_queued,
        ),
        job_lookup=JobLookup(
            store=store, clock=clock, poller=generation.poller, queue_order=generation.queue_order
        ),
        song_search=SongSearch(store=store, clock=clock),
        playlists=Playlists(store=store, clock=clock),
        cards=cards,
        card_wiper=card_wiper,
        acknowledgements=Acknowledgements(store=store, connection=connection, clock=clock),
        sharing=SongSharing(
            store=store,
            connection=connection,
            attachment_builder=attachment_builder,
            as_components=settings.post_format == "components",
        ),
        cancellation=Cancellation(store=store, clock=clock),
        privacy=Privacy(
            store=store,
            clock=clock,
            erase_left_guilds_after=timedelta(days=settings.erase_left_guilds_after_days),
            max_retention_days=settings.max_retention_days,
            on_erased=relay.data_erased,
        ),
        membership=resources.membership,
        metrics=resources.metrics,
        notices=ServerNotices(store=store, connection=connection, clock=clock),
        store=store,
        clock=clock,
    )


def _shard_clients(
    settings: Settings, resources: Resources, services: Services, *, on_ready: Sequence[Wakeup]
) -> ShardClients:
    def ready() -> None:
        for wakeup in on_ready:
            wakeup.wake()

    return ShardClients(
        token=settings.discord_token,
        api_url=settings.discord_api_url,
        wanted_shards=settings.shard_count,
        session=resources.discord_session,
        services=services,
        connection=resources.connection,
        on_ready=ready,
    )


def _delivery(
    settings: Settings, resources: Resources, cards: Cards, attachment_builder: AttachmentBuilder
) -> DeliveryWorker:
    store, clock, connection = resources.store, resources.clock, resources.connection
    attempts = Attempts(
        store=store,
        connection=connection,
        cards=cards,
        attachment_builder=attachment_builder,
        # In the order in which they are tried.
        routes=[
            PrivateResponseRoute(connection=connection, clock=clock, cards=cards),
            RefusalResponseRoute(connection=connection, clock=clock, store=store),
            ChannelRoute(connection=connection, clock=clock, store=store),
            DirectMessageRoute(connection=connection, clock=clock),
        ],
        metrics=resources.metrics,
        as_components=settings.post_format == "components",
    )
    return DeliveryWorker(
        store=store,
        connection=connection,
        cards=cards,
        attempts=attempts,
        clock=clock,
        membership=resources.membership,
    )


def _generation(
    settings: Settings, resources: Resources, gate: ApiGate, queue_order: QueueOrder, listener: JobListener
) -> Generation:
    store, clock, metrics = resources.store, resources.clock, resources.metrics
    membership = resources.membership
    api = ApiCalls(client=resources.whisul, gate=gate, metrics=metrics)
    poller = Poller(
        store=store,
        api=api,
        membership=membership,
        clock=clock,
        metrics=metrics,
        schedule=PollSchedule(interval_s=settings.poll_interval_s, random_share=random.random),
        job_deadline_s=settings.job_deadline_s,
        not_found_grace_s=settings.job_not_found_grace_s,
        listener=listener,
    )
    submitter = Submitter(
        store=store,
        queue_order=queue_order,
        api=api,
        poller=poller,
        membership=membership,
        clock=clock,
        metrics=metrics,
        job_deadline_s=settings.job_deadline_s,
        listener=listener,
    )
    leader = Leader(
        store=store,
        membership=membership,
        gate=gate,
        poller=poller,
        submitter=submitter,
        clock=clock,
        metrics=metrics,
        listener=listener,
    )
    return Generation(api=api, queue_order=queue_order, poller=poller, submitter=submitter, leader=leader)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database and the sessions and build everything; closes them again in reverse."""
    set_api_urls(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        yield build(settings, await _open_resources(settings, stack))


async def _open_resources(settings: Settings, stack: AsyncExitStack) -> Resources:
    clock = Clock()
    metrics = Metrics(clock=clock)
    proxy_for = proxy_lookup(settings.proxy)
    # The database first, so that it is closed last: all the others may still write.
    store = await stack.enter_async_context(
        open_store(settings.database_url, copies=settings.migration_copies)
    )
    whisul_session = await stack.enter_async_context(
        # An API with a key has no use for cookies, and filtering them takes time at each poll.
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    )
    discord_clock = DiscordClock(clock)
    discord_proxy = proxy_for(settings.discord_api_url)
    discord_session = await stack.enter_async_context(
        aiohttp.ClientSession(
            # Only for responses to interactions: messages of the client have nonces, so that discord.py may repeat them.
            middlewares=(fail_post_on_server_error,),
            trace_configs=[discord_clock.read_dates(metrics.discord_trace())],
            proxy=discord_proxy,
        )
    )
    media = await stack.enter_async_context(
        MediaFetcher(private_hosts=settings.media_private_hosts, proxy_for=proxy_lookup(settings.media_proxy))
    )
    whisul = WhisulClient(
        whisul_session,
        base_url=settings.whisul_api_url,
        api_key=settings.whisul_api_key,
        submit_path=settings.whisul_submit_path,
        remembered_path=await store.key_values.get(SUBMIT_PATH_KEY),
        proxy=proxy_for(settings.whisul_api_url),
    )
    membership = Membership(
        store=store,
        clock=clock,
        me=Member(owner=store.owner, shard_count=0, version=__version__, pins=settings.shard_ids),
    )
    connection = DiscordConnection(
        session=discord_session,
        clock=discord_clock,
        assigned=lambda: membership.assigned,
        proxy=discord_proxy,
    )
    return Resources(
        clock=clock,
        metrics=metrics,
        store=store,
        whisul=whisul,
        media=media,
        membership=membership,
        discord_session=discord_session,
        connection=connection,
    )


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises Fatal or StoreError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Before anything is opened: a signal during the start must still close what was opened.
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
        # All that is loaded now stays until the end: frozen, it is left out of full garbage collections, which would
        # otherwise block the event loop for a tenth of a second.
        gc.collect()
        gc.freeze()
        await app.serve(stop)

"""The composition root: opens every resource, wires the parts, runs them, closes them."""

import asyncio
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
import structlog

from bot.administration import Administration
from bot.alarm import Alarm
from bot.client import use_addresses
from bot.clock import Clock
from bot.composer import Composer
from bot.delivery import Cards, Delivery, Line, Posts, Promises, posted_once
from bot.delivery.attachments import Packer
from bot.delivery.channel import ChannelRung
from bot.delivery.direct import DirectMessageRung
from bot.delivery.private import PrivateRung
from bot.delivery.refusal import InteractionRung
from bot.gate import Gate
from bot.library import Library
from bot.limits import Caps
from bot.media import MediaFetcher
from bot.ops.health import Health, served
from bot.ops.metrics import Metrics
from bot.ops.notices import Notices
from bot.privacy import Privacy
from bot.runtime import App
from bot.schedule import Schedule
from bot.services import Services
from bot.settings import Settings
from bot.stopper import Stopper
from bot.store import Store, open_store
from bot.submitter import SUBMIT_PATH_FACT, Submitter
from bot.tracker import Tracker
from bot.turns import Turns
from bot.whisul import WhisulClient

log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database and the sessions and wire everything; closes them again in reverse."""
    clock = Clock()
    use_addresses(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(settings.database_url, copies=settings.migration_copies)
        )
        whisul_session = await stack.enter_async_context(aiohttp.ClientSession())
        metrics = Metrics(clock=clock)
        discord_session = await stack.enter_async_context(
            aiohttp.ClientSession(middlewares=(posted_once,), trace_configs=[metrics.discord_trace()])
        )
        media = await stack.enter_async_context(MediaFetcher(private_hosts=settings.media_private_hosts))
        whisul = WhisulClient(
            whisul_session,
            base_url=settings.whisul_api_url,
            api_key=settings.whisul_api_key,
            submit_path=settings.whisul_submit_path,
            remembered_path=await store.facts.get(SUBMIT_PATH_FACT),
        )
        yield wired(settings, clock, store, whisul, media, Line(session=discord_session), metrics)


def wired(
    settings: Settings,
    clock: Clock,
    store: Store,
    whisul: WhisulClient,
    media: MediaFetcher,
    line: Line,
    metrics: Metrics,
) -> App:
    """Put the parts together. Calls point downwards; news travels up through the callbacks given here."""
    work_to_submit = Alarm()
    gate = Gate(
        clock=clock,
        first_probe_wait_s=settings.poll_interval_s,
        calls_per_s=settings.whisul_requests_per_second,
        burst=settings.whisul_request_burst,
    )
    turns = Turns(
        store=store, most=settings.max_running_jobs, most_per_server=settings.max_running_jobs_per_server
    )
    cards = Cards(store=store, line=line, gate=gate, clock=clock, turns=turns)
    packer = Packer(media=media, enabled=settings.attach_media)
    delivery = Delivery(
        store=store,
        line=line,
        cards=cards,
        packer=packer,
        ladder=[
            PrivateRung(line=line, clock=clock, cards=cards),
            InteractionRung(line=line, clock=clock, store=store),
            ChannelRung(line=line, clock=clock, store=store),
            DirectMessageRung(line=line, clock=clock),
        ],
        clock=clock,
        metrics=metrics,
        owner=store.owner,
    )
    tracker = Tracker(
        store=store,
        whisul=whisul,
        gate=gate,
        clock=clock,
        metrics=metrics,
        owner=store.owner,
        schedule=Schedule(interval_s=settings.poll_interval_s, chance=random.random),
        poll_interval_s=settings.poll_interval_s,
        job_deadline_s=settings.job_deadline_s,
        not_found_grace_s=settings.job_not_found_grace_s,
        on_change=delivery.announce,
        on_room=lambda: submitter.room_made(),  # noqa: PLW0108 - the submitter is made below
    )
    submitter = Submitter(
        store=store,
        turns=turns,
        whisul=whisul,
        gate=gate,
        clock=clock,
        metrics=metrics,
        owner=store.owner,
        max_running_jobs=settings.max_running_jobs,
        job_deadline_s=settings.job_deadline_s,
        alarm=work_to_submit,
        on_running=lambda job: tracker.follow([job]),
        on_change=delivery.announce,
        on_waiting=cards.refresh_soon,
    )
    caps = Caps(
        server_songs_per_day=settings.max_songs_per_day_per_server,
        songs_per_day=settings.max_songs_per_day,
        queued=settings.max_queued_jobs,
    )
    composer = Composer(
        store=store,
        clock=clock,
        caps=caps,
        max_prompt_chars=settings.max_prompt_chars,
        on_queued=work_to_submit.ring,
    )
    services = Services(
        administration=Administration(store=store, whisul=whisul, gate=gate, caps=caps, clock=clock),
        composer=composer,
        library=Library(store=store, clock=clock),
        cards=cards,
        promises=Promises(store=store, line=line, clock=clock),
        posts=Posts(store=store, line=line, packer=packer, clock=clock),
        stopper=Stopper(store=store, clock=clock),
        privacy=Privacy(
            store=store,
            clock=clock,
            erase_left_guilds_after=timedelta(days=settings.erase_left_guilds_after_days),
        ),
        tracker=tracker,
        turns=turns,
        metrics=metrics,
        store=store,
        clock=clock,
    )
    return App(
        settings=settings,
        store=store,
        composer=composer,
        submitter=submitter,
        tracker=tracker,
        cards=cards,
        delivery=delivery,
        line=line,
        services=services,
        gate=gate,
        metrics=metrics,
        health=Health(),
        notices=Notices.from_environment(),
    )


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises Fatal or StoreError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    for line in settings.warnings():
        log.warning("setting_unwise", what=line)
    async with (
        opened(settings) as app,
        served(app.endpoints(), host=settings.ops_host, port=settings.ops_port),
    ):
        await app.serve(stop)

"""The composition root: opens every resource, has the parts wired, runs them, closes them."""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog

from bot import words
from bot.client import use_addresses
from bot.clock import Clock
from bot.delivery import DiscordClock, Line, posted_once
from bot.media import MediaFetcher
from bot.ops.health import served
from bot.ops.metrics import Metrics
from bot.proxies import proxies
from bot.runtime import App
from bot.settings import Settings
from bot.store import open_store
from bot.submitter import SUBMIT_PATH_FACT
from bot.whisul import WhisulClient
from bot.wiring import Wiring

log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database and the sessions and wire everything; closes them again in reverse."""
    clock = Clock()
    use_addresses(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    await asyncio.to_thread(words.prepare)
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
            remembered_path=await store.facts.get(SUBMIT_PATH_FACT),
            proxy=proxy_for(settings.whisul_api_url),
        )
        wiring = Wiring(
            settings=settings,
            clock=clock,
            store=store,
            whisul=whisul,
            media=media,
            line=Line(session=discord_session, clock=discord_clock, proxy=discord_proxy),
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
        served(app.endpoints(), host=settings.ops_host, port=settings.ops_port),
    ):
        # What is loaded by now stays until the end. Full collections leave it out from here on: they hold the event loop up,
        # for a tenth of a second if they look through all of it.
        gc.collect()
        gc.freeze()
        await app.serve(stop)

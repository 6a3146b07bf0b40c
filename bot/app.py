"""The composition root: opens every resource, wires the parts, runs them, drains them, closes them."""

import asyncio
import random
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import aiohttp
import discord
import structlog

from bot.administration import Administration
from bot.alarm import Alarm
from bot.client import MusicBot, use_addresses
from bot.clock import Clock
from bot.composer import Composer
from bot.delivery import Cards, Delivery, Line, Posts, Promises, posted_once
from bot.delivery.attachments import Packer
from bot.delivery.channel import ChannelRung
from bot.delivery.direct import DirectMessageRung
from bot.delivery.private import PrivateRung
from bot.delivery.refusal import InteractionRung
from bot.errors import BotError
from bot.gate import Gate
from bot.library import Library
from bot.limits import Caps
from bot.media import MediaFetcher
from bot.ops.health import Health, served
from bot.privacy import Privacy
from bot.schedule import Schedule
from bot.services import Services
from bot.settings import Settings
from bot.stopper import Stopper
from bot.store import Store, open_store
from bot.submitter import SUBMIT_PATH_FACT, Submitter
from bot.tasks import ended
from bot.tracker import Tracker
from bot.turns import Turns
from bot.whisul import WhisulClient

log = structlog.get_logger(__name__)

Task = asyncio.Task[None]

DRAIN_S = 3.5
"""For each of the two halves of a shutdown, which must end within 10 seconds."""

RESTART_WAIT_S = 1.0
MAX_RESTART_WAIT_S = 120.0
"""Discord allows 1,000 new sessions a day: at this pace even an endless failure stays below."""

STEADY_S = 60.0
"""What has run for this long starts again without a long wait."""

FATAL_CLOSES = {
    4004: "Discord refuses the token at the gateway. Check DISCORD_TOKEN.",
    4013: "Discord refuses the intents as invalid. This version of the bot is too old for the gateway.",
    4014: "Discord refuses the intents as not allowed. The bot needs none that is privileged; check the application.",
}


class ExitCode(IntEnum):
    """How the process ends, after sysexits.h."""

    OK = 0
    USAGE = 64
    SOFTWARE = 70
    CANNOT_CREATE = 73
    DATABASE = 74
    BUSY = 75
    SETTINGS = 78


class Fatal(BotError):
    """The program cannot go on, and starting it again as it is will not help."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, opened and wired."""

    settings: Settings
    store: Store
    composer: Composer
    submitter: Submitter
    tracker: Tracker
    cards: Cards
    delivery: Delivery
    line: Line
    services: Services
    health: Health

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then drain.

        Raises:
            Fatal: when only the operator can help.
        """
        await self.tracker.remember()
        await self.tracker.adopt(takeover=self.store.is_exclusive)
        await self.store.forget_tokens(now=self.services.clock.now())
        tasks = {
            "submitter": asyncio.create_task(supervised("submitter", self.submitter.run)),
            "tracker": asyncio.create_task(supervised("tracker", self.tracker.run)),
            "leases": asyncio.create_task(supervised("leases", self.tracker.keep_leases)),
            "delivery": asyncio.create_task(supervised("delivery", self._deliver)),
            "promises": asyncio.create_task(supervised("promises", self._mend_promises)),
            "cards": asyncio.create_task(supervised("cards", self.cards.run)),
            "privacy": asyncio.create_task(supervised("privacy", self.services.privacy.run)),
            "discord": asyncio.create_task(self._keep_connected()),
        }
        self.health.watch(tasks)
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._shut_down(**tasks)
        for task in done - {stopping}:
            task.result()

    async def _deliver(self) -> None:
        await self.delivery.run(takeover=self.store.is_exclusive)

    async def _mend_promises(self) -> None:
        await self.services.promises.run(takeover=self.store.is_exclusive)

    async def _shut_down(
        self,
        *,
        submitter: Task,
        tracker: Task,
        leases: Task,
        delivery: Task,
        promises: Task,
        cards: Task,
        privacy: Task,
        discord: Task,
    ) -> None:
        """First what costs money or changes a job, then what tells people, then the connection."""
        log.info("stopping")
        self.composer.close()
        self.submitter.close()
        late = await ended([submitter], grace_s=1.0)
        await ended([tracker, leases])
        working = [*self.submitter.in_hand(), *self.tracker.in_hand(), *commands_in_hand()]
        late += await ended(working, grace_s=DRAIN_S)
        await ended([delivery, promises, cards, privacy])
        late += await ended([*self.delivery.in_hand(), *self.cards.in_hand()], grace_s=DRAIN_S)
        await ended([discord])
        if late:
            log.warning("stopped_in_the_middle", tasks=late, effect="the next start goes on with them")
        try:
            await self.store.release(owner=self.store.owner)
        except BotError as error:
            log.warning("leases_not_released", error=str(error))
        log.info("stopped")

    async def _keep_connected(self) -> None:
        """Stay connected to Discord, with a fresh client after every end and a growing wait between them."""
        clock = self.services.clock
        wait_s = RESTART_WAIT_S
        while True:
            began = clock.monotonic()
            bot = MusicBot(services=self.services, line=self.line, on_ready=self._greet)
            try:
                await bot.run_until_cancelled(self.settings.discord_token.get_secret_value())
            except discord.LoginFailure as error:
                raise Fatal("Discord refuses the token. Check DISCORD_TOKEN.", ExitCode.SETTINGS) from error
            except discord.PrivilegedIntentsRequired as error:
                raise Fatal(FATAL_CLOSES[4014], ExitCode.SETTINGS) from error
            except discord.ConnectionClosed as error:
                if error.code in FATAL_CLOSES:
                    raise Fatal(FATAL_CLOSES[error.code], ExitCode.SETTINGS) from error
                log.warning("discord_closed", code=error.code)
            except Exception as error:  # noqa: BLE001 - discord.py lets errors of every kind out of a lost connection
                log.warning("discord_lost", error=f"{type(error).__name__}: {error}"[:300])
            wait_s = RESTART_WAIT_S if clock.monotonic() - began > STEADY_S else wait_s
            pause_s = wait_s * (1 + random.random() / 4)
            log.info("discord_again", in_s=round(pause_s, 1))
            await asyncio.sleep(pause_s)
            wait_s = min(MAX_RESTART_WAIT_S, wait_s * 2)

    def _greet(self) -> None:
        self.delivery.alarm.ring()
        self.submitter.alarm.ring()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database and the sessions and wire everything; closes them again in reverse."""
    clock = Clock()
    use_addresses(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.database_url))
        whisul_session = await stack.enter_async_context(aiohttp.ClientSession())
        discord_session = await stack.enter_async_context(aiohttp.ClientSession(middlewares=(posted_once,)))
        media = await stack.enter_async_context(MediaFetcher(private_hosts=settings.media_private_hosts))
        whisul = WhisulClient(
            whisul_session,
            base_url=settings.whisul_api_url,
            api_key=settings.whisul_api_key,
            submit_path=settings.whisul_submit_path,
            remembered_path=await store.fact(SUBMIT_PATH_FACT),
        )
        yield wired(settings, clock, store, whisul, media, Line(session=discord_session))


def wired(
    settings: Settings,
    clock: Clock,
    store: Store,
    whisul: WhisulClient,
    media: MediaFetcher,
    line: Line,
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
            InteractionRung(line=line, clock=clock),
            ChannelRung(line=line, clock=clock, store=store),
            DirectMessageRung(line=line, clock=clock),
        ],
        clock=clock,
        owner=store.owner,
    )
    tracker = Tracker(
        store=store,
        whisul=whisul,
        gate=gate,
        clock=clock,
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
        owner=store.owner,
        max_running_jobs=settings.max_running_jobs,
        job_deadline_s=settings.job_deadline_s,
        alarm=work_to_submit,
        on_running=lambda job: tracker.follow([job]),
        on_change=delivery.announce,
        on_waiting=cards.refresh_soon,
    )
    composer = Composer(
        store=store,
        clock=clock,
        caps=Caps(
            server_songs_per_day=settings.max_songs_per_day_per_server,
            songs_per_day=settings.max_songs_per_day,
            queued=settings.max_queued_jobs,
        ),
        max_prompt_chars=settings.max_prompt_chars,
        on_queued=work_to_submit.ring,
    )
    services = Services(
        administration=Administration(store=store, whisul=whisul, gate=gate, clock=clock),
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
        health=Health(),
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
        served(app.health, host=settings.ops_host, port=settings.ops_port),
    ):
        await app.serve(stop)


async def supervised(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it returns: an error in a loop is logged and must not end what the others do."""
    wait_s = RESTART_WAIT_S
    while True:
        try:
            await work()
            return
        except BotError as error:
            log.error("task_failed", task=name, error=str(error), again_in_s=wait_s)  # noqa: TRY400 - a foreseen error: its text says it all
        except Exception:
            log.exception("task_crashed", task=name, again_in_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(STEADY_S, wait_s * 2)


def commands_in_hand() -> list[asyncio.Task[None]]:
    """The commands and presses that are being answered, by the names that discord.py gives their tasks.

    It closes without waiting for them, and they would find their session closed.
    """
    names = ("CommandTree-invoker", "discord.py: on_interaction")
    return [task for task in asyncio.all_tasks() if task.get_name() in names]

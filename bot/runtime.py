"""What runs: the loops of the program, started together and ended in the right order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.client import keep_connected
from bot.concurrency import cancel_and_wait, supervised
from bot.delivery import Cards, CardWiper, Delivery, DiscordConnection
from bot.errors import BotError, ExitCode, Fatal
from bot.generation.api_gate import ApiGate
from bot.generation.poller import Poller
from bot.generation.submitter import Submitter
from bot.interactions.services import Services
from bot.ops.health import Handler, Health, Readiness
from bot.ops.metrics import Metrics, Reading
from bot.ops.notices import Notices
from bot.services.privacy import TokenExpiry
from bot.services.requests import Requests
from bot.settings import Settings
from bot.store import Store
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

Task = asyncio.Task[None]

DRAIN_S = 3.5
"""For each of the two halves of a shutdown, which must end within 10 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, opened and wired."""

    settings: Settings
    store: Store
    composer: Requests
    submitter: Submitter
    tracker: Poller
    cards: Cards
    wiper: CardWiper
    tokens: TokenExpiry
    delivery: Delivery
    line: DiscordConnection
    services: Services
    gate: ApiGate
    metrics: Metrics
    health: Health
    notices: Notices

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then drain.

        Raises:
            Fatal: when only the operator can help, or a loop has ended that must not.
        """
        await self.tracker.remember()
        await self.tracker.take_over(takeover=self.store.is_exclusive)
        loops = {
            "submitter": self.submitter.run,
            "tracker": self.tracker.run,
            "leases": self.tracker.keep_leases,
            "delivery": self._deliver,
            "promises": self._mend_promises,
            "cards": self.cards.run,
            "wiper": self.wiper.run,
            "privacy": self.services.privacy.run,
            "tokens": self.tokens.run,
            "metrics": self.metrics.run,
            "notices": self._notify,
        }
        self.metrics.expect_tasks(loops)
        tasks = {name: asyncio.create_task(self._supervised(name, loop)) for name, loop in loops.items()}
        tasks["discord"] = asyncio.create_task(self._keep_connected())
        self.health.watch(tasks)
        self.notices.ready()
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._shut_down(**tasks)
        if stopping not in done:
            raise next(why_ended(name, task) for name, task in tasks.items() if task in done)

    async def _supervised(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        await supervised(name, loop, clock=self.services.clock, on_failure=self.metrics.task_failed)

    def endpoints(self) -> dict[str, Handler]:
        """What supervisors may ask, by path."""
        readiness = Readiness(
            {
                "gateway": self._gateway_ready,
                "database": self._database_ready,
                "key": self._key_ready,
                "credit": self._credit_ready,
            }
        )
        return {
            "/healthz": self.health.answer,
            "/readyz": readiness.answer,
            "/metrics": self.metrics.handler(self._read),
        }

    async def _gateway_ready(self) -> str | None:
        return None if self.line.is_online else "there is no gateway session with Discord"

    async def _database_ready(self) -> str | None:
        if fault := self.store.file_fault:
            return fault
        try:
            await self.store.facts.prove_writable(now=self.services.clock.now())
        except StoreError as error:
            return str(error)
        return None

    async def _key_ready(self) -> str | None:
        return "Whisul refuses the key: check WHISUL_API_KEY" if self.gate.key_refused else None

    async def _credit_ready(self) -> str | None:
        return "the account at Whisul has no credit left: top it up" if self.gate.no_credit else None

    async def _read(self) -> Reading:
        try:
            backlog = await self.store.backlog()
        except StoreError:
            backlog = None
        return Reading(
            backlog=backlog,
            calls_per_s=self.gate.calls_per_s,
            is_paused=self.gate.is_paused,
            key_refused=self.gate.key_refused,
            no_credit=self.gate.no_credit,
            is_online=self.line.is_online,
            latency_s=self.line.latency_s,
            guilds=self.line.guilds,
        )

    async def _notify(self) -> None:
        await self.notices.run(is_well=self.health.is_well, status=self._status)

    def _status(self) -> str:
        """One line for whoever asks the service manager."""
        return f"online in {self.line.guilds} servers" if self.line.is_online else "connecting to Discord"

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
        wiper: Task,
        privacy: Task,
        tokens: Task,
        metrics: Task,
        notices: Task,
        discord: Task,
    ) -> None:
        """First what costs money or changes a job, then what tells people, then the connection."""
        log.info("stopping")
        self.notices.stopping()
        self.composer.close()
        self.submitter.close()
        late = await cancel_and_wait([submitter], grace_s=1.0)
        await cancel_and_wait([tracker, leases])
        working = [*self.submitter.in_flight(), *self.tracker.in_flight(), *commands_in_hand()]
        late += await cancel_and_wait(working, grace_s=DRAIN_S)
        await cancel_and_wait([delivery, promises, cards, wiper, privacy, tokens, metrics, notices])
        telling = [*self.delivery.in_flight(), *self.cards.in_flight(), *self.wiper.in_flight()]
        late += await cancel_and_wait(telling, grace_s=DRAIN_S)
        await cancel_and_wait([discord])
        if late:
            log.info("stopped_in_the_middle", tasks=late, effect="the next start goes on with them")
        try:
            await self.store.release(owner=self.store.owner)
        except BotError as error:
            log.info("leases_not_released", error=str(error), effect="they lapse by themselves")
        log.info("stopped")

    async def _keep_connected(self) -> None:
        await keep_connected(
            self.settings.discord_token, services=self.services, line=self.line, on_ready=self._greet
        )

    def _greet(self) -> None:
        self.delivery.alarm.wake()
        self.submitter.alarm.wake()


def why_ended(name: str, task: Task) -> BaseException:
    """What a task has raised that must not end; where it has just ended, a sentence that says so."""
    error = None if task.cancelled() else task.exception()
    return error or Fatal(f"The task {name!r} has ended though nobody told it to.", ExitCode.SOFTWARE)


def commands_in_hand() -> list[asyncio.Task[None]]:
    """The commands and presses that are being answered, by the names that discord.py gives their tasks.

    It closes without waiting for them, and they would find their session closed.
    """
    names = ("CommandTree-invoker", "discord.py: on_interaction")
    return [task for task in asyncio.all_tasks() if task.get_name() in names]

"""Runs the loops of the program: starts them together, and shuts them down in order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from pydantic import SecretStr

from bot.client import keep_connected
from bot.concurrency import cancel_and_wait, supervised
from bot.delivery import DeliveryWorker
from bot.discord_io.connection import DiscordConnection
from bot.errors import BotError, ExitCode, Fatal
from bot.generation.api_gate import ApiGate
from bot.generation.leases import Leases
from bot.generation.submitter import Submitter
from bot.interactions.services import Services
from bot.ops.health import Handler, Health, Readiness
from bot.ops.metrics import Snapshot
from bot.ops.systemd import SystemdNotifier
from bot.services.privacy import TokenExpiry
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

Task = asyncio.Task[None]

DRAIN_S = 3.5
"""The grace period, in seconds, of each of the two halves of a shutdown, which must end within 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, built by `bot.app`."""

    discord_token: SecretStr
    services: Services
    submitter: Submitter
    leases: Leases
    delivery: DeliveryWorker
    tokens: TokenExpiry
    connection: DiscordConnection
    gate: ApiGate
    health: Health = field(default_factory=Health)
    systemd: SystemdNotifier = field(default_factory=SystemdNotifier.from_environment)

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then shut down.

        Raises:
            Fatal: only the operator can help, or a loop has ended that must not.
        """
        # Before the jobs are taken over: the durations decide when they are polled first.
        await self.services.poller.load_durations()
        await self.leases.take_over(takeover=self.services.store.is_exclusive)
        # The names are labels of `task_failures_total`: dashboards and alerts know them.
        loops = {
            "submitter": self.submitter.run,
            "tracker": self.services.poller.run,
            "leases": self.leases.run,
            "delivery": self._deliver,
            "promises": self._resolve_pending_acks,
            "cards": self.services.cards.run,
            "wiper": self.services.card_wiper.run,
            "privacy": self.services.privacy.run,
            "tokens": self.tokens.run,
            "metrics": self.services.metrics.run,
            "notices": self._notify,
        }
        self.services.metrics.expect_tasks(loops)
        tasks = {name: asyncio.create_task(self._supervised(name, loop)) for name, loop in loops.items()}
        tasks["discord"] = asyncio.create_task(self._keep_connected())
        self.health.watch(tasks)
        # Without waiting for Discord: an outage there must not make the start fail.
        self.systemd.ready()
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._shut_down(dict(tasks))
        if stopping not in done:
            raise next(end_reason(name, task) for name, task in tasks.items() if task in done)

    async def _supervised(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        await supervised(name, loop, clock=self.services.clock, on_failure=self.services.metrics.task_failed)

    def endpoints(self) -> dict[str, Handler]:
        """The handlers of the operations endpoint, by path."""
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
            "/metrics": self.services.metrics.handler(self._gauges),
        }

    async def _gateway_ready(self) -> str | None:
        return None if self.connection.is_online else "there is no gateway session with Discord"

    async def _database_ready(self) -> str | None:
        if fault := self.services.store.file_fault:
            return fault
        try:
            await self.services.store.key_values.check_writable(now=self.services.clock.now())
        except StoreError as error:
            return str(error)
        return None

    async def _key_ready(self) -> str | None:
        return "Whisul refuses the key: check WHISUL_API_KEY" if self.gate.key_refused else None

    async def _credit_ready(self) -> str | None:
        return "the account at Whisul has no credit left: top it up" if self.gate.no_credit else None

    async def _gauges(self) -> Snapshot:
        try:
            backlog = await self.services.store.backlog()
        except StoreError:
            backlog = None
        return Snapshot(
            backlog=backlog,
            calls_per_s=self.gate.calls_per_s,
            is_paused=self.gate.is_paused,
            key_refused=self.gate.key_refused,
            no_credit=self.gate.no_credit,
            is_online=self.connection.is_online,
            latency_s=self.connection.latency_s,
            guilds=self.connection.guilds,
        )

    async def _notify(self) -> None:
        await self.systemd.run(is_healthy=self.health.is_healthy, status=self._status)

    def _status(self) -> str:
        """The status line for systemd."""
        return (
            f"online in {self.connection.guilds} servers"
            if self.connection.is_online
            else "connecting to Discord"
        )

    async def _deliver(self) -> None:
        await self.delivery.run(takeover=self.services.store.is_exclusive)

    async def _resolve_pending_acks(self) -> None:
        await self.services.acknowledgements.run(takeover=self.services.store.is_exclusive)

    async def _shut_down(self, tasks: dict[str, Task]) -> None:
        """Stop what submits or changes jobs, then what sends messages, then the connection."""
        log.info("stopping")
        self.systemd.stopping()
        # Before the drain: each request that was admitted from here on would have to be drained, too.
        self.services.requests.close()
        self.submitter.close()
        # The submitter's loop ends by itself: cancelled between an intent and its submit, a job would become `unknown`.
        late = await cancel_and_wait([tasks["submitter"]], grace_s=1.0)
        # Only the loops: polls in flight are awaited below, since they may bring an outcome.
        await cancel_and_wait([tasks["tracker"], tasks["leases"]])
        working = [*self.submitter.in_flight(), *self.services.poller.in_flight(), *commands_in_flight()]
        late += await cancel_and_wait(working, grace_s=DRAIN_S)
        # All other loops end before the connection, which the running sends still need.
        connected = tasks.pop("discord")
        await cancel_and_wait(tasks.values())
        sending = [
            *self.delivery.in_flight(),
            *self.services.cards.in_flight(),
            *self.services.card_wiper.in_flight(),
        ]
        late += await cancel_and_wait(sending, grace_s=DRAIN_S)
        await cancel_and_wait([connected])
        if late:
            log.info("stopped_in_the_middle", tasks=late, effect="the next start goes on with them")
        # Last: from here on another process may take the jobs over.
        try:
            await self.services.store.release_leases(owner=self.services.store.owner)
        except BotError as error:
            log.info("leases_not_released", error=str(error), effect="they lapse by themselves")
        log.info("stopped")

    async def _keep_connected(self) -> None:
        await keep_connected(
            self.discord_token,
            services=self.services,
            connection=self.connection,
            on_ready=self._wake_loops,
        )

    def _wake_loops(self) -> None:
        self.delivery.wakeup.wake()
        self.submitter.wakeup.wake()


def end_reason(name: str, task: Task) -> BaseException:
    """The error of a task that must not end, or, if it ended without one, a Fatal with its name."""
    error = None if task.cancelled() else task.exception()
    return error or Fatal(f"The task {name!r} has ended though nobody told it to.", ExitCode.SOFTWARE)


def commands_in_flight() -> list[asyncio.Task[None]]:
    """The running interactions, found by the names that discord.py gives their tasks.

    discord.py closes its session without waiting for them.
    """
    names = ("CommandTree-invoker", "discord.py: on_interaction")
    return [task for task in asyncio.all_tasks() if task.get_name() in names]

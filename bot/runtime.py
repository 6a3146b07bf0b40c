"""Runs the loops of the program: starts them together, and shuts them down in order."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from bot.client.music_bot import commands_in_flight
from bot.client.shard_clients import ShardClients
from bot.concurrency import cancel_and_wait, supervised
from bot.delivery.digest import WeeklyDigest
from bot.delivery.relay import Relay
from bot.delivery.worker import DeliveryWorker
from bot.discord_io.connection import DiscordConnection
from bot.errors import BotError, ExitCode, Fatal
from bot.generation.api_gate import ApiGate
from bot.generation.leader import Leader
from bot.generation.poller import Poller
from bot.generation.submitter import Submitter
from bot.interactions.services import Services
from bot.ops.gauges import Snapshot
from bot.ops.health import Handler, Health, Readiness
from bot.ops.systemd import SystemdNotifier
from bot.services.privacy import TokenExpiry
from bot.store import newest_backup
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

Task = asyncio.Task[None]

DRAIN_S = 3.5
"""The grace period, in seconds, of each of the two halves of a shutdown, which must end within 10."""


HANDOVER_S = 5.0
"""How long a process that shuts down keeps its gateway sessions until others have theirs for the same shards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, built by `bot.app`."""

    services: Services
    submitter: Submitter
    poller: Poller
    leader: Leader
    shard_clients: ShardClients
    relay: Relay
    delivery: DeliveryWorker
    tokens: TokenExpiry
    digest: WeeklyDigest
    connection: DiscordConnection
    gate: ApiGate
    backup_folder: Path | None = None
    health: Health = field(default_factory=Health)
    systemd: SystemdNotifier = field(default_factory=SystemdNotifier.from_environment)

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then shut down.

        Raises:
            Fatal: only the operator can help, or a loop has ended that must not.
        """
        store, membership = self.services.store, self.services.membership
        if store.is_exclusive:
            await self.leader.take_over()
        # The names are labels of `task_failures_total`: dashboards and alerts know them.
        loops = {
            "submitter": self.submitter.run,
            "tracker": self.poller.run,
            "leader": self.leader.run,
            "delivery": self.delivery.run,
            "promises": self.services.acknowledgements.run,
            "cards": self.services.cards.run,
            "wiper": partial(self._while_leading, self.services.card_wiper.run),
            "privacy": partial(self._while_leading, self.services.privacy.run),
            "tokens": partial(self._while_leading, self.tokens.run),
            "digest": self.digest.run,
            "metrics": self.services.metrics.run,
            "notices": self._notify,
        }
        if not store.is_exclusive:
            loops |= {
                "membership": membership.run,
                "announcing": store.announcements.run_sender,
                "listening": partial(store.announcements.run_listener, self.relay.received),
            }
        self.services.metrics.expect_tasks(loops)
        tasks = {name: asyncio.create_task(self._supervised(name, loop)) for name, loop in loops.items()}
        tasks["discord"] = asyncio.create_task(self.shard_clients.run())
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
        membership = self.services.membership
        try:
            backlog = await self.services.store.backlog()
        except StoreError:
            backlog = None
        return Snapshot(
            now=self.services.clock.now(),
            backlog=backlog,
            leads=membership.leads,
            group=membership.group,
            beat_age_s=membership.beat_age_s,
            calls_per_s=self.gate.calls_per_s,
            is_paused=self.gate.is_paused,
            key_refused=self.gate.key_refused,
            no_credit=self.gate.no_credit,
            is_online=self.connection.is_online,
            connected=self.connection.connected,
            latencies_s=self.connection.latencies_s,
            guilds=self.connection.guilds,
            backup_age_s=await asyncio.to_thread(self._backup_age_s),
        )

    def _backup_age_s(self) -> float | None:
        if self.backup_folder is None:
            return None
        newest = newest_backup(self.backup_folder)
        return math.inf if newest is None else (self.services.clock.now() - newest).total_seconds()

    async def _notify(self) -> None:
        await self.systemd.run(is_healthy=self.health.is_healthy, status=self._status)

    def _status(self) -> str:
        """The status line for systemd."""
        return (
            f"online in {self.connection.guilds} servers"
            if self.connection.is_online
            else "connecting to Discord"
        )

    async def _while_leading(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop whenever this process leads."""
        membership = self.services.membership
        while True:
            await membership.until_leading()
            running = asyncio.ensure_future(loop())
            losing = asyncio.create_task(membership.until_not_leading())
            try:
                await asyncio.wait([running, losing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait([running, losing])
            if not running.cancelled():
                return running.result()

    async def _hand_over(self) -> None:
        """Have other processes lead and take the shards, and wait a while until they have: until then this one goes on."""
        membership = self.services.membership
        try:
            await membership.resign()
        except BotError as error:
            log.info(
                "not_resigned", error=str(error), effect="the other processes find out after some seconds"
            )
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_S):
                while membership.assigned.ids and membership.has_successor:
                    await membership.next_change()

    async def _shut_down(self, tasks: dict[str, Task]) -> None:
        """Stop what submits or changes jobs, then what sends messages, then the connection."""
        log.info("stopping")
        self.systemd.stopping()
        await self._hand_over()
        if self.services.membership.has_successor:
            # What is asked from here on is for the others. What this process was asked before is taken, and answered.
            await cancel_and_wait([tasks["discord"]])
        # Before the drain: each request that was admitted from here on would have to be drained, too.
        self.services.requests.close()
        self.submitter.close()
        # The submitter's loop ends by itself: cancelled between an intent and its submit, a job would become `unknown`.
        late = await cancel_and_wait([tasks["submitter"]], grace_s=1.0)
        # Only the loops: polls in flight are awaited below, since they may bring an outcome.
        await cancel_and_wait([tasks["tracker"], tasks["leader"]])
        working = [*self.submitter.in_flight(), *self.poller.in_flight(), *commands_in_flight()]
        late += await cancel_and_wait(working, grace_s=DRAIN_S)
        # All other loops end before the connection, which the running sends still need.
        connected = tasks.pop("discord")
        await cancel_and_wait(tasks.values())
        late += await cancel_and_wait(self.connection.calls_in_flight(), grace_s=DRAIN_S)
        await cancel_and_wait([connected])
        if late:
            log.info("stopped_in_the_middle", tasks=late, effect="the next start goes on with them")
        # Last: from here on another process may take the deliveries over.
        try:
            await self.services.membership.leave()
        except BotError as error:
            log.info("not_left", error=str(error), effect="the other processes find out after some seconds")
        log.info("stopped")


def end_reason(name: str, task: Task) -> BaseException:
    """The error of a task that must not end, or, if it ended without one, a Fatal with its name."""
    error = None if task.cancelled() else task.exception()
    return error or Fatal(f"The task {name!r} has ended though nobody told it to.", ExitCode.SOFTWARE)

"""This process among those that share the database: whether it leads, and which servers it serves.

One process leads: it alone calls the music API, and does what is to be done once. Every process serves some of the shards:
it has their gateway sessions, draws the cards of their servers, and delivers there. With SQLite there is only one process,
which leads and serves everything, and nothing here takes place.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.domain.api_status import ApiStatus
from bot.domain.shards import Group, Member, ShardRow, Shards, shard_of
from bot.errors import ExitCode, Fatal
from bot.store import Store
from bot.store.errors import DatabaseNewer, StoreError
from bot.store.processes import BEAT_EVERY_S, LEADER_S, Beat

log = structlog.get_logger(__name__)

MEMBERS_CHANGED = "members"
"""The announcement that has the others beat at once."""

SHARED_S = 15.0
"""How long after a process has taken a shard another may still have a session for it."""

BEAT_TIMEOUT_S = 4.0
"""Less than a process leads without a beat, so that it notices in time that it leads no more."""


class Membership:
    """Beats, and knows what follows from the last beat.

    Attributes:
        is_alone: whether no other process can share the database.
        api_status: tells what this process knows of the music API, for the others while it leads.
        wakeup: woken to beat at once: something changed that the other processes must know, or has changed there.
    """

    def __init__(self, *, store: Store, clock: Clock, me: Member) -> None:
        self._store = store
        self.is_alone = store.is_exclusive
        self._clock = clock
        self._me = me
        self._leads_until = float("inf") if self.is_alone else 0.0
        self._was_leading: bool = self.is_alone
        self._noted: object = None
        self._beat: Beat | None = None
        self._beat_at = clock.monotonic()
        self._has_failed = False
        # Two beats at once would end in any order, and the older result would be the last.
        self._beating = asyncio.Lock()
        self._sessions: frozenset[int] = frozenset()
        self._taken_at: dict[int, float] = {}
        self._ready: set[int] = set()
        self._changed = asyncio.Event()
        self.api_status: Callable[[], ApiStatus] = ApiStatus
        self.wakeup = Wakeup()

    @property
    def shard_count(self) -> int:
        """Into how many shards the servers are divided; 0 until Discord has been asked."""
        return self._me.shard_count

    async def set_shard_count(self, count: int) -> None:
        """Divide the servers into so many shards, of which this process takes some."""
        self._me = replace(self._me, shard_count=count)
        if self.is_alone:
            self._note_changes()
        else:
            await self.beat()

    @property
    def leads(self) -> bool:
        """Whether this process leads. By its own clock that ends no later than by the database's."""
        return self._clock.monotonic() < self._leads_until

    @property
    def leaders_api_status(self) -> ApiStatus:
        """What the leader said of the music API with its last beat."""
        if self._beat is None:
            return ApiStatus()
        api = self._beat.api
        return replace(api, pause_s=max(0.0, api.pause_s - (self._clock.monotonic() - self._beat_at)))

    @property
    def group(self) -> Group:
        """The processes on the database, as the last beat found them."""
        if self._beat is not None:
            return self._beat
        rows = {shard: ShardRow(self._me.owner, shard in self._sessions) for shard in self.assigned.ids}
        return Group(leader=self._me.owner if self.leads else None, members=(self._me,), shards=rows)

    @property
    def beat_age_s(self) -> float:
        """How long ago the last beat was, or the start if there was none; 0 where no other process can be."""
        return 0.0 if self.is_alone else self._clock.monotonic() - self._beat_at

    @property
    def members(self) -> tuple[Member, ...]:
        """The living processes."""
        return self.group.members

    @property
    def has_successor(self) -> bool:
        """Whether another process lives that can take the shards of this one."""
        return any(
            member.owner != self._me.owner and not member.is_leaving and member.pins is None
            for member in self.members
        )

    @property
    def assigned(self) -> Shards:
        """The shards that this process is to have a session for.

        A shard that another process has taken stays until that one is ready, so that no event is missed.
        """
        count = self.shard_count
        if self.is_alone:
            return Shards(count, frozenset(range(count)))
        return Shards(
            count,
            frozenset(
                shard
                for shard, row in self._rows().items()
                if row.owner == self._me.owner or (shard in self._sessions and not row.is_ready)
            ),
        )

    @property
    def served(self) -> Shards | None:
        """The shards whose servers this process delivers to; None: all. The leader serves those that nobody has, too."""
        if self.is_alone:
            return None
        if self._beat is None:
            return Shards(self.shard_count, frozenset())
        mine = self._beat.shards_of(self._me.owner)
        if self.leads:
            mine |= self._beat.unserved(self.shard_count)
        return Shards(self.shard_count, mine)

    def serves(self, guild_id: int | None) -> bool:
        """Whether this process delivers to that server, or for None to direct messages."""
        served = self.served
        return served is None or served.serve(guild_id)

    def shares_session(self, guild_id: int | None) -> bool:
        """Whether another process may have a session for the server's shard, too: while that goes from one to the other.

        None stands for direct messages.
        """
        if self.is_alone:
            return False
        shard = shard_of(guild_id, self.shard_count)
        row = self._rows().get(shard)
        taken_s = self._clock.monotonic() - self._taken_at.get(shard, -SHARED_S)
        return row is None or row.owner != self._me.owner or not row.is_ready or taken_s < SHARED_S

    def _rows(self) -> dict[int, ShardRow]:
        return {} if self._beat is None else dict(self._beat.shards)

    # --- changes --------------------------------------------------------------------------------------------------

    def next_change(self) -> Coroutine[Any, Any, object]:
        """Wait, from this call on, until this process has begun or ceased to lead, or its shards have changed."""
        return self._changed.wait()

    async def until_leading(self) -> None:
        """Return when this process leads."""
        while not self.leads:
            await self.next_change()

    async def until_not_leading(self) -> None:
        """Return when this process does not lead any more."""
        while self.leads:
            await self.next_change()

    def session_began(self, shard: int) -> None:
        """This process has a session for the shard: the next beat, which comes at once, tells the others."""
        self._sessions |= {shard}
        self.wakeup.wake()

    def session_ended(self, shard: int) -> None:
        """The shard's client was closed."""
        self._sessions -= {shard}

    # --- beats ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Beat until cancelled; without other processes there is nothing to do."""
        if self.is_alone:
            # Never returns: a loop that ends counts as a failure, and the program ends with it.
            await asyncio.get_running_loop().create_future()
        while True:
            await self.beat()
            await self.wakeup.sleep(BEAT_EVERY_S)

    async def beat(self) -> None:
        """Beat once. Without a database this process ceases to lead, and tries again.

        Raises:
            Fatal: the database was migrated to a version that this program cannot use.
        """
        if self.is_alone:
            return
        async with self._beating:
            await self._beat_once()

    async def _beat_once(self) -> None:
        # Before the call, however long that takes: see `_leads_until` below.
        before = self._clock.monotonic()
        try:
            async with asyncio.timeout(BEAT_TIMEOUT_S):
                if self.leads or self._has_failed:
                    # One is enough; and without a leader whoever waits in vain, perhaps for what this ends.
                    await self._store.processes.end_stuck_transactions()
                # Until the beat has succeeded; a cancellation, too, leaves it set.
                self._has_failed = True
                api = self.api_status() if self.leads else None
                beat = await self._store.processes.beat(self._me, api=api, sessions=self._sessions)
        except DatabaseNewer as error:
            raise Fatal(str(error), ExitCode.DATABASE_NEWER) from error
        except (StoreError, TimeoutError) as error:
            log.warning("beat_failed", error=str(error) or "time-out", remedy="bring the database back")
            self._note_changes()
            return
        self._has_failed = False
        taken = beat.shards_of(self._me.owner)
        now = self._clock.monotonic()
        self._taken_at |= dict.fromkeys(taken - self._taken_at.keys(), now)
        self._taken_at = {shard: at for shard, at in self._taken_at.items() if shard in taken}
        ready = {shard for shard in taken if beat.shards[shard].is_ready}
        if ready - self._ready:
            # The owners before wait for it.
            self.announce()
        self._ready = ready
        self._beat, self._beat_at = beat, now
        # From before the call: by the database's clock it leads for longer.
        leads = beat.leader == self._me.owner and not self._me.is_leaving
        self._leads_until = before + LEADER_S if leads else 0.0
        self._note_changes()

    def _note_changes(self) -> None:
        state = self.leads, self.served, self.assigned
        if state == self._noted:
            return
        if self.leads is not self._was_leading:
            self._was_leading = self.leads
            log.info("leadership_gained" if self.leads else "leadership_lost")
        self._noted = state
        # Set and replaced: those who wait now are woken, those who come later wait for the next change.
        self._changed.set()
        self._changed = asyncio.Event()

    async def resign(self) -> None:
        """Cease to lead, and offer the shards to others; the sessions stay until others have them."""
        if self.is_alone:
            return
        self._me = replace(self._me, is_leaving=True)
        # First: from here on nothing is submitted, whatever becomes of the calls below.
        self._leads_until = 0.0
        # After a beat under way, which would take the leadership again.
        async with self._beating:
            await self._store.processes.resign(self._me.owner)
        await self.beat()
        self.announce()

    def announce(self) -> None:
        """Have the other processes beat at once."""
        self._store.announcements.send(MEMBERS_CHANGED)

    async def leave(self) -> None:
        """Say that this process has ended. Last: others take over its jobs at once. Raises StoreError."""
        if not self.is_alone:
            await self._store.processes.leave(self._me.owner)

"""What admins have set, and the log of their changes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import Insert, RowMapping, Select, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.policy.errors import NothingToUndo, PolicyUnchanged, ProposalGone, ProposalStale
from bot.domain.policy.model import Policy
from bot.store import proposals
from bot.store.database import Database
from bot.store.proposals import Proposal
from bot.store.tables import policies, policy_changes

REMEMBERED_S = 5.0
MAX_REMEMBERED = 5_000
"""Servers whose settings are kept in memory: those read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One change to what is set: who, when, from what, to what; `what` names it in a few words.

    `undoes` is the key of the change that this one took back.
    """

    key: int
    guild_id: int
    changed_at: datetime
    changed_by: int
    what: str
    before: Policy
    after: Policy
    undoes: int | None = None


class Policies:
    """The documents of all servers. Each method is a transaction of its own and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, tuple[Policy, float]] = {}
        self._reading = database.shared_reads(self._read_some)
        self._generation = 0

    async def get(self, guild_id: int) -> Policy:
        """What the admins of a server have set; the default where they have set nothing.

        Asked for at every request, and therefore remembered: where other processes may change it, for some seconds.
        Those who ask at the same moment share one read.
        """
        return self._remembered(guild_id) or await self._reading(guild_id) or Policy()

    async def _read_some(self, guild_ids: Sequence[int]) -> dict[int, Policy]:
        generation = self._generation
        async with self._database.read() as connection:
            read = {guild_id: await current(connection, guild_id) for guild_id in guild_ids}
        if generation == self._generation:  # else something was changed while this was read
            for guild_id, policy in read.items():
                self._remember(guild_id, policy)
        return read

    def _remembered(self, guild_id: int) -> Policy | None:
        policy, until = self._known.get(guild_id, (None, 0.0))
        return policy if time.monotonic() < until else None

    def invalidate(self, guild_id: int) -> None:
        """What was remembered of a server is not true any more: its settings were erased."""
        self._generation += 1
        self._known.pop(guild_id, None)

    async def with_retention(self) -> dict[int, Policy]:
        """The servers whose admins want prompts and results to be kept for a while only."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(policies.c.guild_id, policies.c.document))
            read = {guild_id: Policy.model_validate(document) for guild_id, document in rows}
        return {guild_id: policy for guild_id, policy in read.items() if policy.retention_days is not None}

    def _remember(self, guild_id: int, policy: Policy) -> None:
        alone = self._database.dialect == "sqlite"
        self._known.pop(guild_id, None)
        if len(self._known) >= MAX_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[guild_id] = policy, inf if alone else time.monotonic() + REMEMBERED_S

    async def is_configured(self, guild_id: int) -> bool:
        """Whether the admins of a server have ever set anything."""
        async with self._database.read() as connection:
            return await connection.scalar(_read(guild_id)) is not None

    async def change(
        self, guild_id: int, change: Callable[[Policy], Policy], *, by: int, what: str, now: datetime
    ) -> PolicyChange | None:
        """Change what is set and log it, in one transaction; None when nothing would be different.

        `change` makes the new policy of the old one; whatever it raises leaves everything as it was.
        """
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            configured = await connection.scalar(_read(guild_id)) is not None
            before = await current(connection, guild_id)
            after = change(before)
            if configured and after == before:
                return None
            log = _log(guild_id, before=before, after=after, by=by, what=what, now=now)
            logged = await self._apply(connection, log, guild_id, after)
        self._changed(guild_id, after)
        return logged

    async def _apply(
        self, connection: AsyncConnection, log: Insert, guild_id: int, after: Policy
    ) -> PolicyChange:
        self._database.require_file_in_place()
        await connection.execute(_write(guild_id, after, dialect=self._database.dialect))
        return _change((await connection.execute(log.returning(policy_changes))).mappings().one())

    def _changed(self, guild_id: int, after: Policy) -> None:
        self._generation += 1
        self._remember(guild_id, after)

    async def propose(
        self, guild_id: int, change: Callable[[Policy], Policy], *, what: str, now: datetime
    ) -> Proposal:
        """Keep a change for an admin to save or to cancel. `change` is as for `change`.

        Raises:
            PolicyUnchanged: nothing would be different.
        """
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            before = await current(connection, guild_id)
            return await self._keep(connection, guild_id, before, change(before), what=what, now=now)

    async def propose_undo(self, guild_id: int, *, now: datetime) -> Proposal:
        """The same for taking back the newest change that is not taken back.

        Raises:
            NothingToUndo: there is none.
        """
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            newest = (await connection.execute(proposals.undoable(guild_id))).mappings().first()
            if newest is None:
                raise NothingToUndo
            undone = _change(newest)
            before = await current(connection, guild_id)
            return await self._keep(
                connection, guild_id, before, undone.before, what="undo", undoes=undone.key, now=now
            )

    async def _keep(
        self,
        connection: AsyncConnection,
        guild_id: int,
        before: Policy,
        after: Policy,
        *,
        what: str,
        now: datetime,
        undoes: int | None = None,
    ) -> Proposal:
        if after == before:
            raise PolicyUnchanged
        self._database.require_file_in_place()
        await connection.execute(proposals.forget_old(guild_id, now=now))
        newest = (await connection.execute(proposals.newest(guild_id))).mappings().first()
        kept = proposals.keep(
            guild_id,
            _document(after),
            what=what,
            based_on=newest["key"] if newest else None,
            undoes=undoes,
            now=now,
        )
        key = (await connection.execute(kept)).scalar_one()
        return Proposal(key=key, what=what, before=before, after=after, undoes=undoes)

    async def apply(self, key: int, guild_id: int, *, by: int, now: datetime) -> PolicyChange:
        """Make a proposed change, once.

        Raises:
            ProposalGone: this server has no such proposal (any more).
            ProposalStale: there is a newer change than the one that it was proposed after; it stays as it was.
        """
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            proposed = (await connection.execute(proposals.take(key, guild_id))).mappings().first()
            if proposed is None:
                raise ProposalGone
            newest = (await connection.execute(proposals.newest(guild_id))).mappings().first()
            if newest is not None and newest["key"] != proposed["based_on"]:
                raise ProposalStale(changed_by=newest["changed_by"], changed_at=newest["changed_at"])
            after = Policy.model_validate(proposed["document"])
            log = _log(
                guild_id,
                before=await current(connection, guild_id),
                after=after,
                by=by,
                what=proposed["what"],
                now=now,
                undoes=proposed["undoes"],
            )
            logged = await self._apply(connection, log, guild_id, after)
        self._changed(guild_id, after)
        return logged

    async def discard(self, key: int, guild_id: int) -> None:
        """Forget a proposed change.

        Raises:
            ProposalGone: this server has no such proposal (any more).
        """
        async with self._database.write() as connection:
            if (await connection.execute(proposals.take(key, guild_id))).first() is None:
                raise ProposalGone

    async def changes(self, guild_id: int, *, limit: int) -> list[PolicyChange]:
        """The newest changes of a server, the newest first."""
        newest = (
            select(policy_changes)
            .where(policy_changes.c.guild_id == guild_id)
            .order_by(policy_changes.c.key.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_change(row) for row in (await connection.execute(newest)).mappings()]


async def current(connection: AsyncConnection, guild_id: int) -> Policy:
    """What is set, as this transaction sees it."""
    document = await connection.scalar(_read(guild_id))
    return Policy() if document is None else Policy.model_validate(document)


def _read(guild_id: int) -> Select[Any]:
    return select(policies.c.document).where(policies.c.guild_id == guild_id)


def _write(guild_id: int, policy: Policy, *, dialect: str) -> Insert:
    new_row = sqlite.insert if dialect == "sqlite" else postgresql.insert
    row = new_row(policies).values(guild_id=guild_id, document=_document(policy))
    return row.on_conflict_do_update(
        index_elements=[policies.c.guild_id], set_={"document": row.excluded.document}
    )


def _log(
    guild_id: int,
    *,
    before: Policy,
    after: Policy,
    by: int,
    what: str,
    now: datetime,
    undoes: int | None = None,
) -> Insert:
    return insert(policy_changes).values(
        guild_id=guild_id,
        changed_at=now,
        changed_by=by,
        what=what,
        before=_document(before),
        after=_document(after),
        undoes=undoes,
    )


def _document(policy: Policy) -> dict[str, Any]:
    return policy.model_dump(mode="json", exclude_defaults=True)


def _change(row: RowMapping) -> PolicyChange:
    columns: dict[str, Any] = dict(row)
    columns["before"] = Policy.model_validate(columns["before"])
    columns["after"] = Policy.model_validate(columns["after"])
    return PolicyChange(**columns)

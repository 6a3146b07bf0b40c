"""What admins have set in each server, and the log of their changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select

from bot.domain.policy.model import Policy
from bot.store.database import Database, lock_for_decision
from bot.store.policy_cache import PolicyCache
from bot.store.tables import policies, policy_changes

SHARED_CACHE_TTL_S = 5.0
"""How long a policy is cached where other processes may change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One logged change: when, by which user, from which policy to which; `what` names it in a few words.

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
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads = database.shared_reads(self._read_some)
        self.cache = PolicyCache(ttl_s=inf if database.dialect == "sqlite" else SHARED_CACHE_TTL_S)

    async def get(self, guild_id: int | None) -> Policy:
        """What the admins of a server have set; the default where they have set nothing, and in direct messages (None).

        It may be some seconds old where other processes can change it. Callers at the same moment share one read.
        """
        if guild_id is None:
            return Policy()
        return self.cache.get(guild_id) or await self._reads(guild_id) or Policy()

    async def _read_some(self, guild_ids: Sequence[int]) -> dict[int, Policy]:
        # Before the read: if a policy is written meanwhile, what was read is not cached.
        generation = self.cache.generation
        read = await self._database.read(
            lambda connection: {guild_id: read_policy(connection, guild_id) for guild_id in guild_ids}
        )
        self.cache.add_read(read, generation=generation)
        return read

    def invalidate(self, guild_id: int) -> None:
        """Read the policy of a server anew next time: its settings were erased."""
        self.cache.invalidate(guild_id)

    async def with_field(self, name: str) -> dict[int, Policy]:
        """The policies of servers whose admins have set this field."""
        is_set = policies.c.document[name].as_string().is_not(None)
        rows = await self._database.rows(select(policies.c.guild_id, policies.c.document).where(is_set))
        return {guild_id: Policy.model_validate(document) for guild_id, document in rows}

    async def is_configured(self, guild_id: int) -> bool:
        """Whether the admins of a server have ever set anything."""
        return await self._database.scalar(_document_of(guild_id)) is not None

    async def change(
        self, guild_id: int, change: Callable[[Policy], Policy], *, by: int, what: str, now: datetime
    ) -> PolicyChange | None:
        """Change a policy and log it, in one transaction; None when nothing would be different.

        `change` makes the new policy from the old one; when it raises, nothing is changed.
        """

        def work(connection: Connection) -> PolicyChange | None:
            lock_for_decision(connection)
            # The first change is stored even if nothing differs: from then on the server is configured.
            is_configured = connection.scalar(_document_of(guild_id)) is not None
            before = read_policy(connection, guild_id)
            after = change(before)
            if is_configured and after == before:
                return None
            return self.write(connection, guild_id, before, after, by=by, what=what, now=now)

        # Nobody may read "saved" of settings that would be lost with the file.
        self._database.require_file_in_place()
        made = await self._database.write(work)
        if made is not None:
            # After the commit: what is cached must be stored.
            self.cache.add_written(guild_id, made.after)
        return made

    def write(
        self,
        connection: Connection,
        guild_id: int,
        before: Policy,
        after: Policy,
        *,
        by: int,
        what: str,
        now: datetime,
        undoes: int | None = None,
    ) -> PolicyChange:
        """Store a policy and its log entry, as part of a transaction; the caller adds it to the cache after the commit."""
        row = self._database.upsert(policies).values(guild_id=guild_id, document=to_document(after))
        connection.execute(
            row.on_conflict_do_update(
                index_elements=[policies.c.guild_id], set_={"document": row.excluded.document}
            )
        )
        entry = insert(policy_changes).values(
            guild_id=guild_id,
            changed_at=now,
            changed_by=by,
            what=what,
            before=to_document(before),
            after=to_document(after),
            undoes=undoes,
        )
        rows = connection.execute(entry.returning(policy_changes))
        return change_from_row(rows.mappings().one())

    async def changes(self, guild_id: int, *, limit: int) -> list[PolicyChange]:
        """The newest changes of a server, newest first."""
        newest = (
            select(policy_changes)
            .where(policy_changes.c.guild_id == guild_id)
            .order_by(policy_changes.c.key.desc())
            .limit(limit)
        )
        return await self._database.fetch(newest, change_from_row)


def read_policy(connection: Connection, guild_id: int) -> Policy:
    """The policy of a server, as this transaction sees it."""
    document = connection.scalar(_document_of(guild_id))
    return Policy() if document is None else Policy.model_validate(document)


def to_document(policy: Policy) -> dict[str, Any]:
    """A policy as it is stored, in JSON types."""
    return policy.model_dump(mode="json", exclude_defaults=True)


def change_from_row(row: RowMapping) -> PolicyChange:
    """A change from a whole row of `policy_changes`."""
    columns: dict[str, Any] = dict(row)
    columns["before"] = Policy.model_validate(columns["before"])
    columns["after"] = Policy.model_validate(columns["after"])
    return PolicyChange(**columns)


def _document_of(guild_id: int) -> Select[Any]:
    return select(policies.c.document).where(policies.c.guild_id == guild_id)

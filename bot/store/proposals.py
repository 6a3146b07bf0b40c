"""Policy changes that an admin was shown and has not saved yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select

from bot.domain.policy.errors import NothingToUndo, PolicyUnchanged, ProposalGone, ProposalStale
from bot.domain.policy.model import Policy
from bot.store.database import Database, lock_for_decision
from bot.store.policies import Policies, PolicyChange, change_from_row, read_policy, to_document
from bot.store.tables import policy_changes, policy_proposals

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that is not saved yet: `what` names it in a few words, `undoes` is the key of a change to take back."""

    key: int
    what: str
    before: Policy
    after: Policy
    undoes: int | None = None


class Proposals:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database, policies: Policies) -> None:
        self._database = database
        self._policies = policies

    async def create(
        self, guild_id: int, change: Callable[[Policy], Policy], *, what: str, now: datetime
    ) -> Proposal:
        """Store a change for an admin to save or to cancel; `change` is as in `Policies.change`.

        Raises:
            PolicyUnchanged: nothing would be different.
        """

        def work(connection: Connection) -> Proposal:
            # Held until the commit: of two changes at once, the second one is made from the first one's result.
            lock_for_decision(connection)
            before = read_policy(connection, guild_id)
            return self._store(connection, guild_id, before, change(before), what=what, now=now)

        self._database.require_file_in_place()
        return await self._database.write(work)

    async def create_undo(self, guild_id: int, *, now: datetime) -> Proposal:
        """The same for undoing the newest change that is not undone yet and is itself no undo.

        Raises:
            NothingToUndo: there is none.
        """
        changes = policy_changes.c
        # An undo cannot be undone itself: a second one takes the change before back.
        undone = select(changes.undoes).where(changes.guild_id == guild_id, changes.undoes.is_not(None))
        newest = (
            select(policy_changes)
            .where(changes.guild_id == guild_id, changes.undoes.is_(None), changes.key.not_in(undone))
            .order_by(changes.key.desc())
            .limit(1)
        )

        def work(connection: Connection) -> Proposal:
            lock_for_decision(connection)
            row = connection.execute(newest).mappings().first()
            if row is None:
                raise NothingToUndo
            made = change_from_row(row)
            before = read_policy(connection, guild_id)
            return self._store(
                connection, guild_id, before, made.before, what="undo", undoes=made.key, now=now
            )

        self._database.require_file_in_place()
        return await self._database.write(work)

    def _store(
        self,
        connection: Connection,
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
        proposals = policy_proposals.c
        old = (proposals.guild_id == guild_id) & (proposals.made_at < now - KEPT_FOR)
        # With each new one, so that no task is needed that deletes old ones.
        connection.execute(delete(policy_proposals).where(old))
        newest = _newest_change(connection, guild_id)
        new = insert(policy_proposals).values(
            guild_id=guild_id,
            made_at=now,
            what=what,
            based_on=newest["key"] if newest else None,
            undoes=undoes,
            document=to_document(after),
        )
        key = connection.execute(new.returning(proposals.key)).scalar_one()
        return Proposal(key=key, what=what, before=before, after=after, undoes=undoes)

    async def apply(self, key: int, guild_id: int, *, by: int, now: datetime) -> PolicyChange:
        """Make a proposed change, once.

        Raises:
            ProposalGone: this server has no such proposal (any more).
            ProposalStale: the policy was changed after the proposal was made; nothing is changed.
        """

        def work(connection: Connection) -> PolicyChange:
            lock_for_decision(connection)
            # Deleted first: of two clicks on "Save", one finds it and the other does not.
            proposed = _take(connection, key, guild_id)
            newest = _newest_change(connection, guild_id)
            if newest is not None and newest["key"] != proposed["based_on"]:
                # Rolls the deletion of `_take` back: the proposal stays until it expires or is cancelled.
                raise ProposalStale(changed_by=newest["changed_by"], changed_at=newest["changed_at"])
            before = read_policy(connection, guild_id)
            after = Policy.model_validate(proposed["document"])
            return self._policies.write(
                connection,
                guild_id,
                before,
                after,
                by=by,
                what=proposed["what"],
                now=now,
                undoes=proposed["undoes"],
            )

        self._database.require_file_in_place()
        made = await self._database.write(work)
        # After the commit: what is cached must be stored.
        self._policies.cache.add_written(guild_id, made.after)
        return made

    async def discard(self, key: int, guild_id: int) -> None:
        """Delete a proposed change.

        Raises:
            ProposalGone: this server has no such proposal (any more).
        """
        await self._database.write(lambda connection: _take(connection, key, guild_id))


def _take(connection: Connection, key: int, guild_id: int) -> RowMapping:
    """Delete a proposal and return its row: of several that take the same one, all but the first raise ProposalGone."""
    own = (policy_proposals.c.key == key) & (policy_proposals.c.guild_id == guild_id)
    rows = connection.execute(delete(policy_proposals).where(own).returning(policy_proposals))
    if (row := rows.mappings().first()) is None:
        raise ProposalGone
    return row


def _newest_change(connection: Connection, guild_id: int) -> RowMapping | None:
    changes = policy_changes.c
    newest = select(policy_changes).where(changes.guild_id == guild_id).order_by(changes.key.desc()).limit(1)
    return connection.execute(newest).mappings().first()

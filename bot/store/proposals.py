"""Changes that admins have yet to save: the statements. `bot.store.policies` runs them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, insert, select
from sqlalchemy.sql.dml import ReturningDelete

from bot.domain.policy.model import Policy
from bot.store.tables import policy_changes, policy_proposals

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that is not saved yet: `what` names it in a few words, `undoes` is the key of a change to take back."""

    key: int
    what: str
    before: Policy
    after: Policy
    undoes: int | None = None


def keep(
    guild_id: int,
    document: dict[str, Any],
    *,
    what: str,
    based_on: int | None,
    undoes: int | None,
    now: datetime,
) -> Insert:
    """Write a proposal down; returns its key."""
    return (
        insert(policy_proposals)
        .values(
            guild_id=guild_id,
            made_at=now,
            what=what,
            based_on=based_on,
            undoes=undoes,
            document=document,
        )
        .returning(policy_proposals.c.key)
    )


def take(key: int, guild_id: int) -> ReturningDelete[Any]:
    """Take a proposal of this server out, to save it or to forget it."""
    mine = policy_proposals.c.key == key, policy_proposals.c.guild_id == guild_id
    return delete(policy_proposals).where(*mine).returning(policy_proposals)


def forget_old(guild_id: int, *, now: datetime) -> Delete:
    """Forget what nobody has saved or cancelled."""
    old = policy_proposals.c.guild_id == guild_id, policy_proposals.c.made_at < now - KEPT
    return delete(policy_proposals).where(*old)


def newest(guild_id: int) -> Select[Any]:
    """The newest change of a server."""
    changes = policy_changes.c
    return select(policy_changes).where(changes.guild_id == guild_id).order_by(changes.key.desc()).limit(1)


def undoable(guild_id: int) -> Select[Any]:
    """The newest change that took nothing back and was not taken back."""
    changes = policy_changes.c
    taken_back = select(changes.undoes).where(changes.guild_id == guild_id, changes.undoes.is_not(None))
    return (
        select(policy_changes)
        .where(changes.guild_id == guild_id, changes.undoes.is_(None), changes.key.not_in(taken_back))
        .order_by(changes.key.desc())
        .limit(1)
    )

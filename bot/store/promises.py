"""Acknowledged requests that are not written down yet: the statements that keep and forget them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, insert, select, true

from bot.models import Promise
from bot.store.tables import promises


def make(promise: Promise, *, owner: str, now: datetime) -> Insert:
    """Write a promise down."""
    return insert(promises).values(
        interaction_id=promise.interaction_id,
        interaction_token=promise.interaction_token,
        expires_at=promise.expires_at,
        owner=owner,
        made_at=now,
    )


def forget(interaction_id: int) -> Delete:
    """Whoever was promised something knows what came of it."""
    return delete(promises).where(promises.c.interaction_id == interaction_id)


def redeem(interaction_token: str | None) -> Delete:
    """The job stands for it from now on."""
    return delete(promises).where(promises.c.interaction_token == interaction_token)


def forget_expired(*, now: datetime) -> Delete:
    """Nobody can be told any more."""
    return delete(promises).where(promises.c.expires_at <= now)


def broken(*, owner: str, made_before: datetime | None) -> Select[Any, Any, Any]:
    """Promises of other processes, made before then (None: at any time)."""
    late = true() if made_before is None else promises.c.made_at < made_before
    return (
        select(promises.c.interaction_id, promises.c.interaction_token, promises.c.expires_at)
        .where(promises.c.owner != owner, late)
        .order_by(promises.c.interaction_id)
    )

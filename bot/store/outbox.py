"""The way of an outcome to its requester: one guarded UPDATE for each step."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Update, or_, true, update

from bot.models import DeliveryState, JobState, Rung
from bot.store.tables import is_undelivered, jobs
from bot.store.transitions import NO_OWNER, is_unheld, picked

NEVER_PUT_OFF_LONGER = timedelta(minutes=5)
"""What seems to wait for longer was put off before the wall clock was stepped back, and is due."""


def claim(
    *, owner: str, lease_until: datetime, now: datetime, limit: int, takeover: bool, exclude: Collection[int]
) -> Update:
    """Give deliveries that are due, or were interrupted, to `owner`."""
    due = or_(
        jobs.c.delivery_after.is_(None),
        jobs.c.delivery_after <= now,
        jobs.c.delivery_after > now + NEVER_PUT_OFF_LONGER,
    )
    free = true() if takeover else or_(is_unheld(now), jobs.c.owner == owner)
    mine = picked(
        is_undelivered(),
        due,
        free,
        jobs.c.key.not_in(list(exclude)),
        order=(jobs.c.settled_at, jobs.c.key),
        limit=limit,
    )
    return update(jobs).where(mine).values(owner=owner, lease_until=lease_until)


def begin_post(key: int, *, rung: Rung, channel_id: int | None, now: datetime) -> Update:
    """Due → posting."""
    return _step(key, DeliveryState.DUE).values(
        delivery=DeliveryState.POSTING,
        delivery_attempts=jobs.c.delivery_attempts + 1,
        delivery_after=None,
        posting_at=now,
        rung=rung,
        post_channel_id=channel_id,
    )


def delivered(
    key: int, *, rung: Rung, channel_id: int | None, message_id: int | None, note: str | None, now: datetime
) -> Update:
    """Posting → delivered."""
    return _step(key, DeliveryState.POSTING).values(
        delivery=DeliveryState.DELIVERED,
        rung=rung,
        post_channel_id=channel_id,
        post_message_id=message_id,
        delivered_at=now,
        delivery_note=note,
        interaction_token=None,
        **NO_OWNER,
    )


def deliver_later(key: int, *, after: datetime, note: str) -> Update:
    """Posting → due."""
    return _step(key, DeliveryState.POSTING).values(
        delivery=DeliveryState.DUE, delivery_after=after, delivery_note=note, posting_at=None
    )


def undeliverable(key: int, *, note: str) -> Update:
    """due, posting → undeliverable."""
    return _step(key, DeliveryState.DUE, DeliveryState.POSTING).values(
        delivery=DeliveryState.UNDELIVERABLE,
        rung=Rung.KEPT,
        delivery_after=None,
        delivery_note=note,
        interaction_token=None,
        **NO_OWNER,
    )


def told(key: int, *, now: datetime) -> Update:
    """Undeliverable → delivered."""
    return _step(key, DeliveryState.UNDELIVERABLE).values(delivery=DeliveryState.DELIVERED, delivered_at=now)


def begin_share(key: int, *, now: datetime) -> Update:
    """A private song that was told, and that nobody has begun to share → its share is begun."""
    unbegun = or_(jobs.c.posting_at.is_(None), jobs.c.posting_at <= jobs.c.delivered_at)
    return _shareable(key).where(unbegun).values(posting_at=now)


def shared(key: int, *, channel_id: int, message_id: int) -> Update:
    """A private song → one whose post stands in its channel."""
    return _shareable(key).values(
        is_private=False, rung=Rung.CHANNEL, post_channel_id=channel_id, post_message_id=message_id
    )


def _shareable(key: int) -> Update:
    return _step(key, DeliveryState.DELIVERED).where(
        jobs.c.is_private, jobs.c.state == JobState.COMPLETED, jobs.c.delivered_at.is_not(None)
    )


def forget_post(key: int, *, message_id: int) -> Update:
    """The post is gone; that there was one stays."""
    return (
        update(jobs)
        .where(jobs.c.key == key, jobs.c.post_message_id == message_id)
        .values(post_message_id=None)
    )


def _step(key: int, *states: DeliveryState) -> Update:
    return update(jobs).where(jobs.c.key == key, jobs.c.delivery.in_(states))

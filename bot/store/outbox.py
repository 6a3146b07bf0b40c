"""The outbox: the way of an outcome to its requester, one guarded UPDATE for each step."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Update, func, or_, select, true, update

from bot.models import DeliveryState, Job, JobState, Rung
from bot.store.running import Running
from bot.store.tables import is_undelivered, jobs
from bot.store.transitions import NO_OWNER, is_unheld, picked

NEVER_PUT_OFF_LONGER = timedelta(minutes=5)
"""What seems to wait for longer was put off before the wall clock was stepped back, and is due."""


class Outbox(Running):
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable.

    A step returns the job as it stands afterwards, or None when the job was not in the state that it leaves: somebody
    else was faster.
    """

    async def next_at(self) -> datetime | None:
        """When the first delivery that was put off is due; None when none waits for a time."""
        return await self._value(select(func.min(jobs.c.delivery_after)).where(is_undelivered()))

    async def claim(
        self,
        *,
        owner: str,
        lease_until: datetime,
        now: datetime,
        limit: int,
        takeover: bool = False,
        exclude: Collection[int] = (),
    ) -> list[Job]:
        """Take deliveries that are due or were interrupted (`posting`): those longest settled, up to `limit`.

        Taken are those that nobody holds, whose lease has lapsed, or that are one's own; with `takeover` all.
        `exclude` has the keys of those that this process is working on.
        """
        return await self._jobs_changed(
            _claim(
                owner=owner, lease_until=lease_until, now=now, limit=limit, takeover=takeover, exclude=exclude
            )
        )

    async def begin_post(self, key: int, *, rung: Rung, channel_id: int | None, now: datetime) -> Job | None:
        """Due → posting, one more attempt: written before the message is sent."""
        return await self._step(_begin_post(key, rung=rung, channel_id=channel_id, now=now))

    async def delivered(
        self,
        key: int,
        *,
        rung: Rung,
        channel_id: int | None,
        message_id: int | None,
        note: str | None,
        now: datetime,
    ) -> Job | None:
        """Posting → delivered: the end, so that lease and interaction token go."""
        return await self._step(
            _delivered(key, rung=rung, channel_id=channel_id, message_id=message_id, note=note, now=now)
        )

    async def deliver_later(self, key: int, *, after: datetime, note: str) -> Job | None:
        """Posting → due, not before `after`: the message is known not to have been posted."""
        return await self._step(_deliver_later(key, after=after, note=note))

    async def undeliverable(self, key: int, *, note: str) -> Job | None:
        """due, posting → undeliverable: kept on the last rung until the requester asks."""
        return await self._step(_undeliverable(key, note=note))

    async def told(self, key: int, *, now: datetime) -> Job | None:
        """Undeliverable → delivered: the requester asked and has seen it."""
        return await self._step(_told(key, now=now))

    async def begin_share(self, key: int, *, now: datetime) -> Job | None:
        """Write down, as `posting_at`, that a private song is about to be posted; `now` must be after `delivered_at`.

        None when that was begun before, or the job is not a private song whose requester has been told.
        """
        return await self._step(_begin_share(key, now=now))

    async def shared(self, key: int, *, channel_id: int, message_id: int) -> Job | None:
        """A private song was posted for all: it is private no longer, and that is its post. None if it was not private."""
        return await self._step(_shared(key, channel_id=channel_id, message_id=message_id))

    async def forget_post(self, key: int, *, message_id: int) -> Job | None:
        """The post was deleted; None when that message is not (or no longer) the job's post."""
        return await self._step(_forget_post(key, message_id=message_id))


# --- the statements ---------------------------------------------------------------------------------------------------


def _claim(
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


def _begin_post(key: int, *, rung: Rung, channel_id: int | None, now: datetime) -> Update:
    """Due → posting."""
    return _step(key, DeliveryState.DUE).values(
        delivery=DeliveryState.POSTING,
        delivery_attempts=jobs.c.delivery_attempts + 1,
        delivery_after=None,
        posting_at=now,
        rung=rung,
        post_channel_id=channel_id,
    )


def _delivered(
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


def _deliver_later(key: int, *, after: datetime, note: str) -> Update:
    """Posting → due."""
    return _step(key, DeliveryState.POSTING).values(
        delivery=DeliveryState.DUE, delivery_after=after, delivery_note=note, posting_at=None
    )


def _undeliverable(key: int, *, note: str) -> Update:
    """due, posting → undeliverable."""
    return _step(key, DeliveryState.DUE, DeliveryState.POSTING).values(
        delivery=DeliveryState.UNDELIVERABLE,
        rung=Rung.KEPT,
        delivery_after=None,
        delivery_note=note,
        interaction_token=None,
        **NO_OWNER,
    )


def _told(key: int, *, now: datetime) -> Update:
    """Undeliverable → delivered."""
    return _step(key, DeliveryState.UNDELIVERABLE).values(delivery=DeliveryState.DELIVERED, delivered_at=now)


def _begin_share(key: int, *, now: datetime) -> Update:
    """A private song that was told, and that nobody has begun to share → its share is begun."""
    unbegun = or_(jobs.c.posting_at.is_(None), jobs.c.posting_at <= jobs.c.delivered_at)
    return _shareable(key).where(unbegun).values(posting_at=now)


def _shared(key: int, *, channel_id: int, message_id: int) -> Update:
    """A private song → one whose post stands in its channel."""
    return _shareable(key).values(
        is_private=False, rung=Rung.CHANNEL, post_channel_id=channel_id, post_message_id=message_id
    )


def _shareable(key: int) -> Update:
    return _step(key, DeliveryState.DELIVERED).where(
        jobs.c.is_private, jobs.c.state == JobState.COMPLETED, jobs.c.delivered_at.is_not(None)
    )


def _forget_post(key: int, *, message_id: int) -> Update:
    """The post is gone; that there was one stays."""
    return (
        update(jobs)
        .where(jobs.c.key == key, jobs.c.post_message_id == message_id)
        .values(post_message_id=None)
    )


def _step(key: int, *states: DeliveryState) -> Update:
    return update(jobs).where(jobs.c.key == key, jobs.c.delivery.in_(states))

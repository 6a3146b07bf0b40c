"""The outbox: the way of an outcome to its requester, one guarded UPDATE for each step."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState
from bot.store.job_table import JobTable
from bot.store.rows import job_from_row
from bot.store.tables import is_undelivered, jobs
from bot.store.transitions import NO_OWNER, is_erased, is_unheld, picked

NEVER_PUT_OFF_LONGER = timedelta(seconds=60)
"""What seems to wait for longer was put off before the wall clock was stepped back, and is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many deliveries may be under way at once: in all, to one channel, and to the channels of one server."""

    total: int
    per_channel: int
    per_server: int


class Outbox(JobTable):
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable.

    A step returns the job as it stands afterwards, or None when the job was not in the state that it leaves: somebody
    else was faster.
    """

    async def next_due_at(self, *, now: datetime) -> datetime | None:
        """When the next delivery that was put off is due; None when none waits for a time."""
        waiting = select(func.min(jobs.c.delivery_after)).where(
            is_undelivered(), jobs.c.delivery_after > now, jobs.c.delivery_after <= now + NEVER_PUT_OFF_LONGER
        )
        return await self._value(waiting)

    async def claim(
        self,
        *,
        owner: str,
        lease_until: datetime,
        now: datetime,
        capacity: Capacity,
        takeover: bool = False,
        in_flight: Collection[Job] = (),
    ) -> list[Job]:
        """Take deliveries that are due or were interrupted (`posting`), those longest settled first.

        Taken are those that nobody holds, whose lease has lapsed, or that are one's own; with `takeover` all.
        `in_flight` are those that this process is working on: together with them, no more are taken than `capacity`
        allows, so that a slow channel or server keeps its own songs waiting and nobody else's.
        """
        free = true() if takeover else or_(is_unheld(now), jobs.c.owner == owner)
        ready = [is_undelivered(), _is_due(now), free]

        async def work(connection: AsyncConnection) -> list[Job]:
            rows = await connection.execute(_candidates(ready, in_flight, capacity))
            keys = list(_fitting(rows, in_flight, capacity))
            if not keys:
                return []
            # The conditions once more: on PostgreSQL another process may have been faster.
            taken = update(jobs).where(picked(jobs.c.key.in_(keys), *ready))
            taken = taken.values(owner=owner, lease_until=lease_until, delivery_after=None)
            return [job_from_row(row) for row in (await connection.execute(taken.returning(jobs))).mappings()]

        return sorted(await self._database.transact(work), key=attrgetter("key"))

    async def begin_post(
        self, key: int, *, rung: DeliveryRoute, channel_id: int | None, now: datetime
    ) -> Job | None:
        """Due → posting, one more attempt: written before the message is sent."""
        return await self._step(_begin_post(key, rung=rung, channel_id=channel_id, now=now))

    async def complete_post(
        self,
        key: int,
        *,
        rung: DeliveryRoute,
        channel_id: int | None,
        message_id: int | None,
        note: str | None,
        now: datetime,
    ) -> Job | None:
        """Posting → delivered: the end, so that lease and interaction token go."""
        return await self._step(
            _delivered(key, rung=rung, channel_id=channel_id, message_id=message_id, note=note, now=now)
        )

    async def abort_post(self, key: int, *, note: str) -> Job | None:
        """Posting → due: the message is known not to have been posted."""
        return await self._step(_not_sent(key, note=note))

    async def postpone(self, key: int, *, after: datetime) -> Job | None:
        """due, posting → the same, not before `after`: it could not be tried, or nobody knows what came of the try."""
        return await self._step(_put_off(key, after=after))

    async def mark_undeliverable(self, key: int, *, note: str) -> Job | None:
        """due, posting → undeliverable: kept until the requester asks."""
        return await self._step(_undeliverable(key, note=note))

    async def mark_delivered(self, key: int, *, now: datetime) -> Job | None:
        """Undeliverable → delivered: the requester asked and has seen it."""
        return await self._step(_told(key, now=now))

    async def begin_share(self, key: int, *, now: datetime) -> Job | None:
        """Write down, as `posting_at`, that a private song is about to be posted; `now` must be after `delivered_at`.

        None when that was begun before, or the job is not a private song whose requester has been told, or was erased.
        """
        return await self._step(_begin_share(key, now=now))

    async def complete_share(self, key: int, *, channel_id: int, message_id: int) -> Job | None:
        """A private song was posted for all: it is private no longer, and that is its post. None if it was not, or was erased."""
        return await self._step(_shared(key, channel_id=channel_id, message_id=message_id))

    async def forget_post(self, key: int, *, message_id: int) -> Job | None:
        """The post was deleted; None when that message is not (or no longer) the job's post."""
        return await self._step(_forget_post(key, message_id=message_id))


# --- the statements ---------------------------------------------------------------------------------------------------


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        jobs.c.delivery_after.is_(None),
        jobs.c.delivery_after <= now,
        jobs.c.delivery_after > now + NEVER_PUT_OFF_LONGER,
    )


def _target() -> ColumnElement[int]:
    """The channel that an outcome is meant for; which one it will be in the end, only Discord can tell."""
    return func.coalesce(jobs.c.results_channel_id, jobs.c.channel_id)


def _target_of(job: Job) -> int:
    return job.results_channel_id or job.channel_id


def _candidates(
    ready: Iterable[ColumnElement[bool]], in_flight: Collection[Job], capacity: Capacity
) -> Select[Any, Any, Any]:
    """The first few of each channel, longest settled first: key, channel ID, guild ID."""
    at_work = Counter(map(_target_of, in_flight))
    full = [channel_id for channel_id, number in at_work.items() if number >= capacity.per_channel]
    order = (jobs.c.settled_at, jobs.c.key)
    place = func.row_number().over(partition_by=_target(), order_by=order).label("place")
    waiting = (
        select(jobs.c.key, _target().label("target"), jobs.c.guild_id, jobs.c.settled_at, place)
        .where(*ready, jobs.c.key.not_in([job.key for job in in_flight]), _target().not_in(full))
        .subquery()
    )
    return (
        select(waiting.c.key, waiting.c.target, waiting.c.guild_id)
        .where(waiting.c.place <= capacity.per_channel)
        .order_by(waiting.c.settled_at, waiting.c.key)
    )


def _fitting(rows: Iterable[Any], in_flight: Collection[Job], capacity: Capacity) -> Iterator[int]:
    """The keys of those candidates for which there is room."""
    channels, servers = Counter(map(_target_of, in_flight)), Counter(job.guild_id for job in in_flight)
    room = capacity.total - len(in_flight)
    for key, channel_id, guild_id in rows:
        if room <= 0:
            return
        if channels[channel_id] < capacity.per_channel and servers[guild_id] < capacity.per_server:
            channels[channel_id] += 1
            servers[guild_id] += 1
            room -= 1
            yield key


def _begin_post(key: int, *, rung: DeliveryRoute, channel_id: int | None, now: datetime) -> Update:
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
    key: int,
    *,
    rung: DeliveryRoute,
    channel_id: int | None,
    message_id: int | None,
    note: str | None,
    now: datetime,
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


def _not_sent(key: int, *, note: str) -> Update:
    """Posting → due."""
    return _step(key, DeliveryState.POSTING).values(
        delivery=DeliveryState.DUE, delivery_note=note, posting_at=None
    )


def _put_off(key: int, *, after: datetime) -> Update:
    return _step(key, DeliveryState.DUE, DeliveryState.POSTING).values(delivery_after=after)


def _undeliverable(key: int, *, note: str) -> Update:
    """due, posting → undeliverable."""
    return _step(key, DeliveryState.DUE, DeliveryState.POSTING).values(
        delivery=DeliveryState.UNDELIVERABLE,
        rung=DeliveryRoute.KEPT,
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
        is_private=False, rung=DeliveryRoute.CHANNEL, post_channel_id=channel_id, post_message_id=message_id
    )


def _shareable(key: int) -> Update:
    return _step(key, DeliveryState.DELIVERED).where(
        jobs.c.is_private,
        jobs.c.state == JobState.COMPLETED,
        jobs.c.delivered_at.is_not(None),
        ~is_erased(),
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

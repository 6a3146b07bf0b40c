"""The outbox: delivery of outcomes to their requesters, one compare-and-set UPDATE for each step.

    none → due → posting → delivered | undeliverable

`begin_post` is committed before the message is sent and `complete_post` after it, so that a crash in between leaves
`posting`: that message has to be looked for before another is sent.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import AudioNote, DeliveryRoute, DeliveryState, Job, JobState
from bot.domain.scopes import scope_of
from bot.domain.shards import Shards
from bot.store.expressions import NO_OWNER, in_shards, is_erased, is_free, locked_rows, owned_by
from bot.store.job_table import JobTable, one_job
from bot.store.rows import job_from_row
from bot.store.tables import is_undelivered, jobs, literal

MAX_POSTPONED = timedelta(seconds=60)
"""A delivery that seems to be postponed for longer was so before the wall clock was set back, and is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many deliveries may be in flight at once: in all, to one channel, and to the channels of one server."""

    total: int
    per_channel: int
    per_server: int


_BEGIN_POST = (
    one_job()
    .where(jobs.c.delivery == literal(DeliveryState.DUE))
    .values(
        delivery=DeliveryState.POSTING,
        delivery_attempts=jobs.c.delivery_attempts + 1,
        delivery_after=None,
    )
    .returning(jobs)
)

_SENT_AT = bindparam("sent_at", type_=jobs.c.delivered_at.type)
_COMPLETE_POST = (
    one_job()
    .where(jobs.c.delivery == literal(DeliveryState.POSTING))
    .values(
        delivery=DeliveryState.DELIVERED,
        # Discord's time may have stepped back during the send; a later `posting_at` would count as a share's.
        delivered_at=case((jobs.c.posting_at > _SENT_AT, jobs.c.posting_at), else_=_SENT_AT),
        interaction_token=None,
        **NO_OWNER,
    )
    .returning(jobs)
)


_NOW = bindparam("at", type_=jobs.c.delivery_after.type)
_LATEST = bindparam("at_latest", type_=jobs.c.delivery_after.type)


def _times(now: datetime) -> dict[str, datetime]:
    """The parameters `_NOW` and `_LATEST`."""
    return {"at": now, "at_latest": now + MAX_POSTPONED}


_NEXT_DUE = select(func.min(jobs.c.delivery_after)).where(
    is_undelivered(), jobs.c.delivery_after > _NOW, jobs.c.delivery_after <= _LATEST
)

_CLAIMANT = bindparam("claimant", type_=jobs.c.owner.type)


def _ready(of_shards: Shards | None) -> Iterator[ColumnElement[bool]]:
    """The conditions of deliveries that the claimant may take now."""
    yield is_undelivered()
    yield or_(jobs.c.delivery_after.is_(None), jobs.c.delivery_after <= _NOW, jobs.c.delivery_after > _LATEST)
    yield is_free(_CLAIMANT)
    if of_shards is not None:
        yield in_shards(jobs.c.guild_id, of_shards)


# The channel by which deliveries are limited is where the outcome is meant to go. Where it does go may differ, when
# Discord refuses that channel.
_TARGET_CHANNEL = func.coalesce(jobs.c.results_channel_id, jobs.c.channel_id)


@lru_cache(maxsize=8)
def _candidates(of_shards: Shards | None) -> Select[Any, Any, Any, Any]:
    """The first few ready deliveries of each channel, longest settled first: key, channel ID, guild ID, requester ID."""
    order = (jobs.c.settled_at, jobs.c.key)
    # Ranked in each channel: a channel with thousands of songs adds a few rows, and does not hide the other channels.
    rank = func.row_number().over(partition_by=_TARGET_CHANNEL, order_by=order).label("rank")
    waiting = (
        select(
            jobs.c.key,
            _TARGET_CHANNEL.label("target"),
            jobs.c.guild_id,
            jobs.c.requester_id,
            jobs.c.settled_at,
            rank,
        )
        .where(
            *_ready(of_shards),
            jobs.c.key.not_in(bindparam("taken", expanding=True)),
            _TARGET_CHANNEL.not_in(bindparam("full", expanding=True)),
        )
        .subquery()
    )
    return (
        select(waiting.c.key, waiting.c.target, waiting.c.guild_id, waiting.c.requester_id)
        .where(waiting.c.rank <= bindparam("per_channel"))
        .order_by(waiting.c.settled_at, waiting.c.key)
    )


@lru_cache(maxsize=8)
def _claim(of_shards: Shards | None) -> ReturningUpdate[Any]:
    # The conditions again: on PostgreSQL another process may have claimed them since the SELECT.
    chosen = locked_rows(jobs.c.key.in_(bindparam("keys", expanding=True)), *_ready(of_shards))
    return update(jobs).where(chosen).values(delivery_after=None).returning(jobs)


class Outbox(JobTable):
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable.

    A step returns the job as it is afterwards, or None when the job was not in the state that the step leaves: another
    task or process was faster.
    """

    async def next_due_at(self, *, now: datetime) -> datetime | None:
        """When the next postponed delivery is due; None when none is postponed."""
        return await self._database.scalar(_NEXT_DUE, _times(now))

    async def claim(
        self,
        *,
        owner: str,
        now: datetime,
        capacity: Capacity,
        of_shards: Shards | None = None,
        in_flight: Collection[Job] = (),
        sent: Collection[int] = (),
    ) -> list[Job]:
        """Claim deliveries that are due or were interrupted (`posting`), those settled first before others.

        Only those of servers in `of_shards` (None: of all), which nobody works on: see `is_free`. `in_flight` are those
        that this process is working on: together with them no more are claimed than `capacity` allows, so that a slow
        channel or server delays its own songs only. `sent` are the keys of those whose message was sent and whose card
        this process still edits: they are not claimed either, and take nothing of the capacity.
        """
        ready = _times(now) | {"claimant": owner}
        busy = Counter(map(_target_channel_of, in_flight))
        others = {
            "taken": [*(job.key for job in in_flight), *sent],
            "full": [channel_id for channel_id, number in busy.items() if number >= capacity.per_channel],
            "per_channel": capacity.per_channel,
        }

        def work(connection: Connection) -> list[Job]:
            rows = connection.execute(_candidates(of_shards), ready | others)
            # Not in SQL: what fits into a channel and a server depends on the deliveries chosen before.
            keys = list(_within_capacity(rows, in_flight, capacity))
            if not keys:
                return []
            claim = {"keys": keys} | owned_by(owner, now)
            return [
                job_from_row(row) for row in connection.execute(_claim(of_shards), ready | claim).mappings()
            ]

        return sorted(await self._database.transact(work), key=attrgetter("key"))

    async def begin_post(
        self, key: int, *, route: DeliveryRoute, channel_id: int | None, now: datetime
    ) -> Job | None:
        """Due → posting, with one more attempt: committed before the message is sent."""
        return await self._update_one(
            # `posting_at` is Discord's time: here begins the search for the message, should the send be interrupted.
            _BEGIN_POST,
            key,
            posting_at=now,
            rung=route,
            post_channel_id=channel_id,
        )

    async def complete_post(
        self,
        key: int,
        *,
        route: DeliveryRoute,
        channel_id: int | None,
        message_id: int | None,
        note: str | None,
        now: datetime,
        cover_url: str | None = None,
        audio_note: AudioNote | None = None,
    ) -> Job | None:
        """Posting → delivered: committed after the message was sent. The interaction token is deleted.

        `cover_url` is the cover in the message, and `audio_note` what it says about its audio.
        """
        return await self._update_one(
            _COMPLETE_POST,
            key,
            rung=route,
            post_channel_id=channel_id,
            post_message_id=message_id,
            delivery_note=note,
            post_cover_url=cover_url,
            audio_note=audio_note,
            sent_at=now,
        )

    async def abort_post(self, key: int, *, note: str) -> Job | None:
        """Posting → due: the message is known not to have been posted; `note` says why."""
        return await self._update_job(
            _leaving(key, DeliveryState.POSTING).values(
                delivery=DeliveryState.DUE, delivery_note=note, posting_at=None
            )
        )

    async def postpone(self, key: int, *, after: datetime) -> Job | None:
        """Keep a due or posting delivery in its state, not to be claimed before `after`, and then by any process."""
        undelivered = _leaving(key, DeliveryState.DUE, DeliveryState.POSTING)
        return await self._update_job(undelivered.values(delivery_after=after, **NO_OWNER))

    async def mark_undeliverable(self, key: int, *, note: str) -> Job | None:
        """due, posting → undeliverable: kept until the requester asks for it; `note` says why."""
        return await self._update_job(
            _leaving(key, DeliveryState.DUE, DeliveryState.POSTING).values(
                delivery=DeliveryState.UNDELIVERABLE,
                rung=DeliveryRoute.KEPT,
                delivery_after=None,
                delivery_note=note,
                # No route needs it any more: secrets are kept no longer than they are of use.
                interaction_token=None,
                **NO_OWNER,
            )
        )

    async def mark_delivered(self, key: int, *, now: datetime) -> Job | None:
        """Undeliverable → delivered: the requester asked and has seen it."""
        return await self._update_job(
            _leaving(key, DeliveryState.UNDELIVERABLE).values(
                delivery=DeliveryState.DELIVERED, delivered_at=now
            )
        )

    async def begin_share(self, key: int, *, now: datetime) -> Job | None:
        """Store in `posting_at` that a private song is about to be posted; `now` must be after `delivered_at`.

        None when its share was begun before, or the job is not a delivered private song, or was erased.
        """
        # The private delivery has set `posting_at`, too, but no later than `delivered_at`.
        not_begun = or_(jobs.c.posting_at.is_(None), jobs.c.posting_at <= jobs.c.delivered_at)
        return await self._update_job(_shareable(key).where(not_begun).values(posting_at=now))

    async def complete_share(
        self, key: int, *, channel_id: int, message_id: int, cover_url: str | None = None
    ) -> Job | None:
        """Make a private song public, with that message as its post; None if it was not private, or was erased."""
        return await self._update_job(
            _shareable(key).values(
                is_private=False,
                rung=DeliveryRoute.CHANNEL,
                post_channel_id=channel_id,
                post_message_id=message_id,
                post_cover_url=cover_url,
            )
        )

    async def forget_post(self, key: int, *, message_id: int) -> Job | None:
        """Delete the ID and the cover of a deleted post; None when that message is not (or no longer) the job's post.

        The route stays, so that the row still says that there was a post.
        """
        post = (jobs.c.key == key) & (jobs.c.post_message_id == message_id)
        return await self._update_job(
            update(jobs).where(post).values(post_message_id=None, post_cover_url=None)
        )


def _leaving(key: int, *states: DeliveryState) -> Update:
    return update(jobs).where(jobs.c.key == key, jobs.c.delivery.in_(states))


def _shareable(key: int) -> Update:
    return _leaving(key, DeliveryState.DELIVERED).where(
        jobs.c.is_private,
        jobs.c.state == JobState.COMPLETED,
        jobs.c.delivered_at.is_not(None),
        ~is_erased(),
    )


def _target_channel_of(job: Job) -> int:
    return job.results_channel_id or job.channel_id


def _within_capacity(rows: Iterable[Any], in_flight: Collection[Job], capacity: Capacity) -> Iterator[int]:
    """The keys of those candidates that fit beside the deliveries in flight."""
    channels = Counter(map(_target_channel_of, in_flight))
    servers = Counter(job.scope for job in in_flight)
    free_slots = capacity.total - len(in_flight)
    for key, channel_id, guild_id, requester_id in rows:
        scope = scope_of(guild_id, requester_id)
        if free_slots <= 0:
            return
        if channels[channel_id] < capacity.per_channel and servers[scope] < capacity.per_server:
            # What was just chosen counts as in flight for the candidates behind it.
            channels[channel_id] += 1
            servers[scope] += 1
            free_slots -= 1
            yield key

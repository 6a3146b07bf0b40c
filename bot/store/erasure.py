"""What is stored about somebody, and its erasure. What was counted stays; who, what and where to find it goes.

An erased job belongs to `NOBODY`. Jobs that cannot be stopped (a submit under way, a song in the making) are followed
to their end, and every transition keeps them bare: see `bot.store.transitions`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Select,
    Update,
    case,
    delete,
    func,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import NOBODY, DeliveryState, Job, JobState
from bot.domain.personal_data import Erased, Holdings, Like, SearchRecord
from bot.store import card_wipes, lost_posts, pseudonyms
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.songs import query_of
from bot.store.tables import (
    guilds,
    in_literals,
    is_open,
    is_undelivered,
    jobs,
    likes,
    policies,
    policy_changes,
    policy_proposals,
    promises,
    searches,
)
from bot.store.transitions import BARE, picked, typed

BATCH = 500
"""Jobs of a server that are erased in one transaction: nobody who waits to write waits long."""

LINKS_AT_MOST = 10

_IN_HAND = (JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED)


class Erasure:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holdings(self, user_id: int) -> Holdings:
        """How much is stored about somebody."""
        async with self._database.read() as connection:
            asked = select(func.count(), func.min(jobs.c.created_at)).where(_of(user_id))
            number, since = (await connection.execute(asked)).one()
            counts = [
                await connection.scalar(select(func.count()).where(table.c.user_id == user_id))
                for table in (likes, searches)
            ]
        return Holdings(jobs=number, since=since, likes=counts[0] or 0, searches=counts[1] or 0)

    async def jobs_of(self, user_id: int, *, limit: int) -> list[Job]:
        """Somebody's jobs, newest first."""
        newest = select(jobs).where(_of(user_id)).order_by(jobs.c.created_at.desc(), jobs.c.key.desc())
        return await self._database.fetch_in_batches(newest.limit(limit), job_from_row)

    async def likes_of(self, user_id: int, *, limit: int) -> list[Like]:
        """What somebody likes, newest first."""
        found = select(likes.c.job_key, likes.c.liked_at).where(likes.c.user_id == user_id)
        newest = found.order_by(likes.c.liked_at.desc()).limit(limit)
        return await self._database.fetch_in_batches(newest, lambda row: Like(**row))

    async def searches_of(self, user_id: int, *, limit: int) -> list[SearchRecord]:
        """What somebody looked for, newest first."""
        found = select(searches.c.made_at, searches.c.query).where(searches.c.user_id == user_id)
        newest = found.order_by(searches.c.key.desc()).limit(limit)
        return await self._database.fetch_in_batches(
            newest, lambda row: SearchRecord(row["made_at"], query_of(row["query"]))
        )

    async def erase_user(self, user_id: int, *, now: datetime) -> Erased:
        """Erase everything that says who somebody is or what they asked for, at once and for good."""
        self._database.require_file_in_place()
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            # Locked first, in the order in which leases are renewed, so that what is reported is what is erased.
            own = select(jobs.c.key).where(_of(user_id)).order_by(jobs.c.key)
            await connection.execute(own.with_for_update())
            rows = await connection.execute(select(jobs).where(_of(user_id), _is_under_way()))
            under_way = tuple(job_from_row(row) for row in rows.mappings())
            rows = await connection.execute(_posted(user_id))
            posted = tuple(job_from_row(row) for row in rows.mappings())
            await connection.execute(_promises_of(_of(user_id)))
            await connection.execute(_likes_of_jobs(_of(user_id)))
            cards = await card_wipes.insert_card_wipes(connection, _of(user_id), by_requester=True, now=now)
            await lost_posts.insert_lost_posts(connection, _of(user_id), now=now)
            await pseudonyms.assign(connection, user_id=user_id, now=now)
            erased = len(
                (await connection.execute(_erase(_of(user_id), now=now).returning(jobs.c.key))).all()
            )
            liked = await connection.execute(delete(likes).where(likes.c.user_id == user_id))
            looked = await connection.execute(delete(searches).where(searches.c.user_id == user_id))
            # What a server's settings were and are is the server's; who set them is not.
            by_them = policy_changes.c.changed_by == user_id
            await connection.execute(update(policy_changes).where(by_them).values(changed_by=NOBODY))
        return Erased(
            jobs=erased,
            likes=_count(liked),
            searches=_count(looked),
            under_way=under_way,
            posted=posted,
            cards=cards,
        )

    async def drop_pseudonyms(self, *, now: datetime) -> None:
        """Drop the pseudonyms of erased jobs that no limit can count any more."""
        async with self._database.write() as connection:
            await self._database.lock_for_decision(connection)
            await pseudonyms.drop(connection, now=now)

    # --- servers ------------------------------------------------------------------------------------------------

    async def guilds_to_erase(self, *, left_before: datetime) -> list[int]:
        """The servers that the bot was taken out of before then, and whose data are still there."""
        due = select(guilds.c.guild_id).where(guilds.c.erased_at.is_(None), guilds.c.left_at <= left_before)
        async with self._database.read() as connection:
            return list(await connection.scalars(due))

    async def next_left_at(self) -> datetime | None:
        """When the bot was taken out of the first of the servers whose data are still there."""
        first = select(func.min(guilds.c.left_at)).where(guilds.c.erased_at.is_(None))
        async with self._database.read() as connection:
            return await connection.scalar(first)

    async def erase_guild_batch(self, guild_id: int, *, left_before: datetime, now: datetime) -> int:
        """Erase a batch of a server's jobs, and mark the server as erased with the last; returns how many there were.

        Nothing is erased when the bot is back in the server.
        """
        gone = (
            (guilds.c.guild_id == guild_id) & (guilds.c.left_at <= left_before) & guilds.c.erased_at.is_(None)
        )
        its = (jobs.c.guild_id == guild_id) & (jobs.c.requester_id != NOBODY)
        async with self._database.write() as connection:
            if await connection.scalar(select(guilds.c.guild_id).where(gone).with_for_update()) is None:
                return 0
            number = await _erase_some(connection, its, now=now, has_access=False)
            if number < BATCH:
                # Its settings go too, so no limit for members is left that could count by them.
                known = (jobs.c.guild_id == guild_id) & jobs.c.limit_ref.is_not(None)
                await connection.execute(update(jobs).where(known).values(limit_ref=None))
                for table in (searches, policies, policy_changes, policy_proposals):
                    await connection.execute(delete(table).where(table.c.guild_id == guild_id))
                await connection.execute(update(guilds).where(gone).values(erased_at=now))
        return number

    async def erase_older_batch(self, guild_id: int, *, asked_before: datetime, now: datetime) -> int:
        """Erase a batch of a server's jobs from before then that are over and told; returns how many there were."""
        old = (jobs.c.guild_id == guild_id) & (jobs.c.created_at < asked_before)
        over = (jobs.c.requester_id != NOBODY) & not_(_is_under_way())
        async with self._database.write() as connection:
            return await _erase_some(connection, old & over, now=now)


async def _erase_some(
    connection: AsyncConnection, which: ColumnElement[bool], *, now: datetime, has_access: bool = True
) -> int:
    batch = select(jobs.c.key).where(which).order_by(jobs.c.key).limit(BATCH)
    keys = list(await connection.scalars(batch))
    some = jobs.c.key.in_(keys)
    await connection.execute(_promises_of(some))
    await connection.execute(_likes_of_jobs(some))
    if has_access:
        await lost_posts.insert_lost_posts(connection, some, now=now)
    await card_wipes.insert_card_wipes(connection, some, by_requester=False, now=now, has_access=has_access)
    await connection.execute(_erase(picked(some, order=(jobs.c.key,), wait=True), now=now))
    return len(keys)


def _of(user_id: int) -> ColumnElement[bool]:
    return (jobs.c.requester_id == user_id) & (jobs.c.requester_id != NOBODY)


def _is_under_way() -> ColumnElement[bool]:
    """Whether somebody still waits for it: its card shows the prompt, and its outcome has not been told."""
    return or_(is_open(), is_undelivered())


def _posted(user_id: int) -> Select[Any]:
    """The newest jobs that left a post in a channel."""
    told = jobs.c.post_message_id.is_not(None)
    return select(jobs).where(_of(user_id), told).order_by(jobs.c.created_at.desc()).limit(LINKS_AT_MOST)


def _promises_of(whose: ColumnElement[bool]) -> Delete:
    tokens = select(jobs.c.interaction_token).where(whose, jobs.c.interaction_token.is_not(None))
    return delete(promises).where(promises.c.interaction_token.in_(tokens))


def _likes_of_jobs(whose: ColumnElement[bool]) -> Delete:
    return delete(likes).where(likes.c.job_key.in_(select(jobs.c.key).where(whose)))


def _erase(whose: ColumnElement[bool], *, now: datetime) -> Update:
    """Make jobs bare. Queued ones are cancelled, running ones detached; what is not told yet never will be."""
    in_flight = in_literals(jobs.c.state, _IN_HAND)
    return (
        update(jobs)
        .where(whose)
        .values(
            **BARE,
            requester_id=NOBODY,
            prompt="",
            parent_key=None,
            card_message_id=None,
            card_outdated=False,
            post_message_id=None,
            post_channel_id=None,
            interaction_token=None,
            interaction_expires_at=None,
            delivery_note=None,
            submit_after=None,
            delivery_after=None,
            state=case(
                (jobs.c.state == JobState.QUEUED, JobState.CANCELLED),
                (jobs.c.state == JobState.RUNNING, JobState.DETACHED),
                else_=jobs.c.state,
            ),
            settled_at=case(
                (jobs.c.state == JobState.QUEUED, typed("settled_at", now)), else_=jobs.c.settled_at
            ),
            delivery=case(
                (jobs.c.delivery == DeliveryState.DELIVERED, jobs.c.delivery), else_=DeliveryState.NONE
            ),
            job_id=case((in_flight, jobs.c.job_id), else_=null()),
            job_ref=case((in_flight, jobs.c.job_ref), else_=null()),
            owner=case((in_flight, jobs.c.owner), else_=null()),
            lease_until=case((in_flight, jobs.c.lease_until), else_=null()),
        )
    )


def _count(result: CursorResult[Any]) -> int:
    return max(0, result.rowcount)

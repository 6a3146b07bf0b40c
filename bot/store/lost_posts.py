"""Erased jobs of which a message may stand that nobody knows of, kept until it is found or surely is not there."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState
from bot.domain.personal_data import LostPost
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import jobs, lost_posts

_COLUMNS = (lost_posts.c.posted_job_id, lost_posts.c.channel_id.label("posted_in"), lost_posts.c.since)
_ALL = (
    select(jobs, *_COLUMNS, lost_posts.c.erased_at)
    .join(lost_posts, lost_posts.c.job_key == jobs.c.key)
    .order_by(lost_posts.c.job_key)
)


class LostPosts:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[LostPost]:
        """Those that are to be looked for: few, for they are noted in the middle of a send."""
        async with self._database.read() as connection:
            return [
                LostPost(
                    replace(job_from_row(row), job_id=row["posted_job_id"]),
                    channel_ids=tuple(dict.fromkeys(filter(None, (row["posted_in"], row["channel_id"])))),
                    since=row["since"],
                    erased_at=row["erased_at"],
                )
                for row in (await connection.execute(_ALL)).mappings()
            ]

    async def remove(self, key: int) -> None:
        """Nothing stands there any more, or nothing can be done about it."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(lost_posts).where(lost_posts.c.job_key == key))

        await self._database.transact(work)


async def insert_lost_posts(
    connection: AsyncConnection, whose: ColumnElement[bool], *, now: datetime
) -> None:
    """Write down the sends and shares whose intent is known and whose fact is not, before their jobs are erased."""
    columns = select(
        jobs.c.key,
        jobs.c.job_id,
        jobs.c.post_channel_id,
        jobs.c.posting_at,
        literal(now, lost_posts.c.erased_at.type),
    ).where(whose, jobs.c.posting_at.is_not(None), _sending() | _sharing())
    await connection.execute(
        insert(lost_posts).from_select([column.name for column in lost_posts.columns], columns)
    )


def _sending() -> ColumnElement[bool]:
    by_message = jobs.c.rung.in_([DeliveryRoute.CHANNEL, DeliveryRoute.DIRECT_MESSAGE])
    return (jobs.c.delivery == DeliveryState.POSTING) & by_message


def _sharing() -> ColumnElement[bool]:
    told = (jobs.c.delivery == DeliveryState.DELIVERED) & (jobs.c.state == JobState.COMPLETED)
    return jobs.c.is_private & told & (jobs.c.posting_at > jobs.c.delivered_at)

"""Erased jobs that may have a message whose ID is not known, stored until it is found or known not to exist."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, case, delete, insert, literal, select

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
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[LostPost]:
        """All that have to be looked for; few, because they come from sends that an erasure interrupted."""
        return await self._database.fetch(_ALL, _post_of)

    async def remove(self, key: int) -> None:
        """Delete the entry: the message is gone, was never there, or cannot be deleted."""
        await self._database.execute(delete(lost_posts).where(lost_posts.c.job_key == key))


def _post_of(row: RowMapping) -> LostPost:
    return LostPost(
        # The footer by which the message is found has the job ID, which the erased row has no longer.
        replace(job_from_row(row), job_id=row["posted_job_id"]),
        channel_ids=tuple(dict.fromkeys(filter(None, (row["posted_in"], row["channel_id"])))),
        since=row["since"],
        erased_at=row["erased_at"],
    )


def insert_lost_posts(connection: Connection, which: ColumnElement[bool], *, now: datetime) -> None:
    """Store the sends and shares that were begun and not completed, before the same transaction erases their jobs."""
    columns = select(
        jobs.c.key,
        jobs.c.job_id,
        # The search also covers the job's own channel, which an erased job of a direct message has no longer.
        case((jobs.c.guild_id.is_(None), jobs.c.channel_id), else_=jobs.c.post_channel_id),
        jobs.c.posting_at,
        literal(now, lost_posts.c.erased_at.type),
    ).where(which, jobs.c.posting_at.is_not(None), _is_sending() | _is_sharing())
    connection.execute(
        insert(lost_posts).from_select([column.name for column in lost_posts.columns], columns)
    )


def _is_sending() -> ColumnElement[bool]:
    # Other routes edit the interaction's response, which leaves no message to find.
    by_message = jobs.c.rung.in_([DeliveryRoute.CHANNEL, DeliveryRoute.DIRECT_MESSAGE])
    return (jobs.c.delivery == DeliveryState.POSTING) & by_message


def _is_sharing() -> ColumnElement[bool]:
    delivered = (jobs.c.delivery == DeliveryState.DELIVERED) & (jobs.c.state == JobState.COMPLETED)
    return jobs.c.is_private & delivered & (jobs.c.posting_at > jobs.c.delivered_at)

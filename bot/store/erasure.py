"""Reads and erases what is stored about a user or a server.

An erased job keeps its times and figures, which are only counted, and belongs to `NOBODY`. Jobs that cannot be stopped
(submitting or running) are polled to their end; transitions then write no personal data: see `bot.store.transitions`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Select,
    Text,
    Update,
    case,
    cast,
    delete,
    func,
    not_,
    null,
    select,
    update,
)

from bot.domain.jobs import NOBODY, NOWHERE, DeliveryState, Job, JobState
from bot.domain.personal_data import DataSummary, Erased, Like, OwnPlaylist, SearchRecord
from bot.domain.policy.model import Policy
from bot.store import card_wipes, lost_posts, pseudonyms
from bot.store.database import Database, lock_for_decision
from bot.store.expressions import ERASED_RESULT, is_unfinished, locked_rows, typed
from bot.store.rows import job_from_row
from bot.store.song_queries import current_names
from bot.store.tables import (
    form_choices,
    guilds,
    in_literals,
    jobs,
    likes,
    notices,
    playlist_songs,
    playlists,
    policies,
    policy_changes,
    policy_proposals,
    promises,
    searches,
)

BATCH = 500
"""Jobs of a server that are erased in one transaction, so that other writers need not wait long."""

MAX_POST_LINKS = 10

_AT_WHISUL = (JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED)


class Erasure:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holdings(self, user_id: int) -> DataSummary:
        """How much is stored about a user."""

        def work(connection: Connection) -> DataSummary:
            asked = select(func.count(), func.min(jobs.c.created_at)).where(_of(user_id))
            number, since = connection.execute(asked).one()
            liked, searched, listed = (
                connection.scalar(select(func.count()).where(table.c.user_id == user_id)) or 0
                for table in (likes, searches, playlists)
            )
            chosen = select(form_choices.c.user_id).where(form_choices.c.user_id == user_id)
            has_choices = connection.scalar(chosen) is not None
            return DataSummary(
                jobs=number,
                since=since,
                likes=liked,
                searches=searched,
                has_choices=has_choices,
                playlists=listed,
                blocked_in=_blocked_in(connection, user_id),
            )

        return await self._database.read(work)

    async def jobs_of(self, user_id: int, *, limit: int) -> list[Job]:
        """A user's jobs, newest first."""
        newest = select(jobs).where(_of(user_id)).order_by(jobs.c.created_at.desc(), jobs.c.key.desc())
        return await self._database.fetch(newest.limit(limit), job_from_row)

    async def likes_of(self, user_id: int, *, limit: int) -> list[Like]:
        """A user's likes, newest first."""
        found = select(likes.c.job_key, likes.c.liked_at).where(likes.c.user_id == user_id)
        newest = found.order_by(likes.c.liked_at.desc()).limit(limit)
        return await self._database.fetch(newest, lambda row: Like(**row))

    async def searches_of(self, user_id: int, *, limit: int) -> list[SearchRecord]:
        """A user's searches, newest first."""
        found = select(searches.c.made_at, searches.c.query).where(searches.c.user_id == user_id)
        newest = found.order_by(searches.c.key.desc()).limit(limit)
        return await self._database.fetch(
            newest, lambda row: SearchRecord(row["made_at"], current_names(row["query"]))
        )

    async def playlists_of(self, user_id: int) -> list[OwnPlaylist]:
        """A user's playlists with the keys of their songs."""

        def work(connection: Connection) -> list[OwnPlaylist]:
            own = select(playlists).where(playlists.c.user_id == user_id).order_by(playlists.c.key)
            return [
                OwnPlaylist(
                    row["guild_id"],
                    row["name"],
                    tuple(
                        connection.scalars(
                            select(playlist_songs.c.job_key)
                            .where(playlist_songs.c.playlist_key == row["key"])
                            .order_by(playlist_songs.c.added_at, playlist_songs.c.job_key)
                        )
                    ),
                )
                for row in connection.execute(own).mappings()
            ]

        return await self._database.read(work)

    async def erase_user(self, user_id: int, *, now: datetime) -> Erased:
        """Erase a user's personal data in one transaction. The result has what is needed to clean up on Discord."""
        self._database.require_file_in_place()

        def work(connection: Connection) -> Erased:
            lock_for_decision(connection)
            # Locked first, so that what is read below is what is erased; by key, against deadlocks.
            own = select(jobs.c.key).where(_of(user_id)).order_by(jobs.c.key)
            connection.execute(own.with_for_update())
            rows = connection.execute(select(jobs).where(_of(user_id), is_unfinished()))
            under_way = tuple(job_from_row(row) for row in rows.mappings())
            rows = connection.execute(_newest_posted(user_id))
            posted = tuple(job_from_row(row) for row in rows.mappings())
            connection.execute(_delete_acks(_of(user_id)))
            connection.execute(_delete_likes(_of(user_id)))
            connection.execute(_delete_from_playlists(_of(user_id)))
            # Before `_erase`, which removes what these three read from the rows.
            cards = card_wipes.insert_card_wipes(connection, _of(user_id), by_requester=True, now=now)
            lost_posts.insert_lost_posts(connection, _of(user_id), now=now)
            pseudonyms.assign(connection, user_id=user_id, now=now)
            erased = len((connection.execute(_erase(_of(user_id), now=now).returning(jobs.c.key))).all())
            liked = connection.execute(delete(likes).where(likes.c.user_id == user_id))
            searched = connection.execute(delete(searches).where(searches.c.user_id == user_id))
            chosen = connection.execute(delete(form_choices).where(form_choices.c.user_id == user_id))
            listed = connection.execute(delete(playlists).where(playlists.c.user_id == user_id))
            # The log of a server's settings stays; only who changed them is personal.
            by_user = policy_changes.c.changed_by == user_id
            connection.execute(update(policy_changes).where(by_user).values(changed_by=NOBODY))
            return Erased(
                jobs=erased,
                likes=_count(liked),
                searches=_count(searched),
                under_way=under_way,
                posted=posted,
                cards=cards,
                has_choices=_count(chosen) > 0,
                playlists=_count(listed),
            )

        return await self._database.write(work)

    async def drop_pseudonyms(self, *, now: datetime) -> None:
        """Delete the pseudonyms of erased jobs that no limit can count any more."""

        def work(connection: Connection) -> None:
            lock_for_decision(connection)
            pseudonyms.drop(connection, now=now)

        await self._database.write(work)

    # --- servers ------------------------------------------------------------------------------------------------

    async def guilds_to_erase(self, *, left_before: datetime) -> list[int]:
        """The servers that the bot was removed from before then and whose data are not erased yet."""
        due = select(guilds.c.guild_id).where(guilds.c.erased_at.is_(None), guilds.c.left_at <= left_before)
        return await self._database.read(lambda connection: list(connection.scalars(due)))

    async def next_left_at(self) -> datetime | None:
        """When the bot was removed from the first server whose data are not erased yet; None: there is none."""
        first = select(func.min(guilds.c.left_at)).where(guilds.c.erased_at.is_(None))
        return await self._database.scalar(first)

    async def erase_guild_batch(self, guild_id: int, *, left_before: datetime, now: datetime) -> int:
        """Erase at most `BATCH` jobs of a left server, with the last also its settings; returns how many jobs.

        Nothing is erased when the bot is back in the server. Once all is erased the server is marked as such.
        """
        gone = (
            (guilds.c.guild_id == guild_id) & (guilds.c.left_at <= left_before) & guilds.c.erased_at.is_(None)
        )
        its = (jobs.c.guild_id == guild_id) & (jobs.c.requester_id != NOBODY)

        def work(connection: Connection) -> int:
            # Checked again in each batch, and locked: the bot may have been invited back since the list was read.
            if connection.scalar(select(guilds.c.guild_id).where(gone).with_for_update()) is None:
                return 0
            number = _erase_batch(connection, its, now=now, has_access=False)
            if number < BATCH:
                # With the settings no limit for members is left that could count by pseudonyms.
                with_pseudonym = (jobs.c.guild_id == guild_id) & jobs.c.limit_ref.is_not(None)
                connection.execute(update(jobs).where(with_pseudonym).values(limit_ref=None))
                for table in (searches, playlists, notices, policies, policy_changes, policy_proposals):
                    connection.execute(delete(table).where(table.c.guild_id == guild_id))
                connection.execute(update(guilds).where(gone).values(erased_at=now))
            return number

        return await self._database.write(work)

    async def guilds_with_jobs(self, *, asked_before: datetime) -> list[int | None]:
        """The servers that have jobs from before then that are not erased; None stands for direct messages."""
        old = (jobs.c.created_at < asked_before) & (jobs.c.requester_id != NOBODY)
        found = select(jobs.c.guild_id).where(old).distinct()
        return await self._database.read(lambda connection: list(connection.scalars(found)))

    async def erase_older_batch(self, guild_id: int | None, *, asked_before: datetime, now: datetime) -> int:
        """Erase at most `BATCH` finished and delivered jobs of a server from before then; returns how many."""
        old = (jobs.c.guild_id == guild_id) & (jobs.c.created_at < asked_before)
        finished = (jobs.c.requester_id != NOBODY) & not_(is_unfinished())
        which = old & finished
        return await self._database.write(lambda connection: _erase_batch(connection, which, now=now))


def _erase_batch(
    connection: Connection, which: ColumnElement[bool], *, now: datetime, has_access: bool = True
) -> int:
    first = select(jobs.c.key).where(which).order_by(jobs.c.key).limit(BATCH)
    # Chosen once: each statement below must concern the same jobs.
    keys = list(connection.scalars(first))
    batch = jobs.c.key.in_(keys)
    connection.execute(_delete_acks(batch))
    connection.execute(_delete_likes(batch))
    connection.execute(_delete_from_playlists(batch))
    # In a server that it has left, the bot cannot delete messages.
    if has_access:
        lost_posts.insert_lost_posts(connection, batch, now=now)
    card_wipes.insert_card_wipes(connection, batch, by_requester=False, now=now, has_access=has_access)
    connection.execute(_erase(locked_rows(batch, order=(jobs.c.key,), wait=True), now=now))
    return len(keys)


def _blocked_in(connection: Connection, user_id: int) -> tuple[int, ...]:
    """The servers whose admins have blocked a user."""
    # Few documents contain the ID: only these are read as policies.
    naming = select(policies.c.guild_id, policies.c.document).where(
        cast(policies.c.document, Text).contains(f'"{user_id}"')
    )
    return tuple(
        guild_id
        for guild_id, document in connection.execute(naming.order_by(policies.c.guild_id))
        if user_id in Policy.model_validate(document).blocked_member_ids
    )


def _of(user_id: int) -> ColumnElement[bool]:
    return (jobs.c.requester_id == user_id) & (jobs.c.requester_id != NOBODY)


def _newest_posted(user_id: int) -> Select[Any]:
    """The newest jobs whose posts are known."""
    posted = jobs.c.post_message_id.is_not(None)
    return select(jobs).where(_of(user_id), posted).order_by(jobs.c.created_at.desc()).limit(MAX_POST_LINKS)


def _delete_acks(which: ColumnElement[bool]) -> Delete:
    tokens = select(jobs.c.interaction_token).where(which, jobs.c.interaction_token.is_not(None))
    return delete(promises).where(promises.c.interaction_token.in_(tokens))


def _delete_likes(which: ColumnElement[bool]) -> Delete:
    return delete(likes).where(likes.c.job_key.in_(select(jobs.c.key).where(which)))


def _delete_from_playlists(which: ColumnElement[bool]) -> Delete:
    return delete(playlist_songs).where(playlist_songs.c.job_key.in_(select(jobs.c.key).where(which)))


def _erase(which: ColumnElement[bool], *, now: datetime) -> Update:
    """Blank the personal data. Queued jobs become cancelled, running ones detached; nothing is delivered any more."""
    at_whisul = in_literals(jobs.c.state, _AT_WHISUL)
    return (
        update(jobs)
        .where(which)
        .values(
            **ERASED_RESULT,
            requester_id=NOBODY,
            prompt="",
            # The channel of direct messages belongs to one person, and their language stands for the server's.
            channel_id=case((jobs.c.guild_id.is_(None), NOWHERE), else_=jobs.c.channel_id),
            root_channel_id=case((jobs.c.guild_id.is_(None), NOWHERE), else_=jobs.c.root_channel_id),
            guild_locale=case((jobs.c.guild_id.is_(None), null()), else_=jobs.c.guild_locale),
            parent_key=None,
            card_message_id=None,
            card_outdated=False,
            post_message_id=None,
            post_channel_id=None,
            interaction_id=None,
            locale=None,
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
            # Kept while the job is followed at Whisul to its end; `settle` removes the ID then.
            job_id=case((at_whisul, jobs.c.job_id), else_=null()),
            job_ref=case((at_whisul, jobs.c.job_ref), else_=null()),
            owner=case((at_whisul, jobs.c.owner), else_=null()),
            lease_until=case((at_whisul, jobs.c.lease_until), else_=null()),
        )
    )


def _count(result: CursorResult[Any]) -> int:
    return max(0, result.rowcount)

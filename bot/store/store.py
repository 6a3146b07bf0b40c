"""Everything that the program remembers: the jobs on their way here, what is asked of them in `questions`, the rest in parts."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import Job, JobState, NewJob, Reason, Song
from bot.domain.policy.limits import Admission, LimitReached, LimitUsage
from bot.store import schema, transitions
from bot.store.admission import check_limits, limit_usage
from bot.store.card_wipes import CardWipes
from bot.store.database import Database, open_database
from bot.store.driver_errors import UniqueViolation
from bot.store.erasure import Erasure
from bot.store.guilds import Guilds
from bot.store.job_queries import JobQueries
from bot.store.key_values import KeyValues
from bot.store.likes import Likes
from bot.store.lost_posts import LostPosts
from bot.store.migration_copies import COPIES, MigrationCopies
from bot.store.outbox import Outbox
from bot.store.pending_acks import PendingAcks, delete_by_token
from bot.store.policies import Policies
from bot.store.rows import job_from_row
from bot.store.song_queries import SongQueries
from bot.store.tables import jobs

log = structlog.get_logger(__name__)


class Store(JobQueries):
    """The one door to the database. Each method is a transaction of its own, and takes effect whole or not at all.

    A transition returns the job as it stands afterwards, or None when the job was not in the state that it leaves:
    somebody else was faster. Every method may raise DatabaseBusy or DatabaseUnusable.

    Attributes:
        outbox: the way of outcomes to their requesters.
        promises: what people were told before their requests were written down.
        songs: lists, suggestions and saved searches.
        likes: who likes which song.
        erasure: what is stored about somebody, and its erasure.
        card_wipes: cards of erased jobs that are to be wiped.
        lost_posts: messages of erased jobs that are to be looked for.
        guilds: the servers that the bot is in.
        policies: what admins have set.
        facts: small facts under a name.
        owner: this process's name on the leases that it takes; no other run of the program has the same.
    """

    def __init__(self, database: Database, *, owner: str) -> None:
        super().__init__(database)
        self.owner = owner
        self.outbox = Outbox(database)
        self.pending_acks = PendingAcks(database, owner=owner)
        self.songs = SongQueries(database)
        self.likes = Likes(database)
        self.erasure = Erasure(database)
        self.card_wipes = CardWipes(database)
        self.lost_posts = LostPosts(database)
        self.guilds = Guilds(database)
        self.policies = Policies(database)
        self.key_values = KeyValues(database)

    @property
    def is_exclusive(self) -> bool:
        """Whether no other process can have this database open: what was left in hand there is free at once."""
        return self._database.dialect == "sqlite"

    @property
    def file_fault(self) -> str | None:
        """Why nothing new may be taken or sent: on SQLite, the open file no longer stands at its path. None: all is well."""
        return self._database.file_fault

    # --- the way to an outcome ----------------------------------------------------------------------------------

    async def record(self, new: NewJob, *, admission: Admission | None = None, now: datetime) -> Job:
        """Write a request down, as a queued job, which redeems the promise behind it.

        The limits of `admission` are checked in the same transaction, one request at a time: of 50 at the same
        instant never one more gets through than is allowed.

        Raises:
            LimitReached: with how every limit stands; nothing was written.
        """

        async def work(connection: AsyncConnection) -> Job | LimitReached:
            if admission is not None:
                await self._database.lock_for_decision(connection)
                # Returned, not raised: an error would undo what others write in the same transaction.
                if (refused := await check_limits(connection, admission, now=now)) is not None:
                    return refused
            rows = await connection.execute(transitions.record(new, now=now).returning(jobs))
            await connection.execute(delete_by_token(new.interaction_token))
            return job_from_row(rows.mappings().one())

        self._database.require_file_in_place()
        outcome = await self._database.transact(work)
        if isinstance(outcome, LimitReached):
            raise outcome
        return outcome

    async def limit_usage(self, admission: Admission, *, now: datetime) -> list[LimitUsage]:
        """How every limit stands that a request of this asker would have to pass."""
        async with self._database.read() as connection:
            return await limit_usage(connection, admission, now=now)

    async def begin_submit(self, key: int, *, owner: str, lease_until: datetime, now: datetime) -> Job | None:
        """Queued → submitting, one more attempt, held by `owner`."""
        return await self._step(transitions.begin_submit(key, owner=owner, lease_until=lease_until, now=now))

    async def accept(self, key: int, *, job_id: str, now: datetime) -> Job | None:
        """Submitting → running, with Whisul's job ID; detached when the job was erased meanwhile.

        None also when another job has that ID already, which Whisul never promised not to do; this job then stays in
        `submitting`, and it is for the caller to settle it.
        """
        try:
            return await self._step(transitions.accept(key, job_id=job_id, now=now))
        except UniqueViolation:
            return None

    async def requeue(self, key: int, *, submit_after: datetime, now: datetime) -> Job | None:
        """Submitting → queued, not before `submit_after`: the submit is known to have created nothing.

        A job that was erased meanwhile becomes cancelled instead.
        """
        return await self._step(transitions.requeue(key, submit_after=submit_after, now=now))

    async def detach(self, key: int) -> Job | None:
        """Running → detached: followed to its end, but its requester no longer waits."""
        return await self._step(transitions.detach(key))

    async def cancel(self, key: int, *, now: datetime) -> Job | None:
        """Queued → cancelled, with nothing due."""
        return await self._step(transitions.cancel(key, now=now))

    async def settle(
        self,
        key: int,
        *,
        state: JobState,
        now: datetime,
        reason: Reason | None = None,
        error: str | None = None,
        song: Song | None = None,
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> Job | None:
        """Any open state → a final one; its delivery is due from the same moment, whatever happens next.

        Nothing is due for a detached job and for one that ends as cancelled. `error` is cut to 2,000 characters.

        Raises:
            ValueError: `state` is not final.
        """
        statement, parameters = transitions.settle(
            key,
            state=state,
            reason=reason,
            error=error,
            song=song,
            started_at=started_at,
            finished_at=finished_at,
            now=now,
        )
        return await self._prepared_step(statement, parameters)

    async def complete_late(
        self, key: int, *, song: Song, started_at: datetime | None, finished_at: datetime | None
    ) -> Job | None:
        """timed_out, expired → completed: a later look found a song. What its requester was told stays as it was."""
        statement = transitions.complete_late(key, song=song, started_at=started_at, finished_at=finished_at)
        return await self._step(statement)

    async def set_card(self, key: int, *, message_id: int) -> None:
        """Remember the message that shows the job while it works."""
        await self._number_changed(transitions.set_card(key, message_id=message_id))

    async def set_card_outdated(self, key: int, *, outdated: bool) -> None:
        """Remember whether the card of a job whose outcome was told has still to say so."""
        await self._number_changed(transitions.set_card_outdated(key, outdated=outdated))

    async def forget_tokens(self, *, now: datetime) -> int:
        """Wipe interaction tokens of jobs that have expired; returns how many."""
        return await self._number_changed(transitions.forget_tokens(now=now))

    # --- leases -------------------------------------------------------------------------------------------------

    async def take_over(
        self, *, owner: str, lease_until: datetime, now: datetime, takeover: bool
    ) -> list[Job]:
        """Take every running or detached job without a living lease, oldest first; `takeover`: whoever holds it."""
        return await self._jobs_changed(
            transitions.take_over(owner=owner, lease_until=lease_until, now=now, takeover=takeover)
        )

    async def settle_orphaned_submits(self, *, owner: str, now: datetime, takeover: bool) -> list[Job]:
        """Submitting → unknown, delivery due, where the submitting process is gone.

        It is gone when its lease has lapsed, with `takeover` at once. Jobs that `owner` itself is submitting are left
        alone.
        """
        return await self._jobs_changed(transitions.orphaned_submits(owner=owner, now=now, takeover=takeover))

    async def renew_leases(self, *, owner: str, lease_until: datetime) -> int:
        """Hold every open or undelivered job of `owner` until then; returns how many there are."""
        return await self._number_changed(transitions.renew(owner=owner, lease_until=lease_until))

    async def release_leases(self, *, owner: str) -> int:
        """Let go of every open or undelivered job of `owner`, for others to take at once; returns how many."""
        return await self._number_changed(transitions.release(owner=owner))


@asynccontextmanager
async def open_store(
    database_url: SecretStr | str, *, owner: str | None = None, copies: int = COPIES
) -> AsyncGenerator[Store]:
    """Open the database, bring it up to date, and close it at the end of the block.

    A SQLite file is made where there is none, and belongs to this process until then. `owner` is the name for the
    store's leases; by default a new one each time. `copies` is how many copies of a SQLite file from before
    migrations are kept.

    Raises:
        BackupRefused: it has to be migrated, and cannot be copied before.
        DatabaseBusy: another process has this SQLite file open.
        DatabaseNewer: a newer version of the program has written it.
        DatabaseUnusable: it cannot be opened, read or written; the message says why.
    """
    url = _plain(database_url)
    async with open_database(url) as database:
        before = await schema.migrate_schema(database, MigrationCopies(url, most=copies))
        if before != schema.HEAD:
            log.info("database_migrated", before=before, now=schema.HEAD)
        yield Store(database, owner=owner or _new_owner())


async def migrate(database_url: SecretStr | str, *, copies: int = COPIES) -> str:
    """Bring the database up to date, and do nothing else; returns what was done, in words. Raises as `open_store`."""
    url = _plain(database_url)
    async with open_database(url) as database:
        before = await schema.migrate_schema(database, MigrationCopies(url, most=copies))
    if before == schema.HEAD:
        return f"already at {before}"
    return f"migrated from {before or 'an empty database'} to {schema.HEAD}"


def _plain(url: SecretStr | str) -> str:
    return url.get_secret_value() if isinstance(url, SecretStr) else url


def _new_owner() -> str:
    # Containers share their host name and process ID 1 with their own past: only chance tells two runs apart.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

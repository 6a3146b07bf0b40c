"""The store: every kind of stored data behind one object, and how to open it."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection, insert

from bot.domain.jobs import DeliveryState, Job, JobState, NewJob
from bot.domain.policy.limits import Admission, LimitReached, LimitUsage
from bot.store import schema
from bot.store.admission import check_limits, limit_usage
from bot.store.announcements import Announcements
from bot.store.card_wipes import CardWipes
from bot.store.database import Database, lock_for_decision, open_database
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
from bot.store.processes import Processes
from bot.store.proposals import Proposals
from bot.store.rows import job_from_row
from bot.store.schema_version import HEAD
from bot.store.song_queries import SongQueries
from bot.store.tables import jobs
from bot.store.transitions import JobTransitions

log = structlog.get_logger(__name__)


class Store(JobQueries, JobTransitions):
    """The only access to the database. Each method is one transaction, which takes effect whole or not at all.

    Every method may raise DatabaseBusy or DatabaseUnusable.

    Attributes:
        outbox: delivery of outcomes to requesters.
        pending_acks: requests that were acknowledged and are not stored as jobs yet.
        songs: lists, suggestions and saved searches.
        likes: who likes which song.
        erasure: what is stored about a user or a server, and its erasure.
        card_wipes: cards of erased jobs that have to be edited or deleted.
        lost_posts: messages of erased jobs that have to be looked for.
        guilds: the servers that the bot is in.
        policies: what admins have set.
        proposals: changes to policies that admins have not saved yet.
        key_values: small values under a name.
        processes: the processes that share a PostgreSQL database.
        announcements: what they tell each other.
        owner: this process's name, unique to this run of the program.
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
        self.proposals = Proposals(database, self.policies)
        self.key_values = KeyValues(database)
        self.processes = Processes(database)
        self.announcements = Announcements(database, owner=owner)

    @property
    def is_exclusive(self) -> bool:
        """Whether no other process can have this database open, so that every other owner found in it has ended."""
        return self._database.dialect == "sqlite"

    @property
    def file_fault(self) -> str | None:
        """Why no new work may be accepted or sent: the open SQLite file is no longer at its path. None: all is well."""
        return self._database.file_fault

    async def record(self, new: NewJob, *, admission: Admission | None = None, now: datetime) -> Job:
        """Store a request as a queued job, and delete its pending acknowledgement.

        The limits of `admission` are checked in the same transaction, one request at a time across all processes: of
        50 requests at the same instant no more get through than the limits allow.

        Raises:
            LimitReached: with the usage of every limit; nothing was written.
        """

        def work(connection: Connection) -> Job | LimitReached:
            if admission is not None:
                # Before the count: no other process may insert a job between the count and the insert.
                lock_for_decision(connection)
                # Returned, not raised: an error would roll back what others write in the same shared transaction.
                if (refused := check_limits(connection, admission, now=now)) is not None:
                    return refused
            rows = connection.execute(insert(jobs).values(_queued_job(new, now)).returning(jobs))
            connection.execute(delete_by_token(new.interaction_token))
            return job_from_row(rows.mappings().one())

        self._database.require_file_in_place()
        outcome = await self._database.transact(work)
        if isinstance(outcome, LimitReached):
            raise outcome
        return outcome

    async def limit_usage(self, admission: Admission, *, now: datetime) -> list[LimitUsage]:
        """The usage of every limit that a request of this member would have to pass."""
        return await self._database.read(lambda connection: limit_usage(connection, admission, now=now))


def _queued_job(new: NewJob, now: datetime) -> dict[str, Any]:
    """The column values of a new job."""
    return {
        "guild_id": new.guild_id,
        "channel_id": new.channel_id,
        "root_channel_id": new.root_channel_id or new.channel_id,
        "results_channel_id": new.results_channel_id,
        "requester_id": new.requester_id,
        "prompt": new.prompt,
        "search_text": new.prompt.casefold(),
        "parent_key": new.parent_key,
        "is_private": new.is_private,
        "nonce": new.nonce,
        "interaction_id": new.interaction_id,
        "interaction_token": new.interaction_token,
        "interaction_expires_at": new.interaction_expires_at,
        "created_at": now,
        "state": JobState.QUEUED,
        "submit_attempts": 0,
        "has_song": False,
        "delivery": DeliveryState.NONE,
        "delivery_attempts": 0,
    }


@asynccontextmanager
async def open_store(
    database_url: SecretStr | str, *, owner: str | None = None, copies: int = COPIES
) -> AsyncGenerator[Store]:
    """Open the database, migrate it, and close it at the end of the block.

    A missing SQLite file is created, and this process holds its lock until the end of the block. `owner` is the name
    of this process in the database; by default a new one each time. `copies` is how many copies of a SQLite file are kept that
    were made before migrations.

    Raises:
        BackupRefused: it has to be migrated, and could not be copied first.
        DatabaseBusy: another process has this SQLite file open.
        DatabaseNewer: a newer version of the program has written it.
        DatabaseUnusable: it cannot be opened, read or written; the message says why.
        OlderProcessesRun: it has to be migrated, and that would break the processes that run.
    """
    url = _plain(database_url)
    async with open_database(url) as database:
        migration = await schema.migrate_schema(database, MigrationCopies(url, most=copies))
        if migration.before != migration.after:
            log.info("database_migrated", before=migration.before, now=migration.after)
        elif migration.after != HEAD:
            log.info(
                "database_newer",
                version=migration.after,
                effect="this version can use it; finish the upgrade",
            )
        yield Store(database, owner=owner or _new_owner())


async def migrate(database_url: SecretStr | str, *, copies: int = COPIES) -> str:
    """Migrate the database; returns what was done, in words. Raises as `open_store` does."""
    url = _plain(database_url)
    async with open_database(url) as database:
        migration = await schema.migrate_schema(database, MigrationCopies(url, most=copies))
    if migration.before == migration.after:
        return f"already at {migration.after}"
    return f"migrated from {migration.before or 'an empty database'} to {migration.after}"


def _plain(url: SecretStr | str) -> str:
    return url.get_secret_value() if isinstance(url, SecretStr) else url


def _new_owner() -> str:
    # A restarted container has the same host name and process ID 1 again: the random part makes the name unique.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

"""The store: every kind of stored data behind one object, and how to open it."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from pydantic import SecretStr

from bot.domain.jobs import Job, NewJob
from bot.domain.policy.limits import Admission, LimitReached, LimitUsage
from bot.errors import RequestError
from bot.store import schema
from bot.store.admission import Refusal, limit_usage, usage_of
from bot.store.announcements import Announcements
from bot.store.card_wipes import CardWipes
from bot.store.database import Database, open_database
from bot.store.erasure import Erasure
from bot.store.form_choices import FormChoices
from bot.store.guilds import Guilds
from bot.store.job_queries import JobQueries
from bot.store.key_values import KeyValues
from bot.store.likes import Likes
from bot.store.lost_posts import LostPosts
from bot.store.migration_copies import COPIES, MigrationCopies
from bot.store.notices import Notices
from bot.store.outbox import Outbox
from bot.store.pending_acks import PendingAcks
from bot.store.playlists import Playlists
from bot.store.policies import Policies
from bot.store.processes import Processes
from bot.store.proposals import Proposals
from bot.store.recording import MAX_ADMITTED, record_all, record_one
from bot.store.schema_version import HEAD
from bot.store.shared_admission import Recording
from bot.store.song_queries import SongQueries
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
        form_choices: what members last chose in the form of /compose.
        erasure: what is stored about a user or a server, and its erasure.
        card_wipes: cards of erased jobs that have to be edited or deleted.
        lost_posts: messages of erased jobs that have to be looked for.
        guilds: the servers that the bot is in.
        notices: messages that the bot sends to a server on its own.
        playlists: playlists of members.
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
        self.form_choices = FormChoices(database)
        self.erasure = Erasure(database)
        self.card_wipes = CardWipes(database)
        self.lost_posts = LostPosts(database)
        self.guilds = Guilds(database)
        self.notices = Notices(database)
        self.playlists = Playlists(database)
        self.policies = Policies(database)
        self.proposals = Proposals(database, self.policies)
        self.key_values = KeyValues(database)
        self.processes = Processes(database)
        self.announcements = Announcements(database, owner=owner)
        self._recordings = database.shared_writes(record_all, most=MAX_ADMITTED)

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

        The policy and the limits of `admission` are checked in the same transaction, one such transaction at a time across
        all processes: of 50 requests at the same instant no more get through than the limits allow.

        Raises:
            LimitReached: with the usage of every limit; nothing was written.
            RequestError: the policy admits no request of this member there; nothing was written.
        """
        self._database.require_file_in_place()
        recording = Recording(new, admission, now)
        # SQLite has one writer anyway; on PostgreSQL requests of one moment share the lock.
        if self.is_exclusive:
            outcome = await self._database.transact(partial(record_one, recording=recording))
        else:
            outcome = await self._recordings(recording)
        if isinstance(outcome, Refusal):
            # The lock is free again: what is left of the other limits is counted as it is now.
            raise LimitReached(await self._database.read(partial(usage_of, refusal=outcome, now=now)))
        if isinstance(outcome, RequestError):
            raise outcome
        return outcome

    async def limit_usage(self, admission: Admission, *, now: datetime) -> list[LimitUsage]:
        """The usage of every limit that a request of this member would have to pass."""
        return await self._database.read(lambda connection: limit_usage(connection, admission, now=now))


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

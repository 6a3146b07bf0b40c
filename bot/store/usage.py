"""How many songs each server has asked for, for the operator. Takes no lock of the bot's, so the bot may be running."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Select, case, func, inspect, or_, select

from bot.domain.jobs import NOBODY, JobState
from bot.store.database import BUSY_TIMEOUT_S, open_database, parse_url, sqlite_path
from bot.store.driver_errors import translate_errors
from bot.store.errors import DatabaseUnusable
from bot.store.sqlite import sqlite_engine
from bot.store.tables import jobs


@dataclass(frozen=True, slots=True)
class GuildUsage:
    """The requests of one server.

    `accepted` is how many Whisul took, finished or not, and `unknown` how many it may have taken without an answer: both
    together are what Whisul may have charged for. Erased requests count, but not for `members`.
    """

    guild_id: int | None
    requests: int
    accepted: int
    unknown: int
    songs: int
    members: int


async def usage_by_guild(database_url: SecretStr, *, since: datetime) -> list[GuildUsage]:
    """The servers with a request since then, those that cost most first.

    Raises:
        DatabaseUnusable: it is missing, has no tables yet, or cannot be read.
    """
    url = parse_url(database_url.get_secret_value())

    def read(connection: Connection) -> list[GuildUsage]:
        if not inspect(connection).has_table(jobs.name):
            raise DatabaseUnusable("The database has no tables yet: start the bot, or run `migrate`.")
        return [GuildUsage(*row) for row in connection.execute(_by_guild(since))]

    if url.get_backend_name() != "sqlite":
        async with open_database(database_url.get_secret_value()) as database:
            return await database.read(read)
    path = sqlite_path(url)
    if not path.exists():
        raise DatabaseUnusable(f"There is no database {path}.")
    engine = sqlite_engine(path, busy_timeout_s=BUSY_TIMEOUT_S)
    try:
        with translate_errors(str(path)), engine.connect() as connection:
            return read(connection)
    finally:
        engine.dispose()


def _by_guild(since: datetime) -> Select[Any, int, int, int, int, int]:
    is_unknown = jobs.c.state.in_((JobState.SUBMITTING, JobState.UNKNOWN))
    is_accepted = jobs.c.accepted_at.is_not(None) & ~is_unknown
    return (
        select(
            jobs.c.guild_id,
            func.count(),
            func.count(case((is_accepted, 1))),
            func.count(case((is_unknown, 1))),
            func.count(case((jobs.c.state == JobState.COMPLETED, 1))),
            func.count(func.distinct(case((jobs.c.requester_id != NOBODY, jobs.c.requester_id)))),
        )
        .where(jobs.c.created_at >= since)
        .group_by(jobs.c.guild_id)
        .order_by(func.count(case((or_(is_accepted, is_unknown), 1))).desc(), jobs.c.guild_id)
    )

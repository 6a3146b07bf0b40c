"""Pseudonyms by which erased jobs keep counting for their requester's own limits.

A pseudonym is an HMAC-SHA256 of server and user ID under a random key, which stands in the facts while any pseudonym
does. Without the key it says nothing; with it, whoever knows an ID can test whether a pseudonym is of that ID. The key
goes with the last pseudonym, and the next erasure draws a new one.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import NOBODY
from bot.domain.policy.model import LONGEST_WINDOW_S
from bot.store.tables import facts, is_counted, is_open, jobs

LIMIT_KEY = "limit_key"
KEY_BYTES = 32
PSEUDONYM_CHARS = 32

LONGEST_WINDOW = timedelta(seconds=LONGEST_WINDOW_S)

_KEY = select(facts.c.value).where(facts.c.name == LIMIT_KEY)


async def pseudonym(connection: AsyncConnection, *, guild_id: int, user_id: int) -> str | None:
    """The member's pseudonym in that server; None while nobody has one."""
    key = await connection.scalar(_KEY)
    return None if key is None else _pseudonym(key, guild_id, user_id)


async def assign(connection: AsyncConnection, *, user_id: int, now: datetime) -> None:
    """Give a pseudonym to those of a user's jobs that may still count for a limit, before they are erased.

    The transaction must hold the turn (see `Database.take_turn`), as must `drop`: else one could take away the key
    under which the other has just made pseudonyms.
    """
    counting = (jobs.c.requester_id == user_id) & (jobs.c.requester_id != NOBODY) & _counts(now)
    guild_ids = list(await connection.scalars(select(jobs.c.guild_id).where(counting).distinct()))
    if not guild_ids:
        return
    key = await connection.scalar(_KEY)
    if key is None:
        key = secrets.token_hex(KEY_BYTES)
        await connection.execute(insert(facts).values(name=LIMIT_KEY, value=key))
    for guild_id in guild_ids:
        here = counting & (jobs.c.guild_id == guild_id)
        values = {"limit_ref": _pseudonym(key, guild_id, user_id)}
        await connection.execute(update(jobs).where(here).values(values))


async def drop(connection: AsyncConnection, *, now: datetime) -> None:
    """Drop pseudonyms that no limit can count any more, and with the last of them the key."""
    done = jobs.c.limit_ref.is_not(None) & ~_counts(now)
    await connection.execute(update(jobs).where(done).values(limit_ref=None))
    none_left = ~exists(select(jobs.c.key).where(jobs.c.limit_ref.is_not(None)))
    await connection.execute(delete(facts).where(facts.c.name == LIMIT_KEY, none_left))


def _counts(now: datetime) -> ColumnElement[bool]:
    """Whether a job may count for some limit, now or at its end."""
    return or_(is_open(), is_counted() & (jobs.c.created_at > now - LONGEST_WINDOW))


def _pseudonym(key: str, guild_id: int, user_id: int) -> str:
    named = f"{guild_id}:{user_id}".encode()
    return hmac.new(bytes.fromhex(key), named, hashlib.sha256).hexdigest()[:PSEUDONYM_CHARS]

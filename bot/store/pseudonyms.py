"""Pseudonyms by which erased jobs keep counting for their requester's own limits.

A pseudonym is an HMAC-SHA256 of server (none in direct messages) and user ID under a random key, which is stored in
`facts` as long as any pseudonym is. Without the key it reveals nothing; with it one can test whether a pseudonym
belongs to a known ID. The key is deleted with the last pseudonym, and the next erasure makes a new one.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from bot.domain.jobs import NOBODY
from bot.domain.policy.model import LONGEST_WINDOW_S
from bot.store.tables import facts, is_counted, is_open, jobs

LIMIT_KEY = "limit_key"
KEY_BYTES = 32
PSEUDONYM_CHARS = 32

LONGEST_WINDOW = timedelta(seconds=LONGEST_WINDOW_S)

_KEY = select(facts.c.value).where(facts.c.name == LIMIT_KEY)


def pseudonym(connection: Connection, *, guild_id: int | None, user_id: int) -> str | None:
    """The member's pseudonym in that server, for None in direct messages; None while no pseudonym is stored."""
    key = connection.scalar(_KEY)
    return None if key is None else pseudonym_with(key, guild_id, user_id)


def assign(connection: Connection, *, user_id: int, now: datetime) -> None:
    """Store a pseudonym in those of a user's jobs that may still count for a limit, before they are erased.

    The transaction must hold `Database.lock_for_decision`, as must that of `drop`, which could otherwise delete the key
    with which this has just made pseudonyms.
    """
    countable = (jobs.c.requester_id == user_id) & (jobs.c.requester_id != NOBODY) & _may_count(now)
    guild_ids = list(connection.scalars(select(jobs.c.guild_id).where(countable).distinct()))
    if not guild_ids:
        return
    key = connection.scalar(_KEY)
    if key is None:
        key = secrets.token_hex(KEY_BYTES)
        connection.execute(insert(facts).values(name=LIMIT_KEY, value=key))
    for guild_id in guild_ids:
        # None becomes IS NULL.
        here = countable & (jobs.c.guild_id == guild_id)
        values = {"limit_ref": pseudonym_with(key, guild_id, user_id)}
        connection.execute(update(jobs).where(here).values(values))


def drop(connection: Connection, *, now: datetime) -> None:
    """Delete pseudonyms that no limit can count any more, and with the last of them the key."""
    expired = jobs.c.limit_ref.is_not(None) & ~_may_count(now)
    connection.execute(update(jobs).where(expired).values(limit_ref=None))
    none_left = ~exists(select(jobs.c.key).where(jobs.c.limit_ref.is_not(None)))
    connection.execute(delete(facts).where(facts.c.name == LIMIT_KEY, none_left))


def _may_count(now: datetime) -> ColumnElement[bool]:
    """Whether some limit may count the job, now or once it is final."""
    return or_(is_open(), is_counted() & (jobs.c.created_at > now - LONGEST_WINDOW))


def pseudonym_with(key: str, guild_id: int | None, user_id: int) -> str:
    """The member's pseudonym under a key, which is stored under `LIMIT_KEY`."""
    identity = f"{'' if guild_id is None else guild_id}:{user_id}".encode()
    return hmac.new(bytes.fromhex(key), identity, hashlib.sha256).hexdigest()[:PSEUDONYM_CHARS]

"""The processes that share a PostgreSQL database: who lives, who leads, and who has which shard.

Every process beats every few seconds, in one transaction. All times are the database's, so that no clocks are compared. A
process that has missed its beats counts as ended. On SQLite there is one process, and none of this is written.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Interval, RowMapping, bindparam, case, delete, func, select, text, update

from bot.domain.api_status import ApiStatus
from bot.domain.shards import Group, Member, ShardRow, changes_for
from bot.store.database import Database
from bot.store.schema_version import require_usable
from bot.store.tables import identify_slots, leader, processes, shards

BEAT_EVERY_S = 2.0
LEADER_S = 8.0
"""How long a process leads after its last beat: another can lead after so long, and a beat."""

DEAD_AFTER = timedelta(seconds=10)
"""Longer than a process leads: whoever counts as ended has ceased to lead before."""

IDENTIFY_EVERY_S = 5.0
"""Discord lets shards with the same rate limit key identify once in so long."""

_END_IF_SUSPENDED = text("SET LOCAL idle_in_transaction_session_timeout = '3s'")

STUCK_S = 5.0

_END_STUCK = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND state = 'active'"
    " AND wait_event = 'ClientRead' AND query_start < clock_timestamp() - make_interval(secs => :stuck_s)"
)

_BEAT_LOCK = 7_450_319
"""The key of the advisory lock that each beat takes, so that two processes never take the same shard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat(Group):
    """The processes as they are after a beat, and what the leader has said of the music API."""

    api: ApiStatus


class Processes:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, me: Member, *, api: ApiStatus | None, sessions: Collection[int] = ()) -> Beat:
        """Say that this process lives; lead if nobody else does; take and offer shards.

        `api` is what this process knows of the music API, if it leads: others read it. `sessions` are the shards that it has
        a session for: of these, the owners before may end theirs.

        Raises:
            DatabaseNewer: the database was migrated meanwhile, to a version that this program cannot use.
        """

        def work(connection: Connection) -> Beat:
            # A process that is suspended in the middle would hold the lock, and nobody could lead.
            connection.execute(_END_IF_SUSPENDED)
            # Before anything is read: members and shards must not change between reading and writing them.
            lock_beats(connection)
            require_usable(connection, self._database.where)
            # After the lock, for which it may have waited: `now` has to be the time of what is written.
            now = _now(connection)
            # Before the dead are deleted: a process that was suspended for long is alive again with this beat.
            self._write_member(connection, me, now)
            connection.execute(delete(processes).where(processes.c.seen_at < now - DEAD_AFTER))
            self._lead(connection, me, now, api)
            members = _members(connection, now)
            rows = _shards(connection)
            changes = changes_for(me, members, rows)
            for shard in changes.take:
                rows[shard] = ShardRow(me.owner)
                self._write_shard(connection, shard, rows[shard])
            for shard in changes.offer:
                rows[shard] = replace(rows[shard], is_offered=True)
                self._write_shard(connection, shard, rows[shard])
            # Last: who has taken a shard may have a session for it already.
            for shard in sessions:
                if (row := rows.get(shard)) is not None and row.owner == me.owner and not row.is_ready:
                    rows[shard] = replace(row, is_ready=True)
                    self._write_shard(connection, shard, rows[shard])
            leading = _leading(connection)
            return Beat(
                leader=_leader(leading, now),
                api=ApiStatus() if leading is None else _api_status(leading, now),
                members=tuple(members),
                shards=rows,
            )

        return await self._database.write(work)

    async def end_stuck_transactions(self) -> int:
        """End the transactions of suspended processes that no time-out ends; returns how many.

        The driver sends a statement in two steps. Between them PostgreSQL counts the connection as active, not as idle in a
        transaction: who is suspended there would keep its locks, and with the lock of the beats nobody could lead.
        """

        def work(connection: Connection) -> int:
            return len(connection.execute(_END_STUCK, {"stuck_s": STUCK_S}).all())

        return await self._database.write(work)

    async def reserve_identify(self, rate_limit_key: int) -> float:
        """Reserve the next time at which a shard with this key may identify; returns the seconds until then."""
        every = timedelta(seconds=IDENTIFY_EVERY_S)

        def work(connection: Connection) -> float:
            now = _now(connection)
            new = self._database.upsert(identify_slots).values(
                rate_limit_key=rate_limit_key, next_at=now + every
            )
            # In the UPDATE: of two processes that ask at once, the second waits for the row of the first.
            free_at = case((identify_slots.c.next_at > now, identify_slots.c.next_at), else_=now)
            row = new.on_conflict_do_update(
                index_elements=[identify_slots.c.rate_limit_key],
                set_={"next_at": free_at + bindparam(None, every, type_=Interval)},
            )
            reserved = connection.execute(row.returning(identify_slots.c.next_at)).scalar_one() - every
            return max(0.0, (reserved - now).total_seconds())

        return await self._database.write(work)

    async def resign(self, owner: str) -> None:
        """Stop leading, so that another process may lead at once."""
        mine = leader.c.owner == owner
        await self._database.execute(update(leader).where(mine).values(until=func.clock_timestamp()))

    async def leave(self, owner: str) -> None:
        """Delete all that says that this process lives: others take over its shards and its jobs at once."""

        def work(connection: Connection) -> None:
            # A beat of another process either sees this one whole, or not at all.
            lock_beats(connection)
            connection.execute(delete(shards).where(shards.c.owner == owner))
            connection.execute(delete(processes).where(processes.c.owner == owner))

        await self._database.write(work)

    def _write_member(self, connection: Connection, me: Member, now: datetime) -> None:
        values = {
            "version": me.version,
            "shard_count": me.shard_count,
            "pins": None if me.pins is None else sorted(me.pins),
            "is_leaving": me.is_leaving,
            "seen_at": now,
        }
        row = self._database.upsert(processes).values(owner=me.owner, started_at=now, **values)
        connection.execute(row.on_conflict_do_update(index_elements=[processes.c.owner], set_=values))

    def _lead(self, connection: Connection, me: Member, now: datetime, api: ApiStatus | None) -> None:
        until = now + timedelta(seconds=LEADER_S)
        known = {} if api is None else _api_values(api, now)
        # A leader whose time is over does not renew it: another may have led meanwhile.
        renewed = update(leader).where(leader.c.owner == me.owner, leader.c.until > now)
        if connection.execute(renewed.values(until=until, **known)).rowcount or me.is_leaving:
            return
        # What the leader before has stored of the API stays: its pauses hold for this one too.
        row = self._database.upsert(leader).values(
            id=1, owner=me.owner, until=until, **_api_values(ApiStatus(), now)
        )
        connection.execute(
            row.on_conflict_do_update(
                index_elements=[leader.c.id],
                set_={"owner": me.owner, "until": until},
                where=leader.c.until <= now,
            )
        )

    def _write_shard(self, connection: Connection, shard: int, row: ShardRow) -> None:
        values = {"owner": row.owner, "is_ready": row.is_ready, "is_offered": row.is_offered}
        new = self._database.upsert(shards).values(shard_id=shard, **values)
        connection.execute(new.on_conflict_do_update(index_elements=[shards.c.shard_id], set_=values))


def lock_beats(connection: Connection) -> None:
    """Let no process beat until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_BEAT_LOCK)))


def look(connection: Connection) -> Group:
    """The processes as they are, for who takes no part."""
    now = _now(connection)
    return Group(
        leader=_leader(_leading(connection), now),
        members=tuple(_members(connection, now)),
        shards=_shards(connection),
    )


def _now(connection: Connection) -> datetime:
    return connection.execute(select(func.clock_timestamp())).scalar_one()


def _leading(connection: Connection) -> RowMapping | None:
    return connection.execute(select(leader)).mappings().one_or_none()


def _leader(leading: RowMapping | None, now: datetime) -> str | None:
    """Who leads; nobody while only processes that are about to end are left."""
    return None if leading is None or leading["until"] <= now else leading["owner"]


def _members(connection: Connection, now: datetime) -> list[Member]:
    living = select(processes).where(processes.c.seen_at >= now - DEAD_AFTER).order_by(processes.c.owner)
    return [
        Member(
            owner=row["owner"],
            shard_count=row["shard_count"],
            version=row["version"],
            pins=None if row["pins"] is None else frozenset(row["pins"]),
            is_leaving=row["is_leaving"],
            seen_s=max(0.0, (now - row["seen_at"]).total_seconds()),
        )
        for row in connection.execute(living).mappings()
    ]


def _api_values(api: ApiStatus, now: datetime) -> dict[str, object]:
    paused_until = now + timedelta(seconds=api.pause_s) if api.pause_s else None
    return {"key_refused": api.key_refused, "no_credit": api.no_credit, "paused_until": paused_until}


def _api_status(row: RowMapping, now: datetime) -> ApiStatus:
    pause_s = (row["paused_until"] - now).total_seconds() if row["paused_until"] else 0.0
    return ApiStatus(key_refused=row["key_refused"], no_credit=row["no_credit"], pause_s=max(0.0, pause_s))


def _shards(connection: Connection) -> dict[int, ShardRow]:
    rows = connection.execute(select(shards)).mappings()
    return {row["shard_id"]: ShardRow(row["owner"], row["is_ready"], row["is_offered"]) for row in rows}

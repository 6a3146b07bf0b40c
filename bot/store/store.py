"""Everything that the program remembers: jobs, what their requesters were told, and a few small facts."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from operator import attrgetter
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import Executable, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.limits import Admission, LimitReached, Standing
from bot.models import Asked, Backlog, Job, JobState, Liking, NewJob, Promise, Reason, Rung, Song, Waiting
from bot.store import facts, likes, lookup, outbox, promises, schema, transitions
from bot.store.admission import refusal, standings
from bot.store.copies import COPIES, keeper
from bot.store.database import Database, open_database
from bot.store.erasure import Erasure
from bot.store.faults import NotUnique
from bot.store.guilds import Guilds
from bot.store.policies import Policies
from bot.store.rows import job_of
from bot.store.shelf import Shelf
from bot.store.tables import OPEN, jobs

log = structlog.get_logger(__name__)


class Store:
    """The one door to the database. Each method is a transaction of its own, and takes effect whole or not at all.

    A transition returns the job as it stands afterwards, or None when the job was not in the state that it leaves:
    somebody else was faster. Every method may raise DatabaseBusy or DatabaseUnusable.

    Attributes:
        shelf: songs to find again.
        erasure: what is stored about somebody, and its erasure.
        guilds: the servers that the bot is in.
        policies: what admins have set.
        owner: this process's name on the leases that it takes; no other run of the program has the same.
    """

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self.owner = owner
        self.shelf = Shelf(database)
        self.erasure = Erasure(database)
        self.guilds = Guilds(database)
        self.policies = Policies(database)

    @property
    def is_exclusive(self) -> bool:
        """Whether no other process can have this database open: what was left in hand there is free at once."""
        return self._database.dialect == "sqlite"

    # --- look-ups -----------------------------------------------------------------------------------------------

    async def get(self, key: int) -> Job | None:
        """The job of that key."""
        found = await self._jobs_read(lookup.by_key(key))
        return found[0] if found else None

    async def find(self, reference: str) -> list[Job]:
        """The jobs that people may mean, newest first, at most 25.

        A reference is a job ID (in any case, with or without dashes), its first 8 characters, or `#` and a key.
        Anything else finds nothing.
        """
        statement = lookup.by_reference(reference)
        return [] if statement is None else await self._jobs_read(statement)

    async def children(self, key: int) -> list[Job]:
        """The jobs that were composed again from this one, oldest first, at most 100."""
        return await self._jobs_read(lookup.children(key))

    async def queue(self) -> list[Waiting]:
        """Every queued job, oldest first; see `bot.turns` for who goes first."""
        async with self._database.read() as connection:
            return [Waiting(**row) for row in (await connection.execute(lookup.queue())).mappings()]

    async def held(self) -> dict[tuple[int, int], int]:
        """How many jobs Whisul works on, or may work on, for each (guild ID, requester ID) that has any."""
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.held())
            return {(guild_id, requester_id): number for guild_id, requester_id, number in rows}

    async def next_delivery_at(self) -> datetime | None:
        """When the first delivery that was put off is due; None when none waits for a time."""
        return await self._value(lookup.next_delivery_at())

    async def count_open(self) -> dict[JobState, int]:
        """How many jobs are in each open state."""
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.count_open())
            return dict.fromkeys(OPEN, 0) | {state: number for state, number in rows}  # noqa: C416 - dict() of rows has no type

    async def count_open_in(self, guild_id: int) -> dict[JobState, int]:
        """The same for one server."""
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.count_open_in(guild_id))
            return dict.fromkeys(OPEN, 0) | {state: number for state, number in rows}  # noqa: C416 - dict() of rows has no type

    async def last_post_in(self, guild_id: int) -> Job | None:
        """The newest request of a server whose song was posted in it."""
        found = await self._jobs_read(lookup.last_post_in(guild_id))
        return found[0] if found else None

    async def asked_in(self, guild_id: int, *, since: datetime, limit: int) -> list[Asked]:
        """The newest requests of a server, as a preview plays them again; newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.asked_in(guild_id, since=since, limit=limit))
            return [
                Asked(member_id=who, channel_id=where, asked_at=at, settled_at=settled_at, state=state)
                for who, where, at, settled_at, state in rows
            ]

    async def backlog(self) -> Backlog:
        """What is still to be done, in one look."""
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.backlog())
            counts = {state: number for state, number in rows}  # noqa: C416 - as above
        untold = counts.pop(None, 0)
        return Backlog(dict.fromkeys(OPEN, 0) | counts, untold)

    async def recent_waits_s(self, *, limit: int = 200) -> list[float]:
        """Seconds from acceptance to outcome of the newest completed jobs, newest first.

        A song that was found after its job had been given up took at least as long as Whisul worked on it.
        """
        async with self._database.read() as connection:
            rows = await connection.execute(lookup.recent_waits(limit))
            return [lookup.wait_s(*row) for row in rows]

    async def recent_generations_s(self, *, limit: int = 400) -> list[float]:
        """Seconds that Whisul worked on each of the newest completed jobs, newest first."""
        recent = await self._jobs_read(lookup.recent_completed(limit))
        return [job.generation_s for job in recent if job.generation_s is not None]

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
                await self._database.take_turn(connection)
                # Returned, not raised: an error would undo what others write in the same transaction.
                if (refused := await refusal(connection, admission, now=now)) is not None:
                    return refused
            rows = await connection.execute(transitions.record(new, now=now).returning(jobs))
            await connection.execute(promises.redeem(new.interaction_token))
            return job_of(rows.mappings().one())

        outcome = await self._database.change(work)
        if isinstance(outcome, LimitReached):
            raise outcome
        return outcome

    async def standings(self, admission: Admission, *, now: datetime) -> list[Standing]:
        """How every limit stands that a request of this asker would have to pass."""
        async with self._database.read() as connection:
            return await standings(connection, admission, now=now)

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
        except NotUnique:
            return None

    async def requeue(self, key: int, *, submit_after: datetime, now: datetime) -> Job | None:
        """Submitting → queued, not before `submit_after`: the submit is known to have created nothing.

        A job that was erased meanwhile becomes cancelled instead.
        """
        return await self._step(transitions.requeue(key, submit_after=submit_after, now=now))

    async def detach(self, key: int, *, now: datetime) -> Job | None:  # noqa: ARG002 - every step takes the time; this one keeps none
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
        return await self._step(
            transitions.settle(
                key,
                state=state,
                reason=reason,
                error=error,
                song=song,
                started_at=started_at,
                finished_at=finished_at,
                now=now,
            )
        )

    async def complete_late(
        self, key: int, *, song: Song, started_at: datetime | None, finished_at: datetime | None
    ) -> Job | None:
        """timed_out, expired → completed: a later look found a song. What its requester was told stays as it was."""
        statement = transitions.complete_late(key, song=song, started_at=started_at, finished_at=finished_at)
        return await self._step(statement)

    async def set_card(self, key: int, *, message_id: int) -> None:
        """Remember the message that shows the job while it works."""
        await self._number_changed(transitions.set_card(key, message_id=message_id))

    # --- leases -------------------------------------------------------------------------------------------------

    async def adopt(self, *, owner: str, lease_until: datetime, now: datetime, takeover: bool) -> list[Job]:
        """Take every running or detached job without a living lease, oldest first; `takeover`: whoever holds it."""
        return await self._jobs_changed(
            transitions.adopt(owner=owner, lease_until=lease_until, now=now, takeover=takeover)
        )

    async def orphaned_submits(self, *, owner: str, now: datetime, takeover: bool) -> list[Job]:
        """Submitting → unknown, delivery due, where the submitting process is gone.

        It is gone when its lease has lapsed, with `takeover` at once. Jobs that `owner` itself is submitting are left
        alone.
        """
        return await self._jobs_changed(transitions.orphaned_submits(owner=owner, now=now, takeover=takeover))

    async def renew(self, *, owner: str, lease_until: datetime) -> int:
        """Hold every open or undelivered job of `owner` until then; returns how many there are."""
        return await self._number_changed(transitions.renew(owner=owner, lease_until=lease_until))

    async def release(self, *, owner: str) -> int:
        """Let go of every open or undelivered job of `owner`, for others to take at once; returns how many."""
        return await self._number_changed(transitions.release(owner=owner))

    # --- the way to the requester -------------------------------------------------------------------------------

    async def claim_deliveries(
        self,
        *,
        owner: str,
        lease_until: datetime,
        now: datetime,
        limit: int,
        takeover: bool = False,
        exclude: Collection[int] = (),
    ) -> list[Job]:
        """Take deliveries that are due or were interrupted (`posting`): those longest settled, up to `limit`.

        Taken are those that nobody holds, whose lease has lapsed, or that are one's own; with `takeover` all.
        `exclude` has the keys of those that this process is working on.
        """
        return await self._jobs_changed(
            outbox.claim(
                owner=owner, lease_until=lease_until, now=now, limit=limit, takeover=takeover, exclude=exclude
            )
        )

    async def begin_post(self, key: int, *, rung: Rung, channel_id: int | None, now: datetime) -> Job | None:
        """Due → posting, one more attempt: written before the message is sent."""
        return await self._step(outbox.begin_post(key, rung=rung, channel_id=channel_id, now=now))

    async def delivered(
        self,
        key: int,
        *,
        rung: Rung,
        channel_id: int | None,
        message_id: int | None,
        note: str | None,
        now: datetime,
    ) -> Job | None:
        """Posting → delivered: the end, so that lease and interaction token go."""
        return await self._step(
            outbox.delivered(key, rung=rung, channel_id=channel_id, message_id=message_id, note=note, now=now)
        )

    async def deliver_later(self, key: int, *, after: datetime, note: str, now: datetime) -> Job | None:  # noqa: ARG002 - every step takes the time; this one keeps none
        """Posting → due, not before `after`: the message is known not to have been posted."""
        return await self._step(outbox.deliver_later(key, after=after, note=note))

    async def undeliverable(self, key: int, *, note: str, now: datetime) -> Job | None:  # noqa: ARG002 - every step takes the time; this one keeps none
        """due, posting → undeliverable: kept on the last rung until the requester asks."""
        return await self._step(outbox.undeliverable(key, note=note))

    async def told(self, key: int, *, now: datetime) -> Job | None:
        """Undeliverable → delivered: the requester asked and has seen it."""
        return await self._step(outbox.told(key, now=now))

    async def begin_share(self, key: int, *, now: datetime) -> Job | None:
        """Write down, as `posting_at`, that a private song is about to be posted; `now` must be after `delivered_at`.

        None when that was begun before, or the job is not a private song whose requester has been told.
        """
        return await self._step(outbox.begin_share(key, now=now))

    async def shared(self, key: int, *, channel_id: int, message_id: int) -> Job | None:
        """A private song was posted for all: it is private no longer, and that is its post. None if it was not private."""
        return await self._step(outbox.shared(key, channel_id=channel_id, message_id=message_id))

    async def forget_post(self, key: int, *, message_id: int) -> Job | None:
        """The post was deleted; None when that message is not (or no longer) the job's post."""
        return await self._step(outbox.forget_post(key, message_id=message_id))

    async def forget_tokens(self, *, now: datetime) -> int:
        """Wipe interaction tokens that have expired; returns how many."""
        return await self._number_changed(transitions.forget_tokens(now=now))

    # --- likes --------------------------------------------------------------------------------------------------

    async def like(self, key: int, *, user_id: int, now: datetime) -> Liking | None:
        """Like a song, or take the like back; None when it is no song that others may see."""
        async with self._database.write() as connection:
            if await connection.scalar(likes.likeable(key)) is None:
                return None
            taken_back = (await connection.execute(likes.unlike(key, user_id=user_id))).rowcount
            if not taken_back:
                await connection.execute(likes.like(key, user_id=user_id, now=now))
            return Liking(not taken_back, await connection.scalar(likes.count(key)) or 0)

    async def like_count(self, key: int) -> int:
        """How many members like a song."""
        return await self._value(likes.count(key))

    # --- promises -----------------------------------------------------------------------------------------------

    async def promise(self, promise: Promise, *, now: datetime) -> None:
        """Write down that somebody is about to be told to wait."""
        await self._execute(promises.make(promise, owner=self.owner, now=now))

    async def forget_promise(self, interaction_id: int) -> None:
        """The person knows what came of it."""
        await self._execute(promises.forget(interaction_id))

    async def broken_promises(self, *, made_before: datetime | None, now: datetime) -> list[Promise]:
        """What other processes promised before then (None: ever) and left; expired ones are forgotten."""
        async with self._database.write() as connection:
            await connection.execute(promises.forget_expired(now=now))
            rows = await connection.execute(promises.broken(owner=self.owner, made_before=made_before))
            return [Promise(*row) for row in rows]

    # --- facts --------------------------------------------------------------------------------------------------

    async def fact(self, name: str) -> str | None:
        """A small fact, None when it was never set."""
        return await self._value(facts.read(name))

    async def prove_writable(self, *, now: datetime) -> None:
        """Write something that nobody needs: where this works, everything else can be written too."""
        await self.set_fact("written_at", now.isoformat(timespec="seconds"))

    async def set_fact(self, name: str, value: str) -> None:
        """Remember a small fact, in place of what it was before."""
        await self._execute(facts.write(name, value, dialect=self._database.dialect))

    # --- how statements are run ---------------------------------------------------------------------------------

    async def _jobs_read(self, statement: Select[Any]) -> list[Job]:
        async with self._database.read() as connection:
            return [job_of(row) for row in (await connection.execute(statement)).mappings()]

    async def _value(self, statement: Select[Any]) -> Any:
        async with self._database.read() as connection:
            return await connection.scalar(statement)

    async def _jobs_changed(self, statement: Insert | Update) -> list[Job]:
        """The jobs as they stand afterwards, in the order of their keys."""

        async def work(connection: AsyncConnection) -> list[Job]:
            rows = await connection.execute(statement.returning(jobs))
            return [job_of(row) for row in rows.mappings()]

        return sorted(await self._database.change(work), key=attrgetter("key"))

    async def _step(self, statement: Update) -> Job | None:
        changed = await self._jobs_changed(statement)
        return changed[0] if changed else None

    async def _number_changed(self, statement: Update) -> int:
        # Counted by hand: SQLite's driver knows no row count for a statement that begins with WITH.
        async def work(connection: AsyncConnection) -> int:
            return len((await connection.execute(statement.returning(jobs.c.key))).all())

        return await self._database.change(work)

    async def _execute(self, statement: Executable) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statement)

        await self._database.change(work)


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
        before = await schema.bring_up_to_date(database, before=keeper(url, copies=copies))
        if before != schema.HEAD:
            log.info("database_migrated", before=before, now=schema.HEAD)
        yield Store(database, owner=owner or _new_owner())


async def migrate(database_url: SecretStr | str, *, copies: int = COPIES) -> str:
    """Bring the database up to date, and do nothing else; returns what was done, in words. Raises as `open_store`."""
    url = _plain(database_url)
    async with open_database(url) as database:
        before = await schema.bring_up_to_date(database, before=keeper(url, copies=copies))
    if before == schema.HEAD:
        return f"already at {before}"
    return f"migrated from {before or 'an empty database'} to {schema.HEAD}"


def _plain(url: SecretStr | str) -> str:
    return url.get_secret_value() if isinstance(url, SecretStr) else url


def _new_owner() -> str:
    # Containers share their host name and process ID 1 with their own past: only chance tells two runs apart.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

"""Personal data: summaries, exports and erasure, also of left servers and of servers with a retention period."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.domain.jobs import INTERACTION_LIFE_S, NOBODY, Job, JobState
from bot.domain.personal_data import DataSummary, Erased, Export, Like, SearchRecord
from bot.domain.policy.model import Policy
from bot.domain.shards import Shards
from bot.store import Store

log = structlog.get_logger(__name__)

MAX_EXPORTED = 10_000
MAX_EXPORT_BYTES = 8 * 1024 * 1024
"""Below the 10 MiB that Discord accepts for a file everywhere."""

MAX_SLEEP_S = 24 * 3600.0
MIN_SLEEP_S = 1.0
TOKEN_RECHECK_S = 3600.0
"""How often tokens are looked for without a request in this process, as other processes may have left some."""

BATCH_PAUSE_S = 0.05
"""Pause between two batches of an erasure, so that other writers get their turn."""

STATE_AFTER_ERASURE = {JobState.QUEUED: JobState.CANCELLED, JobState.RUNNING: JobState.DETACHED}
"""The state of open jobs after the erasure of their requester; other states stay as they are."""


class Privacy:
    """Personal data of members, and the loop that erases left servers and jobs past their retention."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        erase_left_guilds_after: timedelta,
        max_retention_days: int | None = None,
        on_erased: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self.erase_left_guilds_after = erase_left_guilds_after
        self.max_retention_days = max_retention_days
        self._on_erased = on_erased
        self.wakeup = Wakeup()

    # --- people -------------------------------------------------------------------------------------------------

    async def summary(self, user_id: int) -> DataSummary:
        """Counts of what is stored about a user."""
        return await self._store.erasure.holdings(user_id)

    async def export(self, user_id: int) -> Export:
        """Everything stored about a user as one JSON file, newest first; jobs that do not fit are left out."""
        held = await self._store.erasure.holdings(user_id)
        jobs = await self._store.erasure.jobs_of(user_id, limit=MAX_EXPORTED)
        likes = await self._store.erasure.likes_of(user_id, limit=MAX_EXPORTED)
        searches = await self._store.erasure.searches_of(user_id, limit=MAX_EXPORTED)
        frame: dict[str, Any] = {"user_id": str(user_id), "exported_at": _iso_time(self._clock.now())}
        chosen = await self._store.form_choices.get(user_id)
        playlists = await self._store.erasure.playlists_of(user_id)
        frame |= {
            "form_choices": None if chosen is None else asdict(chosen),
            "playlists": [
                {"server_id": str(each.guild_id), "name": each.name, "numbers": list(each.job_keys)}
                for each in playlists
            ],
            "blocked_in_servers": [str(guild_id) for guild_id in held.blocked_in],
        }
        # In a thread: thousands of jobs take longer than the event loop may be blocked.
        return await asyncio.to_thread(_export_document, frame, jobs, likes, searches, total=held.jobs)

    async def erase(self, user_id: int) -> Erased:
        """Erase everything that identifies a user or shows what they asked for."""
        erased = await self._store.erasure.erase_user(user_id, now=self._clock.now())
        log.info("user_erased", jobs=erased.jobs, likes=erased.likes, searches=erased.searches)
        # These jobs are as before the erasure: their log lines must not name the user.
        for job in erased.under_way:
            state = STATE_AFTER_ERASURE.get(job.state, job.state)
            log.info("job_erased", job=replace(job, requester_id=NOBODY, prompt=""), state=state.value)
        return erased

    # --- servers ------------------------------------------------------------------------------------------------

    async def guild_joined(self, guild_id: int) -> None:
        """The bot has joined a server, for the first time or again."""
        await self._store.guilds.mark_joined(guild_id, now=self._clock.now())

    async def guild_left(self, guild_id: int) -> None:
        """The bot was removed from a server: its data are erased after `erase_left_guilds_after`."""
        await self._store.guilds.mark_left(guild_id, now=self._clock.now())
        log.info("guild_left", guild_id=guild_id, erased_after_days=self.erase_left_guilds_after.days)
        self.wakeup.wake()

    async def sync_guilds(self, guild_ids: Collection[int], *, of_shard: Shards) -> None:
        """The bot is in exactly these servers of a shard; stored ones that are missing were left while it was offline."""
        gone = await self._store.guilds.sync(guild_ids, of_shard=of_shard, now=self._clock.now())
        if gone:
            log.info("guilds_left_while_offline", guilds=len(gone))
            self.wakeup.wake()

    async def run(self) -> None:
        """Erase data of left servers and data past a retention period, until cancelled."""
        while True:
            await self.wakeup.sleep(await self._erase_due())

    async def _erase_due(self) -> float:
        """Erase what is due; returns the seconds until more may be due."""
        await self._store.erasure.drop_pseudonyms(now=self._clock.now())
        left_before = self._clock.now() - self.erase_left_guilds_after
        for guild_id in await self._store.erasure.guilds_to_erase(left_before=left_before):
            await self._erase_guild(guild_id, left_before)
        for guild_id, policy in (await self._with_retention()).items():
            kept_s = policy.kept_s(most_days=self.max_retention_days)
            await self._erase_older(guild_id, timedelta(seconds=kept_s or 0))
        next_left_at = await self._store.erasure.next_left_at()
        if next_left_at is None:
            return MAX_SLEEP_S
        wait = next_left_at + self.erase_left_guilds_after - self._clock.now()
        return min(MAX_SLEEP_S, max(MIN_SLEEP_S, wait.total_seconds()))

    async def _with_retention(self) -> dict[int | None, Policy]:
        """The policies of servers with a retention period, and of all with older jobs if the operator has set one."""
        found: dict[int | None, Policy] = {**await self._store.policies.with_field("retention_days")}
        if self.max_retention_days is not None:
            before = self._clock.now() - timedelta(days=self.max_retention_days)
            for guild_id in await self._store.erasure.guilds_with_jobs(asked_before=before):
                found[guild_id] = await self._store.policies.get(guild_id)
        return found

    async def _erase_guild(self, guild_id: int, left_before: datetime) -> None:
        erased = 0
        while number := await self._store.erasure.erase_guild_batch(
            guild_id, left_before=left_before, now=self._clock.now()
        ):
            erased += number
            await asyncio.sleep(BATCH_PAUSE_S)
        # After the commits: the card wiper reads what they have recorded, and the cache must not keep erased settings.
        self._on_erased()
        self._store.policies.invalidate(guild_id)
        log.info("guild_erased", guild_id=guild_id, jobs=erased)

    async def _erase_older(self, guild_id: int | None, kept: timedelta) -> None:
        """Erase the server's jobs that are older than `kept`."""
        erased = 0
        now = self._clock.now()
        # The bound stays as it is now, so that the loop ends although jobs grow older.
        while number := await self._store.erasure.erase_older_batch(
            guild_id, asked_before=now - kept, now=now
        ):
            erased += number
            await asyncio.sleep(BATCH_PAUSE_S)
        if erased:
            self._on_erased()
            log.info("old_jobs_erased", guild_id=guild_id, jobs=erased)


class TokenExpiry:
    """Wipes interaction tokens when they expire. Delivered jobs lose theirs earlier; cancelled ones, for example, do not.

    Attributes:
        wakeup: woken when a request has brought a token.
    """

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.wakeup = Wakeup()

    async def run(self) -> None:
        """Wipe until cancelled; the database is not queried while no token is stored."""
        while True:
            wait_s = await self._wipe_expired()
            # Not ended by a wake: a token that comes now lives longer than the one that is waited for.
            await asyncio.sleep(wait_s)

    async def _wipe_expired(self) -> float:
        """Wipe expired tokens; returns the seconds until the next one expires. Waits for a request while none is stored."""
        now = self._clock.now()
        await self._store.forget_tokens(now=now)
        await self._store.pending_acks.remove_expired(now=now)
        next_at = await self._store.next_token_expiry()
        if next_at is None:
            await self.wakeup.sleep(None if self._store.is_exclusive else TOKEN_RECHECK_S)
            return INTERACTION_LIFE_S
        # Bounded: a wall clock that was set back would make the wait longer than any token lives.
        return min(INTERACTION_LIFE_S, max(MIN_SLEEP_S, (next_at - self._clock.now()).total_seconds()))


def _export_document(
    frame: dict[str, Any],
    jobs: Iterable[Job],
    likes: Iterable[Like],
    searches: Iterable[SearchRecord],
    *,
    total: int,
) -> Export:
    """The JSON file with as many of the newest jobs as fit."""
    frame |= {
        "likes": [_like_document(like) for like in likes],
        "searches": [_search_document(record) for record in searches],
    }
    # Jobs are serialised one at a time, so that the size is known before another one is added.
    lines: list[str] = []
    room = MAX_EXPORT_BYTES - len(_json(frame | {"jobs": [], "jobs_left_out": total}))
    for job in jobs:
        line = json.dumps(_job_document(job), ensure_ascii=True)
        # Two more bytes for the comma and the line break.
        room -= len(line) + 2
        if room < 0:
            break
        lines.append(line)
    left_out = max(0, total - len(lines))
    head = _json(frame | {"jobs_left_out": left_out}).removesuffix("}")
    body = ",\n".join(lines)
    document = f'{head}, "jobs": [\n{body}\n]}}\n'
    return Export(document.encode(), len(lines), left_out)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True)


def _job_document(job: Job) -> dict[str, Any]:
    """A job as its requester may read it: without tokens and internal fields."""
    song = job.song
    return {
        "number": job.key,
        "job_id": job.job_id,
        "server_id": _id_text(job.guild_id),
        "channel_id": str(job.channel_id),
        "prompt": job.prompt,
        "private": job.is_private,
        "language": job.locale,
        "server_language": job.guild_locale,
        "composed_again_from": job.parent_key,
        "state": job.state.value,
        "reason": job.reason.value if job.reason else None,
        "error": job.error,
        "asked_at": _iso_time(job.created_at),
        "sent_at": _iso_time(job.submitted_at),
        "started_at": _iso_time(job.started_at),
        "finished_at": _iso_time(job.finished_at),
        "ended_at": _iso_time(job.settled_at),
        "delivered_at": _iso_time(job.delivered_at),
        "delivered_by": job.route.value if job.route else None,
        "post_channel_id": _id_text(job.post_channel_id),
        "post_message_id": _id_text(job.post_message_id),
        "post_cover": job.post_cover_url,
        "audio_note": job.audio_note.value if job.audio_note else None,
        "song": None
        if song is None
        else {
            "title": song.title,
            "bpm": song.bpm,
            "duration_s": song.duration_s,
            "tags": list(song.tags),
            "audio": song.song_url,
            "cover": song.image_url,
        },
    }


def _like_document(like: Like) -> dict[str, Any]:
    return {"number": like.job_key, "liked_at": _iso_time(like.liked_at)}


def _search_document(record: SearchRecord) -> dict[str, Any]:
    return {"searched_at": _iso_time(record.made_at), "for": record.query}


def _id_text(number: int | None) -> str | None:
    """IDs are strings: JSON readers may round numbers of that size."""
    return None if number is None else str(number)


def _iso_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

"""Finished jobs written by the real store, and helpers for /songs list."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from bot.domain.jobs import DeliveryRoute, Job, JobState, NewJob, Reason, Song
from bot.store import Store, open_store
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Channel, Message
from tests.e2e.rig import Rig

LONG_AGO = datetime.now(UTC) - timedelta(days=2, hours=12)


@dataclass(slots=True)
class JobFactory:
    """Writes jobs into an open store, each a minute newer than the one before."""

    rig: Rig
    store: Store
    _minutes: "count[int]" = field(default_factory=count)

    async def put(
        self,
        title: str = "Midnight Grid",
        *,
        prompt: str = "a trap song",
        user: str = "ada",
        channel: str | Channel = "music",
        state: JobState = JobState.COMPLETED,
        bpm: float | None = 140,
        duration_s: float | None = 167,
        tags: tuple[str, ...] = ("trap",),
        is_private: bool = False,
        image_url: str | None = "https://cdn.whisul.com/covers/1.jpg",
        song_url: str | None = None,
        tried_in: Channel | None = None,
        is_due: bool = False,
        took_s: float = 50,
        results_in: Channel | None = None,
    ) -> Job:
        """A finished job that was posted in its channel; with `tried_in`, a post there was only begun, `is_due`: not yet."""
        place = self.rig.channel(channel)
        now = LONG_AGO + timedelta(minutes=next(self._minutes))
        new = NewJob(
            guild_id=place.guild_id or 0,
            channel_id=place.id,
            requester_id=self.rig.discord.world.user(user).id,
            prompt=prompt,
            nonce=uuid4().hex[:24],
            is_private=is_private,
            results_channel_id=results_in.id if results_in else None,
        )
        job = await self.store.record(new, now=now)
        await self.store.begin_submit(job.key, owner=self.store.owner, now=now)
        await self.store.accept(job.key, job_id=str(uuid4()), now=now)
        song = Song(
            song_url=song_url or f"https://cdn.whisul.com/audio/{job.key}.mp3",
            title=title,
            bpm=bpm,
            duration_s=duration_s,
            tags=tags,
            image_url=image_url,
        )
        done = state is JobState.COMPLETED
        settled = await self.store.settle(
            job.key,
            state=state,
            reason=None if done else Reason.GENERATION_FAILED,
            song=song if done else None,
            now=now + timedelta(seconds=took_s),
        )
        if is_due:
            assert settled is not None
            return settled
        await self.store.outbox.begin_post(
            job.key, route=DeliveryRoute.CHANNEL, channel_id=(tried_in or place).id, now=now
        )
        if tried_in is not None:
            return job
        told = await self.store.outbox.complete_post(
            job.key,
            route=DeliveryRoute.CHANNEL,
            channel_id=place.id,
            message_id=10_000 + job.key,
            note=None,
            cover_url=f"https://cdn.discordapp.com/attachments/1/{job.key}/cover.png",
            now=now,
        )
        assert told is not None
        return told


@asynccontextmanager
async def job_factory(rig: Rig) -> AsyncGenerator[JobFactory]:
    """Write jobs into the database; a bot that runs already finds all of them at once, and none half done."""
    if not rig.bot.started or rig.bot.process.returncode is not None:
        async with open_store(f"sqlite+aiosqlite:///{rig.database}") as store:
            yield JobFactory(rig, store)
        return
    with TemporaryDirectory() as folder, closing(sqlite3.connect(rig.database)) as connection:
        aside = str(Path(folder) / "bot.db")
        connection.execute("VACUUM INTO ?", (aside,))
        async with open_store(f"sqlite+aiosqlite:///{aside}") as store:
            yield JobFactory(rig, store)
        connection.execute("ATTACH ? AS aside", (aside,))
        with connection:
            connection.execute("INSERT INTO jobs SELECT * FROM aside.jobs")


async def songs(
    rig: Rig, *, user: str = "ada", channel: str | Channel = "music", **options: Any
) -> SeenInteraction:
    """A member types /songs list; returns once there is an answer."""
    asked = await rig.discord.command(
        user=user, channel=rig.channel(channel), name="songs list", options=options
    )
    await rig.until(lambda: asked.answer or any(not said.deleted for said in asked.followups))
    return asked


async def listed(rig: Rig, **where: Any) -> Message:
    """The list that /songs list answers with."""
    asked = await songs(rig, **where)
    assert asked.answer is not None
    assert asked.answer.ephemeral_for == asked.user.id
    return asked.answer


async def press(rig: Rig, message: Message, label: str, *, user: str = "ada") -> SeenInteraction:
    """Press a button by its label."""
    return await rig.discord.press(user=user, message=message, custom_id=button(message, label)["custom_id"])


async def turned(rig: Rig, message: Message, label: str, *, page: int, user: str = "ada") -> Message:
    """Press a button under a list, and wait for the page."""
    await press(rig, message, label, user=user)
    await rig.until(lambda: f"page {page} of" in message.content)
    return message


def button(message: Message, label: str) -> dict[str, Any]:
    """A button by its label."""
    buttons = [part for row in message.components for part in row["components"] if part["type"] == 2]
    (found,) = [part for part in buttons if part.get("label") == label]
    return dict(found)


def choices(message: Message) -> list[dict[str, Any]]:
    """What the only select offers."""
    selects = [part for row in message.components for part in row["components"] if part["type"] == 3]
    return list(selects[0]["options"]) if selects else []


def titles(message: Message) -> list[str]:
    """The titles of the songs in a list."""
    return [embed["title"] for embed in message.embeds]

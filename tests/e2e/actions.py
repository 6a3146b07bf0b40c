"""Helpers for the Discord side of tests: actions and waits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sandbox.discord import Permission, SeenInteraction
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul.jobs import SimulatedJob
from tests.e2e.database import stored
from tests.e2e.rig import PATIENCE_S, Rig, words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """A requested song that is running."""

    asked: SeenInteraction
    job: SimulatedJob

    @property
    def job_id(self) -> str:
        """Whisul's ID of the job."""
        return self.job.job_id

    @property
    def short_id(self) -> str:
        """What people read of it."""
        return self.job.job_id[:8]


async def ordered(
    rig: Rig, prompt: str = "a trap song", *, user: str = "ada", channel: str | Channel = "music"
) -> Order:
    """Ask for a song, and wait until Whisul works on it and the card says so."""
    number = len(rig.whisul.jobs)
    asked = await rig.compose(prompt, user=user, channel=channel)
    await rig.until_whisul(lambda: len(rig.whisul.jobs) > number)
    order = Order(asked, list(rig.whisul.jobs.values())[number])
    await rig.until(lambda: asked.answer and order.short_id in words(asked.answer))
    await rig.until_stored(lambda row: row["job_id"] == order.job_id and row["card_message_id"] is not None)
    return order


async def started_again(rig: Rig, **settings: str) -> None:
    """Start the bot after its end. Discord may take it for online all the while, so a new session is waited for."""
    sessions = len(rig.discord.identifies)
    await rig.start(**settings)
    await rig.until(lambda: len(rig.discord.identifies) > sessions)


async def until_card(rig: Rig, asked: SeenInteraction, text: str) -> str:
    """Wait until a card says something; returns all that it says."""
    return await rig.until(lambda: asked.answer and text in words(asked.answer) and words(asked.answer))


async def until_true(rig: Rig, predicate: Callable[[], object]) -> None:
    """Wait for what rings no bell, by asking again and again: the database, and the bot's log."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if predicate():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it never came true; the bot's log:\n{rig.bot.log[-6000:]}")


async def until_commands_kept(rig: Rig) -> None:
    """Wait until the bot has stored that Discord has its commands, which follows their answer."""
    await until_true(rig, lambda: stored(rig, "SELECT value FROM facts WHERE name = 'commands_hash'"))


def places(rig: Rig, cases: Iterable[str]) -> dict[str, Channel]:
    """A channel of its own for each case, so that one bot can live through them side by side."""
    return {case: rig.discord.world.add_channel("Night Owls", case) for case in cases}


async def side_by_side(cases: Mapping[str, T], play: Callable[[T], Awaitable[object]]) -> None:
    """Play the cases at the same time; all that fail are named."""
    ends = await asyncio.gather(*map(play, cases.values()), return_exceptions=True)
    failed = {case: end for case, end in zip(cases, ends, strict=True) if isinstance(end, BaseException)}
    for case, error in failed.items():
        error.add_note(f"in the case {case!r}")
    if failed:
        raise BaseExceptionGroup(f"failed: {', '.join(failed)}", list(failed.values()))


def killed_at(
    rig: Rig, kind: str, phase: str, *, when: Callable[[], object] = lambda: True
) -> Callable[[], Awaitable[None]]:
    """Have the bot killed at its first request of a kind, to either server, at a phase of its handling.

    Returns what waits for the end of the bot. A request that it is killed "before" is never handled.
    """
    killed = asyncio.Event()

    async def hook(seen_kind: str, seen_phase: str) -> None:
        if not killed.is_set() and (seen_kind, seen_phase) == (kind, phase) and when():
            await rig.bot.kill()
            killed.set()
            if phase == "before":
                raise ConnectionError

    async def ended() -> None:
        await asyncio.wait_for(killed.wait(), PATIENCE_S)
        await rig.bot.process.wait()
        rig.whisul.on_request = None
        rig.discord.on_request(None)

    rig.whisul.on_request = hook
    rig.discord.on_request(hook)
    return ended


class Hold:
    """A hook for either server: requests of a kind wait at a phase of their handling until they are released."""

    def __init__(self, kind: str, phase: str) -> None:
        self.arrived = asyncio.Event()
        self._at = (kind, phase)
        self._released = asyncio.Event()

    async def __call__(self, kind: str, phase: str) -> None:
        if (kind, phase) == self._at:
            self.arrived.set()
            await self._released.wait()

    def release(self) -> None:
        self._released.set()


def forbid(rig: Rig, permission: Permission, channel: str | Channel = "music") -> None:
    """Remove a permission of the bot in a channel."""
    rig.discord.world.deny(channel, rig.discord.world.bot, permission)


async def private_answer(rig: Rig, asked: SeenInteraction) -> Message:
    """Wait for what only the person themself reads, whether it is the first answer or a later one."""
    found = await rig.until(
        lambda: [
            message
            for message in (asked.answer, *asked.followups)
            if message and message.ephemeral and not message.deleted
        ]
    )
    (only,) = found
    assert only.ephemeral_for == asked.user.id
    return only


def nothing_happened(rig: Rig, channel: str | Channel = "music") -> bool:
    """Whether a request had no effect: nothing stored, no call to Whisul, no public message."""
    public = [message for message in rig.discord.messages(rig.channel(channel)) if not message.ephemeral]
    return not rig.rows() and not rig.whisul.requests and not public


def assert_no_traceback(rig: Rig) -> None:
    """Assert that the log has no unexpected error."""
    unforeseen = [line for line in rig.bot.log.splitlines() if "Traceback" in line or '"exception"' in line]
    assert unforeseen == []

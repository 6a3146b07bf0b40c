"""The course of a rehearsal: each step is explained, awaited, checked and recorded; at the end everything is cleaned up."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tests.rehearse.discord_rest import RestRefused
from tests.rehearse.recording import Recording
from tests.rehearse.scene import Scene, Unfulfilled
from tests.rehearse.steps import NAMES, Step

LOOK_EVERY_S = 0.05
SERIOUS = ("error", "critical")


class BotEnded(Exception):
    """The bot exited by itself; the text is its last line."""


class Person(Protocol):
    """Who acts in Discord: somebody at the terminal, or a driver of the stand-in."""

    async def agrees(self, question: str) -> bool:
        """Ask something that is answered with yes or no."""
        ...

    async def act(self, step: Step, scene: Scene) -> None:
        """Begin to do what a step says; the result is waited for elsewhere."""
        ...

    async def restore(self, step: Step) -> None:
        """Undo what a step changed."""
        ...

    def gives_up(self) -> bool:
        """Whether the current step is to be skipped."""
        ...


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "FAILED"


@dataclass(slots=True)
class Rehearsal:
    """One run. `time_limit_s` is for what a step waits for, `check_limit_s` for the check after it."""

    scene: Scene
    person: Person
    say: Callable[[str], None]
    time_limit_s: float
    check_limit_s: float
    recording: Recording = field(default_factory=lambda: Recording(NAMES))
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    problems: list[str] = field(default_factory=list[str])

    async def play(self, steps: Sequence[Step]) -> None:
        """Take all steps in order. Raises BotEnded."""
        for number, step in enumerate(steps, 1):
            self.say(f"\n{number}/{len(steps)} {step.title}")
            self.outcomes[step.name] = outcome = await self._take(step)
            self.say(f"   {outcome}")

    @property
    def done(self) -> list[str]:
        """The steps that were done."""
        return [name for name, outcome in self.outcomes.items() if outcome is Outcome.DONE]

    async def _take(self, step: Step) -> Outcome:
        if missing := [name for name in step.needs if self.outcomes.get(name) is not Outcome.DONE]:
            self.say(f"   It needs what the step {missing[0]!r} makes.")
            return Outcome.SKIPPED
        if step.songs and not await self.person.agrees(self._price(step)):
            return Outcome.SKIPPED
        self.scene.begin()
        self.say("\n".join(f"   {line}" for line in step.todo.splitlines()))
        if step.starts_bot:
            if self.scene.bot.started:
                await self.scene.bot.kill()
            await self.scene.bot.start()
        try:
            await self.person.act(step, self.scene)
            if not await self._is_fulfilled(step):
                return Outcome.SKIPPED
        except Unfulfilled as error:
            return self._failed(step, f"expected: {error}")
        finally:
            self.recording.add(step.name, self.scene.take())
            if step.afterwards:
                self.say(f"   {step.afterwards}")
                await self.person.restore(step)
        unexpected = {
            what: status for what, status in self.scene.refusals().items() if status not in step.refusals
        }
        if unexpected:
            return self._failed(
                step, ", ".join(f"{what} was answered {status}" for what, status in unexpected.items())
            )
        return Outcome.DONE

    def _price(self, step: Step) -> str:
        return (
            f"This step makes {step.songs} song and spends a credit at Whisul. "
            f"Songs so far: {self.scene.submitted}. Go on?"
        )

    def _failed(self, step: Step, why: str) -> Outcome:
        self.problems.append(f"step {step.name}: {why}")
        self.say(f"   {why}")
        return Outcome.FAILED

    async def _is_fulfilled(self, step: Step) -> bool:
        """Wait until it has happened and its check holds; False if the person gives up. Raises Unfulfilled."""
        deadline_s = time.monotonic() + self.time_limit_s
        has_happened = False
        while True:
            self._require_bot()
            self.scene.look()
            if not has_happened and step.happened(self.scene):
                has_happened, deadline_s = True, time.monotonic() + self.check_limit_s
            if has_happened:
                try:
                    await step.check(self.scene)
                    return True
                except (Unfulfilled, RestRefused) as error:
                    if time.monotonic() > deadline_s:
                        raise Unfulfilled(str(error)) from None
            elif not step.starts_bot and self.person.gives_up():
                return False
            elif time.monotonic() > deadline_s:
                raise Unfulfilled(f"this happens within {self.time_limit_s:g} s")
            await asyncio.sleep(LOOK_EVERY_S)

    def _require_bot(self) -> None:
        if self.scene.bot.process.returncode is not None:
            lines = self.scene.bot.log.strip().splitlines()
            raise BotEnded(lines[-1] if lines else "no output")

    def judge_log(self) -> None:
        """Count every error that the bot has logged as a problem, by the name of its event."""
        for line in self.scene.bot.log.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("level") in SERIOUS:
                self.problems.append(f"the bot logged an error: {entry.get('event')}")

"""Kills the bot at the planned points."""

import asyncio
from collections import Counter

from sandbox.bot_process import BotProcess
from tests.faults.points import Kill


class Killer:
    """Kills the bot when a planned request comes by. It counts from its beginning, and from each of the bot's starts."""

    def __init__(self, bot: BotProcess, kills: tuple[Kill, ...], *, begun: bool = True) -> None:
        self._bot = bot
        self._kills = list(kills)
        self._seen: Counter[tuple[str, str]] = Counter()
        self._begun = begun
        self._armed = asyncio.Event()
        self._armed.set()
        self._struck = asyncio.Event()
        self.done = 0

    def begin(self) -> None:
        """Count from now on."""
        self._seen.clear()
        self._begun = True

    def arm(self) -> None:
        """The bot was started again."""
        self._seen.clear()
        self._armed.set()

    @property
    def is_bot_up(self) -> bool:
        """Whether the bot runs, as far as it is for the killer to say."""
        return self._armed.is_set()

    async def struck(self) -> None:
        """Wait for the first kill: it may come after all is final, as at the follow-up of a private song."""
        if self._kills or self.done:
            await self._struck.wait()

    async def retire(self) -> None:
        """Disarm: the planned points were not reached. Returns once the bot runs after the last kill."""
        self._kills.clear()
        await self._armed.wait()

    async def around(self, kind: str, phase: str) -> None:
        """The hook of both servers."""
        if not self._begun:
            return
        self._seen[kind, phase] += 1
        if not (self._armed.is_set() and self._kills):
            return
        kill = self._kills[0]
        if (kind, phase, self._seen[kind, phase]) != (kill.kind, kill.phase, kill.number):
            return
        self._armed.clear()
        del self._kills[0]
        await asyncio.sleep(kill.linger_ms / 1000)
        self.done += 1
        self._struck.set()
        await self._bot.kill()
        if kill.phase == "before":
            raise ConnectionResetError("the request dies with the bot")

"""Keeps the demo's bot running, and starts it anew where somebody asks for that."""

import asyncio
import signal

from sandbox.bot_process import BotProcess


class Keeper:
    """One bot over all its restarts."""

    def __init__(self, bot: BotProcess) -> None:
        self.bot = bot
        self.crashes = 0
        self._turn = asyncio.Lock()

    @property
    def is_restarting(self) -> bool:
        """Whether it is between its end and its next start."""
        return self._turn.locked()

    async def restart(self, **changed: str) -> None:
        """End it in an orderly way and start it again, with `changed` settings."""
        async with self._turn:
            await self.bot.stop(signal.SIGTERM)
            await self.bot.start(**changed)

    async def crash(self) -> None:
        """Kill it in the middle of whatever it does, and start it again."""
        async with self._turn:
            self.crashes += 1
            await self.bot.kill()
            await self.bot.start()

    async def ended(self) -> int:
        """Wait until it ends without having been asked to; returns its exit code."""
        while True:
            process = self.bot.process
            code = await process.wait()
            async with self._turn:  # whoever restarts it has the turn until it runs again
                if self.bot.process is process:
                    return code

"""Restarts and crashes the demo's bot process on request, and waits for exits that nobody requested."""

import asyncio
import signal

from sandbox.bot_process import BotProcess


class BotSupervisor:
    """Supervises one bot process over all of its restarts."""

    def __init__(self, bot: BotProcess) -> None:
        self.bot = bot
        self.crashes = 0
        self._restarting = asyncio.Lock()

    @property
    def is_restarting(self) -> bool:
        """Whether it is being restarted."""
        return self._restarting.locked()

    async def restart(self, **changed: str) -> None:
        """Stop it gracefully and start it again with `changed` settings."""
        async with self._restarting:
            await self.bot.stop(signal.SIGTERM)
            await self.bot.start(**changed)

    async def crash(self) -> None:
        """Kill it and start it again."""
        async with self._restarting:
            self.crashes += 1
            await self.bot.kill()
            await self.bot.start()

    async def ended(self) -> int:
        """Wait until it exits other than by `restart` or `crash`; returns its exit code."""
        while True:
            process = self.bot.process
            code = await process.wait()
            async with self._restarting:  # held during a restart until the new process runs
                if self.bot.process is process:
                    return code

"""The sandbox's two servers and one process under test between them."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.bot_process import RUN, BotProcess
from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.rig import PATIENCE_S, TOKEN, settings_between

LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Stage:
    """Two servers in this process, and a bot in its own."""

    whisul: WhisulSimulator
    discord: DiscordStandIn
    bot: BotProcess
    database: Path

    @property
    def pid(self) -> int:
        """The bot's process."""
        return self.bot.process.pid

    async def until(self, predicate: Callable[[], object]) -> None:
        """Look again and again until the predicate is true.

        The stand-in's own waiting asks after every change, and with hundreds of people that would be what is measured.
        """
        async with asyncio.timeout(PATIENCE_S):
            while not predicate():
                if self.bot.process.returncode is not None:
                    raise RuntimeError(f"the bot has ended:\n{self.bot.log[-3000:]}")
                await asyncio.sleep(LOOK_EVERY_S)

    async def start(self) -> None:
        """Start the bot and wait until it can be used."""
        await self.bot.start()
        await self.until(lambda: self.discord.bot_online and self.discord.command_registry.of_scope(None))

    async def stop(self) -> None:
        """Stop the bot and wait until Discord shows it as offline."""
        await self.bot.stop()
        await self.discord.wait_for(lambda: not self.discord.bot_online)


@asynccontextmanager
async def staged(
    *,
    command: Sequence[str] = RUN,
    whisul: WhisulSimulator | None = None,
    database: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Stage]:
    """Open both servers and prepare the bot, which is not started yet, and killed at the end; it keeps no files.

    `settings` go on top of those of a bot in the sandbox.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with (
            whisul or WhisulSimulator(tiny_files=True) as simulator,
            DiscordStandIn(token=TOKEN) as discord,
        ):
            # The figures are the bot's own time: 20 posts in one channel would measure Discord's limit.
            discord.rest.limits.clear()
            discord.gateway.starts.bucket_s = 0.0
            file = database or folder / "bot.db"
            given = settings_between(
                simulator, discord, database=file, **{"LOG_LEVEL": "WARNING", **(settings or {})}
            )
            bot = BotProcess(given, folder=folder, log_file=folder / "bot.log", command=command)
            try:
                yield Stage(simulator, discord, bot, file)
            finally:
                if bot.started:
                    await bot.kill()

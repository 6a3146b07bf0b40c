"""A forked bot behaves like `python -m bot run` as seen from outside."""

import asyncio
import signal
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess, Process
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.rig import PATIENCE_S, Rig


def executed(rig: Rig) -> BotProcess:
    """The same bot, started by its command."""
    return BotProcess(
        rig.bot.settings, folder=rig.database.parents[1], log_file=rig.database.parents[1] / "executed.log"
    )


def command_line(process: Process) -> list[str]:
    return Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8").split("\0")


async def test_its_last_words_and_its_exit_code_are_the_same(rig: Rig) -> None:
    forked, by_command = rig.bot, executed(rig)
    assert isinstance(forked, ForkedBot)
    for bot in (forked, by_command):
        await bot.start(DISCORD_TOKEN="", DATABASE_URL="mysql://x")
    codes = [await asyncio.wait_for(bot.process.wait(), PATIENCE_S) for bot in (forked, by_command)]
    assert codes[0] == codes[1] != 0
    assert forked.log == by_command.log != ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_end_it_in_the_same_way(rig: Rig, number: signal.Signals) -> None:
    for bot, is_executed in ((rig.bot, False), (executed(rig), True)):
        starts = len(rig.discord.identifies)
        await bot.start()
        await rig.until(lambda starts=starts: len(rig.discord.identifies) > starts and rig.discord.bot_online)
        is_command = command_line(bot.process)[1:4] == ["-m", "bot", "run"]
        assert is_command == is_executed, "else this test compares the one with itself"
        assert await bot.stop(number) == bot.process.returncode == 0

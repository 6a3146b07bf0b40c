"""One bot that makes one song, in the process from which the tests fork their bots.

Compiled statements, and what libraries work out at their first use, are a sixth of what a bot computes until its first song
is posted. Forked bots have them from here.
"""

import asyncio
import contextlib
import io
import os
import signal
import tempfile
import threading
from pathlib import Path
from unittest.mock import patch

from bot.app import run
from bot.settings import Settings
from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.rig import PATIENCE_S, QUICK, TOKEN, settings_between
from tests.shared_statements import share_statements

COMMANDS = ("songs list", "limits", "config show")


def rehearse() -> None:
    """Start a bot between two servers of its own, ask it for a song and for some answers, and stop it.

    Raises:
        RuntimeError: a thread is left, which a fork would not copy.
    """
    share_statements()
    unread = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(unread),
        contextlib.redirect_stderr(unread),
    ):
        asyncio.run(_play(Path(folder)))
    if threading.active_count() > 1:
        raise RuntimeError(f"threads are left: {threading.enumerate()}")


async def _play(folder: Path) -> None:
    async with (
        WhisulSimulator(tiny_files=True, reference=True) as whisul,
        DiscordStandIn(token=TOKEN) as discord,
        asyncio.TaskGroup() as tasks,  # a bot that fails ends the waits below, and its error is raised
    ):
        discord.interactions.acknowledge_limit_s = PATIENCE_S
        given = settings_between(whisul, discord, database=folder / "data" / "bot.db", **QUICK)
        with patch.dict(os.environ, given):
            settings = Settings.load(folder / ".env")
        tasks.create_task(run(settings))
        await discord.wait_online(PATIENCE_S)
        prompt = {"prompt": "a trap song"}
        await discord.command(user="ada", channel="music", name="compose", options=prompt)
        await whisul.wait_for(lambda: whisul.submits, PATIENCE_S)
        whisul.finish(whisul.submits[0].job_id)
        await discord.wait_for(lambda: [m for m in discord.messages("music") if m.files], PATIENCE_S)
        for name in COMMANDS:
            asked = await discord.command(user="ada", channel="music", name=name)
            await discord.wait_for(lambda asked=asked: asked.answer, PATIENCE_S)
        signal.raise_signal(signal.SIGTERM)

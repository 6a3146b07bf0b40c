"""A rehearsal between the sandbox's two servers, which runs by itself."""

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from bot.settings import Settings
from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.rig import PATIENCE_S, QUICK, TOKEN, Rig, settings_between
from tests.rehearse.driver import Driver
from tests.rehearse.rehearsal import Rehearsal
from tests.rehearse.run import DATABASE, recorded_bot, rehearse


async def rehearse_in_sandbox(folder: Path, say: Callable[[str], None]) -> tuple[Rehearsal, Rig]:
    """Take all steps; returns the rehearsal, and the servers as they are afterwards."""
    async with (
        WhisulSimulator(tiny_files=True, reference=True) as whisul,
        DiscordStandIn(token=TOKEN) as discord,
    ):
        whisul.hold = True
        # Discord's 3 seconds would measure the machine.
        discord.interactions.acknowledge_limit_s = PATIENCE_S
        # A bot that is restarted at once would wait for the rest of Discord's 5 seconds.
        discord.gateway.starts.bucket_s = 0.0
        environment = settings_between(whisul, discord, database=folder / DATABASE, **QUICK)
        bot = recorded_bot(environment, folder=folder, started_in=folder)
        with patch.dict(os.environ, bot.settings):
            settings = Settings.load(folder / ".env")
        rig = Rig(whisul, discord, bot, folder / DATABASE)
        rehearsal = await rehearse(
            settings, bot, folder=folder, person=Driver(rig), say=say, time_limit_s=PATIENCE_S
        )
        return rehearsal, rig

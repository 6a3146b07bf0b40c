"""The surroundings of a run: both servers, a bot that is not started yet, and what can be observed afterwards."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.bot_process import BotProcess
from sandbox.discord import DiscordStandIn, SeenInteraction
from sandbox.discord.world.model import Message
from sandbox.discord.world.world import World
from sandbox.whisul import WhisulSimulator
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.rig import QUICK, TOKEN, Rig, settings_between
from tests.faults.verdict import Asked


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    world: World | None = None,
    bot_class: type[BotProcess] = BotProcess,
    migrated: Path | None = None,
    **settings: str,
) -> AsyncGenerator[Rig, None]:
    """Start everything except the bot; songs finish on demand. `settings` override the usual ones.

    A forked bot begins with a copy of the database file `migrated`, where one is given.
    """
    async with (
        WhisulSimulator(tiny_files=True) as whisul,
        DiscordStandIn(token=TOKEN, world=world) as discord,
    ):
        whisul.hold = True
        # A bot that is restarted at once would wait for the rest of Discord's 5 seconds.
        discord.gateway.starts.bucket_s = 0.0
        database = folder / "data" / "bot.db"
        complete = settings_between(whisul, discord, database=database, **(QUICK | settings))
        bot = bot_class(complete, folder=folder, log_file=folder / "bot.log")
        if isinstance(bot, ForkedBot):
            bot.migrated = migrated
        try:
            yield Rig(whisul, discord, bot, database)
        finally:
            if bot.started:
                await bot.kill()


def written_by_bot(world: World) -> list[Message]:
    """Every message that the bot wrote by itself, wherever it stands."""
    return [
        message
        for log in world.message_log.values()
        for message in log.values()
        if message.author_id == world.bot.id and message.interaction_id is None
    ]


def submitted_prompts(whisul: WhisulSimulator) -> list[str]:
    """The prompt of every submit that reached Whisul, whatever came of it."""
    return [str(request.json["prompt"]) for request in whisul.requests if request.kind == "submit"]


def paired(asked: Iterable[tuple[str, SeenInteraction]], rows: Iterable[Mapping[str, Any]]) -> list[Asked]:
    """Each use of /compose, by a prompt that was used once only, with the row that was written of it."""
    by_prompt = {row["prompt"]: row for row in rows}
    return [Asked(prompt, interaction, by_prompt.get(prompt)) for prompt, interaction in asked]

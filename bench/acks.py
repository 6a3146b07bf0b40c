"""500 people type /compose in the same moment: how long does the last of them wait for "is thinking"?

The floor is what any discord.py bot needs: bench/floor_bot.py only defers.
"""

import asyncio
from collections.abc import Sequence

from bench.figures import RUNS, Figure
from bench.stage import Stage, staged
from sandbox.bot_process import RUN
from sandbox.discord import SeenInteraction
from sandbox.whisul import WhisulSimulator
from tests.databases import new_database
from tests.postgres_server import postgres_server

PEOPLE = 500
GUILD, CHANNEL = "Night Owls", "music"
FLOOR = ("-m", "bench.floor_bot")
PATIENCE_S = 50.0
"""Discord gives up after 3 s. Here nobody does, so that what takes longer is measured, and not cut off."""

SETTLING_S = 1.0


def ack_ms() -> list[Figure]:
    """The slowest acknowledgement of the bot on both databases, that of the floor, and both as a ratio, run by run."""
    ours, floor = asyncio.run(_runs())
    with postgres_server(durable=True) as folder, new_database(folder) as url:
        shared = {"DATABASE_URL": url.render_as_string(hide_password=False)}
        on_postgresql = [asyncio.run(_slowest_ms(RUN, **shared)) for _ in range(RUNS)]
    case = f"{PEOPLE} at once, "
    return [
        Figure(name="ack_ms", case=case + "the slowest", values=ours),
        Figure(name="ack_ms", case=case + "the slowest, on PostgreSQL", values=on_postgresql),
        Figure(name="ack_ms", case=case + "the slowest of a bot that only defers", values=floor),
        Figure(
            name="ack_ratio",
            case=case + "the one over the other",
            values=[mine / least for mine, least in zip(ours, floor, strict=True)],
            bound=3.0,
        ),
    ]


async def _runs() -> tuple[list[float], list[float]]:
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(RUNS):
        ours.append(await _slowest_ms(RUN))
        floor.append(await _slowest_ms(FLOOR))
    return ours, floor


async def _slowest_ms(command: Sequence[str], **settings: str) -> float:
    whisul = WhisulSimulator(tiny_files=True)
    whisul.hold = True
    async with staged(command=command, whisul=whisul, settings=settings) as stage:
        _people(stage)
        stage.discord.interactions.acknowledge_limit_s = PATIENCE_S
        await stage.start()
        await asyncio.sleep(SETTLING_S)
        asked = [
            await stage.discord.command(
                user=f"person{number}", channel=CHANNEL, name="compose", options={"prompt": f"song {number}"}
            )
            for number in range(PEOPLE)
        ]
        await stage.until(lambda: all(each.acknowledged for each in asked))
        return max(map(_waited_ms, asked))


def _people(stage: Stage) -> None:
    for number in range(PEOPLE):
        name = f"person{number}"
        stage.discord.world.add_user(name)
        stage.discord.world.add_member(GUILD, name)


def _waited_ms(asked: SeenInteraction) -> float:
    if asked.acknowledged_at is None:
        raise RuntimeError("somebody was never answered")
    return 1000 * (asked.acknowledged_at - asked.created_at)

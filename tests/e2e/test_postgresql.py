"""The same bot on a real PostgreSQL server."""

from typing import Any

import asyncpg
from sqlalchemy import make_url

from tests.e2e.rig import PATIENCE_S, Rig, embed


async def test_a_song_is_made_across_a_restart(rig: Rig, postgresql_url: str) -> None:
    await rig.start(DATABASE_URL=postgresql_url)
    asked = await rig.compose("a trap song")
    await rig.until(lambda: asked.answer and "81fa5ff7" in str(asked.answer.embeds))
    assert await rig.bot.stop() == 0
    (submit,) = rig.whisul.submits
    rig.whisul.finish(submit.job_id)
    await rig.start()
    assert embed(await rig.post())["title"] == "Midnight Grid"
    assert "Midnight Grid" in str((await rig.status(submit.job_id)).embeds)
    assert len(rig.whisul.submits) == len(rig.posts()) == 1
    assert not rig.database.exists()


async def test_a_form_opens_while_its_last_choices_cannot_be_read(rig: Rig, postgresql_url: str) -> None:
    await rig.start(DATABASE_URL=postgresql_url)
    rig.discord.interactions.acknowledge_limit_s = PATIENCE_S
    url = make_url(postgresql_url)
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    connection = await connect(host=url.query["host"], user=url.username, database=url.database)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE form_choices")
            opened = await rig.discord.command(user="ada", channel="music", name="compose")
            await opened.wait_modal()
    finally:
        await connection.close()

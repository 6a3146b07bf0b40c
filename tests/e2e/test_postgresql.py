"""The same bot on a real PostgreSQL server."""

from typing import Any

import asyncpg
from sqlalchemy import make_url

from tests.e2e.rig import PATIENCE_S, Rig


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

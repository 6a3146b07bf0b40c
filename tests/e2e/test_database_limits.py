"""Two bots on a PostgreSQL server that takes no more connections."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from bot.errors import ExitCode
from tests.databases import new_database, on_the_server
from tests.e2e.group import Group, two_bots
from tests.e2e.rig import Rig

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def database_url(postgres_folder: Path) -> Generator[str]:
    """With a user of its own: no limit holds for a superuser."""
    asyncio.run(on_the_server(postgres_folder, "CREATE ROLE bot LOGIN"))
    with new_database(postgres_folder) as url:
        asyncio.run(on_the_server(postgres_folder, f'ALTER DATABASE "{url.database}" OWNER TO bot'))
        yield url.set(username="bot").render_as_string(hide_password=False)
    asyncio.run(on_the_server(postgres_folder, "DROP ROLE bot"))


@pytest.fixture
async def group(rig: Rig, database_url: str) -> AsyncGenerator[Group]:
    async with two_bots(rig, database_url) as group:
        yield group


async def test_bots_that_get_no_more_connections_share_those_they_have(
    group: Group, postgres_folder: Path
) -> None:
    await on_the_server(postgres_folder, "ALTER ROLE bot CONNECTION LIMIT 1")
    third = group.bots[0].twin(group.rig.database.parent.with_name("third.log"))
    await third.start()
    assert await third.process.wait() == ExitCode.DATABASE
    assert "it takes no more connections" in third.log
    asked = [
        group.rig.compose(f"song {number} of {channel.name}", user="ada", channel=channel)
        for number in range(12)
        for channel in group.channels
    ]
    await asyncio.gather(*asked)
    await group.all_posted(len(asked))
    assert "task_failed" not in group.log()

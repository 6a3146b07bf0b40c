"""`python -m bot copy-database`: a bot on PostgreSQL continues where the one on SQLite stopped."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.e2e.actions import ordered
from tests.e2e.rig import Rig, embed
from tests.e2e.test_command_line import bot


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    return make_url(postgresql_url).set(password="hunter2").render_as_string(hide_password=False)


async def test_a_song_in_flight_is_posted_once_after_the_move(
    ready: Rig, tmp_path: Path, database_url: str
) -> None:
    order = await ordered(ready)
    source = str(ready.database)
    code, out, err = await bot("copy-database", source, folder=tmp_path, DATABASE_URL=database_url)
    assert (code, out) == (75, "")
    assert err.startswith("error: The database ")
    assert await ready.bot.stop() == 0

    code, out, err = await bot("copy-database", source, folder=tmp_path, DATABASE_URL=database_url)
    assert code == 0, err
    assert "jobs: 1 of 1 rows\n" in err
    heading, *tables = out.splitlines()
    assert heading.split() == ["table", "rows", "checksum", "on", "both", "sides"]
    assert {line.split()[0]: line.split()[1] for line in tables}["jobs"] == "1"
    assert "hunter2" not in out + err
    code, _, err = await bot("copy-database", source, "--to", database_url, folder=tmp_path)
    assert code == 73
    assert "is not empty (" in err.splitlines()[-1]

    ready.whisul.finish(order.job_id)
    await ready.start(DATABASE_URL=database_url)
    assert embed(await ready.post())["title"] == "Midnight Grid"
    assert len(ready.whisul.submits) == len(ready.posts()) == 1


NO_TARGETS = {
    "postgresql+asyncpg://bot:hunter2@127.0.0.1:1/bot": 74,
    "postgresql://bot:hunter2@127.0.0.1/bot": 74,
    "sqlite+aiosqlite:///data/bot.db": 64,
}


async def test_a_refusal_is_one_line_without_the_password(tmp_path: Path) -> None:
    await bot("migrate", folder=tmp_path)
    for url, code in NO_TARGETS.items():
        ended, out, err = await bot("copy-database", "data/bot.db", "--to", url, folder=tmp_path)
        assert (ended, out) == (code, ""), url
        assert err.startswith("error: "), url
        assert len(err.splitlines()) == 1
        assert "hunter2" not in err

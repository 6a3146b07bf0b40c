"""PostgreSQL ends under two bots that work, and comes back."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack

import pytest

from tests.databases import new_database
from tests.e2e.actions import private_answer
from tests.e2e.group import Group, all_running, shared_out, two_bots, until_true
from tests.e2e.ops import Ops
from tests.e2e.rig import Rig, words
from tests.postgres_server import PostgresServer, stopped_server

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server() -> Generator[PostgresServer]:
    with stopped_server() as server:
        yield server


@pytest.fixture
def run(server: PostgresServer) -> Generator[ExitStack]:
    """The run of the server: closing it stops the server."""
    with ExitStack() as run:
        run.enter_context(server.running())
        yield run


@pytest.fixture
def database_url(server: PostgresServer, run: ExitStack) -> Generator[str]:
    with new_database(server.folder) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def both_ops() -> list[Ops]:
    return [Ops.somewhere(), Ops.somewhere()]


@pytest.fixture
async def group(rig: Rig, database_url: str, both_ops: list[Ops]) -> AsyncGenerator[Group]:
    async with two_bots(rig, database_url, ports=[ops.port for ops in both_ops]) as group:
        yield group


async def test_nothing_is_lost_or_done_twice_when_the_database_restarts(
    group: Group, both_ops: list[Ops], server: PostgresServer, run: ExitStack
) -> None:
    whisul = group.rig.whisul
    whisul.hold = True
    number = await group.ask_everywhere(times=4)
    await until_true(group, lambda: all_running(group, number))
    running = list(whisul.jobs)
    for job_id in running[:4]:
        whisul.finish(job_id)
    await group.rig.until(lambda: any(group.rig.posts(channel) for channel in group.channels))

    await asyncio.to_thread(run.close)
    for job_id in running[4:]:
        whisul.finish(job_id)
    for ops in both_ops:
        whys = await ops.until_not_ready_for("database")
        assert "cannot be" in whys["database"]
        assert (await ops.get("/healthz"))[0] == 200
        assert (await ops.figures())["database_readable"] == 0
    refused = await group.rig.compose("a song of no database", user="ada", channel=group.channels[0])
    assert "try again" in words(await private_answer(group.rig, refused)).lower()

    await asyncio.to_thread(run.enter_context, server.running())
    await group.all_posted(number)
    for ops in both_ops:
        await ops.until_not_ready_for()
    await until_true(group, lambda: shared_out(group))
    figures = [await ops.figures() for ops in both_ops]
    assert sum(each["leads"] for each in figures) == 1
    assert "task_crashed" not in group.log()

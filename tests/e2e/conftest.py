from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.ops import Ops
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import Rig
from tests.e2e.shared_bot import SharedBot, rig_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that share a bot one after the other, on the loop that it was started on: its far sides stand still else."""
    for item in items:
        if isinstance(item, pytest.Function) and "ready" in item.fixturenames:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.xdist_group("ready"))


@pytest.fixture
async def rig(tmp_path: Path, migrated_file: Path) -> AsyncGenerator[Rig, None]:
    """Everything but the bot is started; jobs finish when a test says so."""
    async with rig_in(tmp_path, migrated_file) as rig:
        yield rig


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_bot(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> AsyncGenerator[SharedBot, None]:
    """The bot of the tests that need none of their own."""
    bot = SharedBot(tmp_path_factory.mktemp("shared"), migrated_file)
    yield bot
    await bot.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ready(shared_bot: SharedBot) -> AsyncGenerator[Rig, None]:
    """A rig whose bot runs already, with its default settings; see `tests.e2e.shared_bot`."""
    yield await shared_bot.lent()
    await shared_bot.take_back()


@pytest.fixture
def ops() -> Ops:
    """Where a bot that is started with `OPS_PORT=ops.port` answers."""
    return Ops.somewhere()


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    """The wall clock of the bot's machine, for a bot that is started with its settings."""
    return WallClock(tmp_path / "clock")

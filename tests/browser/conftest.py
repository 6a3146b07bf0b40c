"""One demo and one browser for all tests of the page, in one worker; each test opens the page anew."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from sandbox.demo import Demo, started
from tests.browser.chromium import chromium
from tests.browser.visit import PATIENCE_S, Visit, visit

SPEED = 60.0
SEED = 11
SONG_S = 24

expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the pictures go."""
    help_ = "write the pictures of the page to docs/images/page, with songs in their full length"
    parser.addoption("--pictures", action="store_true", help=help_)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All share one worker and one event loop, the one that the demo and the browser live in."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def demo(pytestconfig: pytest.Config) -> AsyncGenerator[Demo]:
    """The bot with both of its far sides, as `make demo` starts them; its songs are short, but for pictures."""
    song_s = None if pytestconfig.getoption("--pictures", default=False) else SONG_S
    async with started(speed=SPEED, port=0, data=None, seed=SEED, song_seconds=song_s) as running:
        await running.discord.wait_online(PATIENCE_S)
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """A Chromium without a window."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def ada(demo: Demo, browser: Browser) -> AsyncGenerator[Visit]:
    """Ada in #music, with a laptop, in the dark."""
    async with visit(demo, browser) as opened:
        yield opened
    assert opened.faults == []

"""One demo and one browser for all tests of the page, in one worker.

Opening the page costs a second of CPU, as much as a song. Tests that leave it as it was opened share one.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from sandbox.demo import Demo, started
from tests.browser.chromium import chromium
from tests.browser.visit import PATIENCE_S, Visit, visit
from tests.e2e.forked_bot import ForkedBot

SPEED = 60.0
SEED = 11
SONG_S = 10

expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the pictures go."""
    help_ = "write the pictures of the page to docs/images/page, with songs in their full length"
    parser.addoption("--pictures", action="store_true", help=help_)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All share one event loop, the one that the demo and the browser live in."""
    folder = Path(__file__).parent
    for item in items:
        if item.path.parent == folder:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def demo(pytestconfig: pytest.Config) -> AsyncGenerator[Demo]:
    """The bot with both of its far sides, as `make demo` starts them; its songs are short, but for pictures."""
    song_s = None if pytestconfig.getoption("--pictures", default=False) else SONG_S
    async with started(
        speed=SPEED, port=0, data=None, seed=SEED, song_seconds=song_s, bot_type=ForkedBot
    ) as running:
        await running.discord.wait_online(PATIENCE_S)
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """A Chromium without a window."""
    async with chromium() as running:
        yield running


class SharedVisit:
    """A page that is opened again when the test before has not left it as it was."""

    def __init__(self, demo: Demo, browser: Browser) -> None:
        self._demo = demo
        self._browser = browser
        self._stack = AsyncExitStack()
        self._opened: Visit | None = None

    async def opened(self) -> Visit:
        """The page, as it is when it has been opened."""
        if self._opened is None or not await self._opened.is_as_opened():
            await self.close()
            self._opened = await self._stack.enter_async_context(visit(self._demo, self._browser))
        return self._opened

    async def close(self) -> None:
        """Close the page if it is open."""
        await self._stack.aclose()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared_visit(demo: Demo, browser: Browser) -> AsyncGenerator[SharedVisit]:
    """The page of all tests with the fixture `ada`."""
    shared = SharedVisit(demo, browser)
    yield shared
    await shared.close()


@pytest.fixture
def music(demo: Demo) -> None:
    """An empty #music: each message more makes every look at the page dearer."""
    for message in demo.discord.messages("music"):
        demo.discord.world.delete_message(message)


@pytest_asyncio.fixture(loop_scope="session")
async def ada(music: None, shared_visit: SharedVisit) -> AsyncGenerator[Visit]:
    """Ada in #music, with a laptop, in the dark."""
    opened = await shared_visit.opened()
    opened.faults.clear()
    yield opened
    assert opened.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(music: None, demo: Demo, browser: Browser) -> AsyncGenerator[Visit]:
    """The same with a page of the test's own, in which nothing has had the focus and nothing has been announced."""
    async with visit(demo, browser) as opened:
        yield opened
    assert opened.faults == []

"""The pace of the bot's requests below Discord's global limit."""

import asyncio

from bot.clock import Clock
from bot.discord_io.request_pace import BURST, REQUESTS_PER_S, RequestPace


async def test_no_moment_has_more_requests_than_pace_and_burst_allow() -> None:
    clock, started = Clock(), list[float]()
    pace = RequestPace(clock)

    async def request() -> None:
        await pace.wait("POST")
        started.append(clock.monotonic())

    await asyncio.gather(*(request() for _ in range(4 * BURST)))
    for first, at in enumerate(started):
        for number, later in enumerate(started[first:]):
            # `sleep` ends up to the clock's resolution early.
            assert later - at >= (number - BURST) / REQUESTS_PER_S - 0.001
    assert started == sorted(started)


async def test_posts_do_not_wait_for_all_edits_that_came_before_them() -> None:
    pace, started = RequestPace(Clock()), list[str]()

    async def request(method: str) -> None:
        await pace.wait(method)
        started.append(method)

    edits, posts = 2 * BURST + 4, BURST
    await asyncio.gather(*(request("PATCH") for _ in range(edits)), *(request("POST") for _ in range(posts)))
    assert started[-BURST:] == ["PATCH"] * BURST

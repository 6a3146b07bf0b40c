"""Steps of the wall clock, a daylight-saving change, a suspended machine."""

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.whisul import failing
from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import completes, polls, post_of, row_of, submits

HOUR_S = 3600.0
INTERVAL_S = 0.1
REQUESTS_PER_S, BURST = 20, 5
BUDGET = {
    "POLL_INTERVAL_S": str(INTERVAL_S),
    "WHISUL_REQUESTS_PER_SECOND": str(REQUESTS_PER_S),
    "WHISUL_REQUEST_BURST": str(BURST),
}
CENTRAL_EUROPE = "CET-1CEST,M3.5.0,M10.5.0/3"
"""With its rules spelt out, so that no time zone data need be installed."""

TO_SUMMER, TO_WINTER = datetime(2025, 3, 30, 1, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC)
SUSPENDED_S = 60.0
"""600 poll intervals and 60 heartbeats; by the wall clock it is an hour, which is 60 leases."""


class Spending:
    """The bot's calls to Whisul from now on, compared with its budget."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._began = time.monotonic()
        self._before = len(rig.whisul.requests)

    def is_within_the_budget(self) -> bool:
        """Whether the number of calls is within the budget; downloads do not count."""
        asked = [
            each for each in self._rig.whisul.requests[self._before :] if each.kind in ("submit", "poll")
        ]
        return len(asked) <= BURST + REQUESTS_PER_S * (time.monotonic() - self._began)


async def until_looked_at(rig: Rig, times: int) -> None:
    """Wait for this many more polls."""
    seen = len(polls(rig))
    await rig.until_whisul(lambda: len(polls(rig)) >= seen + times)


async def test_a_wall_clock_step_moves_no_deadline_and_stays_in_budget(
    rig: Rig, wall_clock: WallClock
) -> None:
    await rig.start(**BUDGET, **wall_clock.settings)
    for number, step_s in enumerate((HOUR_S, -HOUR_S), 1):
        running = await ordered(rig, "a running song")
        rig.whisul.script("submit", failing(503))
        waiting = await rig.compose("a song that waits")
        await rig.until(
            lambda waiting=waiting: waiting.answer and "I kept your request" in words(waiting.answer)
        )
        spending = Spending(rig)
        wall_clock.step(step_s)
        await rig.until_whisul(lambda number=number: len(rig.whisul.submits) == 2 * number)
        await until_looked_at(rig, 20)
        assert spending.is_within_the_budget(), step_s
        assert [row["state"] for row in rig.rows()[-2:]] == ["running", "running"], step_s
        for job_id in (running.job_id, rig.whisul.submits[-1].job_id):
            await completes(rig, job_id)
        assert len(submits(rig)) == 3 * number, step_s
        assert spending.is_within_the_budget(), step_s
    assert_no_traceback(rig)


async def test_a_wall_clock_step_back_delays_no_post(rig: Rig, wall_clock: WallClock) -> None:
    await rig.start(**wall_clock.settings)
    song = await ordered(rig)
    await rig.discord.go_down()
    rig.whisul.finish(song.job_id)
    await rig.until_stored(lambda row: row["delivery_note"] is not None)
    await rig.bot.stop()
    wall_clock.step(-HOUR_S)
    await rig.discord.come_back()
    await rig.start()
    await post_of(rig, song.job_id)
    await row_of(rig, song.job_id, "completed")


async def test_a_song_over_a_daylight_saving_change_is_followed_as_ever(
    rig: Rig, wall_clock: WallClock
) -> None:
    wall_clock.step((TO_SUMMER - timedelta(days=1) - wall_clock.now()).total_seconds())
    await rig.start(**BUDGET, **wall_clock.settings, TZ=CENTRAL_EUROPE)
    for change in (TO_SUMMER, TO_WINTER):
        wall_clock.step((change - timedelta(minutes=10) - wall_clock.now()).total_seconds())
        song = await ordered(rig)
        accepted_at = moment(rig.rows()[-1]["accepted_at"])
        spending = Spending(rig)
        wall_clock.step((change - wall_clock.now()).total_seconds())
        await until_looked_at(rig, 5)
        row = await completes(rig, song.job_id)
        assert spending.is_within_the_budget(), change
        assert accepted_at < change
        assert change < moment(row["settled_at"]) < change + timedelta(minutes=30)
    assert_no_traceback(rig)


def moment(stored: str) -> datetime:
    """A time in the format of the database."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


@pytest.mark.timeout(240)
async def test_a_suspended_machine_resumes_within_its_budget(rig: Rig, wall_clock: WallClock) -> None:
    rig.discord.gateway.heartbeat_interval_s = 1.0
    # A call that is cut off as the machine wakes up leaves discord.py's bucket locked until the window that Discord has
    # named with the last answer is over.
    rig.discord.rest.limits.set("message.edit", limit=5, per_s=5)
    await rig.start(**BUDGET, **wall_clock.settings)
    finished = await ordered(rig, "a song that is finished meanwhile")
    running = await ordered(rig, "a song that takes longer")
    rig.whisul.script("submit", failing(503))
    waiting = await rig.compose("a song that waits")
    await rig.until(lambda: waiting.answer and "I kept your request" in words(waiting.answer))
    rig.bot.process.send_signal(signal.SIGSTOP)
    wall_clock.step(HOUR_S)
    rig.whisul.finish(finished.job_id)
    await asyncio.sleep(SUSPENDED_S)
    spending = Spending(rig)
    rig.bot.process.send_signal(signal.SIGCONT)
    await post_of(rig, finished.job_id)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 3)
    await until_looked_at(rig, 20)
    assert spending.is_within_the_budget()
    for job_id in (running.job_id, rig.whisul.submits[2].job_id):
        await completes(rig, job_id)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=3)
    assert [row["state"] for row in rig.rows()] == ["completed"] * 3
    assert len(rig.posts()) == 3
    await rig.until(lambda: any(session.connection for session in rig.discord.gateway.sessions.values()))

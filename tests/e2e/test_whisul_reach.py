"""Whisul cannot be reached: unknown host, or no answer."""

from sandbox.whisul import Silence
from tests.e2e.actions import until_card
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import completes, compose_all, row_of, start_and_compose, submits, until_logged

NO_SUCH_HOST = "https://whisul.invalid/api"
LONGEST_SILENCE_S = 30.0
"""So long the bot waits for a word from Whisul within one request."""


async def test_an_unknown_host_name_loses_no_song_and_no_request(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    assert await rig.bot.stop() == 0
    await rig.start(WHISUL_API_URL=NO_SUCH_HOST)
    asked = await rig.compose("another song")
    assert "Nothing has been spent yet." in await until_card(rig, asked, "unreachable")
    await until_logged(rig, "poll_failed")
    assert [row["state"] for row in rig.rows()] == ["running", "queued"]
    assert await rig.bot.stop() == 0
    await rig.start(WHISUL_API_URL=rig.whisul.url)
    await completes(rig, job_id)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await completes(rig, rig.whisul.submits[1].job_id)
    assert len(submits(rig)) == len(rig.posts()) == 2


async def test_unanswered_submits_and_polls_delay_no_other_job(ready: Rig) -> None:
    jobs = await compose_all(ready, ["a song that nobody speaks of", "another song"])
    silent = jobs["a song that nobody speaks of"]
    ready.whisul.script("poll", Silence(), job_id=silent)
    ready.whisul.script("submit", Silence())
    await ready.compose("a song without an answer", user="bela")
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 3)
    await completes(ready, jobs["another song"])
    ready.whisul.finish(silent)
    await ready.discord.wait_for(lambda: len(ready.posts()) == 3, timeout_s=2 * LONGEST_SILENCE_S)
    await row_of(ready, silent, "completed")
    await ready.until_stored(lambda row: row["state"] == "unknown" and row["delivery"] == "delivered")
    assert len([post for post in ready.posts() if "No answer" in words(post)]) == 1
    assert len(submits(ready)) == 3

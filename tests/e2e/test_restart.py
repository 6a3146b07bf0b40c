"""The next start resumes a job from any state."""

import asyncio
import signal

from sandbox.discord.world.state import ChannelRef
from sandbox.whisul import Respond
from tests.e2e.actions import Hold, assert_no_traceback, killed_at, started_again
from tests.e2e.rig import PATIENCE_S, Rig, words


async def killed_at_whisul(rig: Rig, kind: str, phase: str) -> None:
    """Compose a song and have the bot killed when it speaks to Whisul."""
    ended = killed_at(rig, kind, phase)
    await started_again(rig)
    await rig.compose()
    await ended()


async def killed_at_discord(
    rig: Rig,
    kind: str,
    phase: str,
    *,
    channel: ChannelRef = "music",
    prompt: str = "a trap song",
    number: int = 1,
) -> None:
    """Compose the number-th song, finish it, and have the bot killed when it speaks to Discord."""
    ended = killed_at(rig, kind, phase)
    await started_again(rig)
    await rig.discord.command(user="ada", channel=channel, name="compose", options={"prompt": prompt})
    submitted = asyncio.create_task(finish_the_song(rig, number))
    await ended()
    submitted.cancel()


async def finish_the_song(rig: Rig, number: int = 1) -> None:
    """As soon as Whisul has the number-th prompt."""
    await rig.until_whisul(lambda: len(rig.whisul.jobs) == number)
    rig.whisul.finish(list(rig.whisul.jobs)[-1])


async def test_a_queued_job_is_submitted_after_the_restart(rig: Rig) -> None:
    rig.whisul.script("submit", Respond(status=503), times=1)
    await rig.start()
    await rig.compose()
    await rig.until_stored(lambda row: row["state"] == "queued" and row["submit_attempts"] == 1)
    await rig.bot.kill()
    await rig.start()
    await rig.until_whisul(lambda: rig.whisul.submits)
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    await rig.post()
    assert len(rig.whisul.submits) == 1


async def test_a_submit_without_an_answer_is_never_sent_again(rig: Rig) -> None:
    for number, phase in enumerate(("before", "handled"), start=1):
        await killed_at_whisul(rig, "submit", phase)
        assert rig.rows()[-1]["state"] == "submitting", phase
        sent = len(rig.whisul.submits)
        await rig.start()
        assert "a trap song" in words(await rig.post(number=number)), phase
        await rig.until_all(lambda row: row["delivery"] == "delivered", number=number)
        assert (rig.rows()[-1]["state"], rig.rows()[-1]["reason"]) == ("unknown", "no_answer"), phase
        assert len(rig.whisul.submits) == sent, phase
        assert [request.kind for request in rig.whisul.requests].count("submit") == number, phase
        await rig.bot.stop()


async def test_a_running_job_is_followed_after_the_restart(rig: Rig) -> None:
    await killed_at_whisul(rig, "poll", "handled")
    assert rig.row()["state"] == "running"
    await rig.start()
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    await rig.post()
    await rig.settled("completed")
    assert len(rig.whisul.submits) == 1


async def test_a_kill_during_the_first_card_leaves_one_outcome(rig: Rig) -> None:
    await killed_at_discord(rig, "original.edit", "before")
    await rig.start()
    (row,) = rig.rows()
    if row["state"] == "queued" or row["job_id"]:
        await finish_the_song(rig)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=1)
    # The submit runs beside the card: it may have been under way, and then nobody can know its outcome.
    assert rig.row()["state"] in {"completed", "unknown"}
    assert len(rig.whisul.submits) <= 1
    (post,) = rig.posts()
    await rig.until(lambda: not rig.cards()[0].embeds)
    assert rig.cards()[0].content.endswith(f"/{post.id}")


KILLS = {
    "the post is made": ("message.create", "handled", 0),
    "the post is made, and its nonce forgotten": ("message.create", "handled", 3600),
    "the post is answered": ("message.create", "answered", 0),
    "the card is to be collapsed": ("message.edit", "before", 0),
}
"""At which request the bot is killed, and the seconds until it is started again."""


async def test_a_song_is_posted_once_whenever_the_bot_is_killed(rig: Rig) -> None:
    for number, (case, (kind, phase, later_s)) in enumerate(KILLS.items(), start=1):
        await killed_at_discord(rig, kind, phase, number=number)
        rig.discord.jump(later_s)
        await rig.start()
        await finish_the_song(rig, number)
        await rig.until_all(lambda row: row["delivery"] == "delivered", number=number)
        row, posts, card = rig.rows()[-1], rig.posts(), rig.cards()[-1]
        assert len(posts) == number, case
        assert (row["rung"], row["post_message_id"]) == ("channel", posts[-1].id), case
        await rig.until(lambda card=card: not card.embeds)
        assert card.content.endswith(f"/{posts[-1].id}"), case
        await rig.bot.stop()


async def test_jobs_in_every_state_survive_one_restart(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="2")
    for number in range(3):
        await rig.compose(f"song {number}")
    await rig.until_all(lambda row: row["state"] == ("queued" if row["key"] == 3 else "running"), number=3)
    await rig.bot.kill()
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    rig.whisul.finish(rig.whisul.submits[1].job_id, status="failed", error="no luck")
    await rig.start()
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 3)
    rig.whisul.finish(rig.whisul.submits[2].job_id)
    await rig.post(number=3)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=3)
    assert sorted(row["state"] for row in rig.rows()) == ["completed", "completed", "failed"]
    assert [submit.prompt for submit in rig.whisul.submits] == ["song 0", "song 1", "song 2"]


async def test_a_signal_drains_and_ends_with_0(rig: Rig) -> None:
    for number, name in enumerate((signal.SIGTERM, signal.SIGINT), start=1):
        await rig.start()
        await rig.compose()
        await rig.until_all(lambda row: row["state"] == "running", number=number)
        assert await rig.bot.stop(name) == 0, name
        assert rig.discord.gateway_closes == [1000] * number
        assert not rig.discord.bot_online
        assert [row["owner"] for row in rig.rows()] == [None] * number
    assert_no_traceback(rig)


async def test_a_submit_in_hand_gets_its_answer_before_the_bot_stops(rig: Rig) -> None:
    submit = Hold("submit", "handled")
    rig.whisul.on_request = submit
    await rig.start()
    await rig.compose()
    await asyncio.wait_for(submit.arrived.wait(), PATIENCE_S)
    stopping = asyncio.create_task(rig.bot.stop())
    await asyncio.sleep(0.5)
    submit.release()
    assert await stopping == 0
    assert rig.row()["state"] == "running"


async def test_a_second_bot_on_the_same_database_refuses_with_one_line(ready: Rig) -> None:
    second = ready.another()
    await second.start()
    assert await asyncio.wait_for(second.process.wait(), PATIENCE_S) == 75
    last = second.log.splitlines()[-1]
    assert last.startswith(f"error: The database {ready.database} is in use by another bot")
    assert "Traceback" not in second.log


async def test_invalid_settings_give_one_line_each_and_code_78(rig: Rig) -> None:
    await rig.bot.start(POLL_INTERVAL_S="often", WHISUL_API_KEY="", WHISUL_API_URL="gopher://x")
    assert await asyncio.wait_for(rig.bot.process.wait(), PATIENCE_S) == 78
    assert sorted(line.split()[1] for line in rig.bot.log.splitlines()) == [
        "POLL_INTERVAL_S",
        "WHISUL_API_KEY",
        "WHISUL_API_URL",
    ]

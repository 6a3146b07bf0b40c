"""The card shows queue position, expected time and delay, with few edits."""

import re
from datetime import UTC, datetime, timedelta

from tests.e2e.actions import ordered, until_card
from tests.e2e.database import change
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import completes

WAIT = re.compile(r"<t:(\d+):R>")


async def songs_were_made(rig: Rig, *waits_s: float) -> None:
    """Have songs stored that took so long; the bot is running afterwards."""
    async with job_factory(rig) as factory:
        for _ in waits_s:
            await factory.put()
    for key, wait_s in enumerate(waits_s, start=1):
        accepted(rig, key, wait_s, before="settled_at")
    await rig.start()


def accepted(rig: Rig, key: int, wait_s: float, *, before: str) -> None:
    """Have a job taken by Whisul so long before another moment of it; the bot must not be running."""
    moment = datetime.fromisoformat(rig.rows()[key - 1][before]) - timedelta(seconds=wait_s)
    change(rig, "UPDATE jobs SET accepted_at = ? WHERE key = ?", values=(f"{moment:%F %T.%f}", key))


def edits(rig: Rig) -> int:
    """How often the bot has drawn cards so far."""
    return len(rig.discord.requests_of("original.edit")) + len(rig.discord.requests_of("message.edit"))


async def test_queued_cards_show_how_many_jobs_are_ahead(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "the first")
    second, third, fourth = [
        await rig.compose(f"the {place}", user=user)
        for place, user in (("second", "bela"), ("third", "chidi"), ("fourth", "ada"))
    ]
    await until_card(rig, second, "You're next.")
    await until_card(rig, third, "1 song is ahead of yours.")
    await until_card(rig, fourth, "2 songs are ahead of yours.")
    assert "2 songs are ahead of yours." in words(await rig.status("#4"))
    await completes(rig, first.job_id)
    await until_card(rig, second, "Composing")
    assert second.answer
    assert "ahead of yours" not in words(second.answer)
    await until_card(rig, third, "You're next.")
    await until_card(rig, fourth, "1 song is ahead of yours.")


async def test_the_first_cards_show_whisuls_estimate_only(rig: Rig) -> None:
    await songs_were_made(rig, 60, 60)
    order = await ordered(rig)
    text = await until_card(rig, order.asked, "Most songs take a few minutes.")
    assert "▱" not in text
    assert "ready" not in text


async def test_after_three_songs_the_card_shows_an_expected_time(rig: Rig) -> None:
    await songs_were_made(rig, 500, 600, 700)
    before = datetime.now(UTC).timestamp()
    order = await ordered(rig)
    text = await until_card(rig, order.asked, "Should be ready <t:")
    assert "▱▱▱▱▱" in text
    (ready, _) = map(int, WAIT.findall(text))
    assert before + 679 <= ready <= datetime.now(UTC).timestamp() + 681
    assert "Should be ready by <t:" in words(await rig.status(order.job_id))


async def test_a_restart_keeps_the_card_going(rig: Rig) -> None:
    await songs_were_made(rig, 1000, 1000, 1000)
    order = await ordered(rig)
    await until_card(rig, order.asked, "▱▱▱▱▱")
    await rig.bot.kill()
    # As if the bot had been away for most of the song: it will be slow in some seconds.
    accepted(rig, 4, 1000 - 6, before="accepted_at")
    before = edits(rig)
    await rig.start()
    text = await until_card(rig, order.asked, "taking longer than most, which take about")
    assert "ready" not in text
    assert edits(rig) - before <= 2
    assert "taking longer than most" in words(await rig.status(order.job_id))
    await completes(rig, order.job_id)


async def test_a_song_costs_its_card_a_handful_of_edits(rig: Rig) -> None:
    await songs_were_made(rig, 26, 26, 26)
    before = edits(rig)
    order = await ordered(rig)
    await until_card(rig, order.asked, "▰▱▱▱▱")
    await completes(rig, order.job_id)
    await rig.until(lambda: order.asked.answer and not order.asked.answer.embeds)
    # Asked, taken, a step or two, and the line that is left of it.
    assert edits(rig) - before <= 5

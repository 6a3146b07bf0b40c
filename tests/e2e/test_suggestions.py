"""Suggestions for the job ID of /job status, and the effects of a look-up."""

import sqlite3
from contextlib import closing
from typing import Any

from bot.domain.jobs import JobState
from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul import failing
from tests.e2e.actions import assert_no_traceback, forbid, ordered, private_answer
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import until_logged


async def suggested(
    rig: Rig, typed: str = "", *, user: str = "ada", channel: str | Channel = "music"
) -> list[dict[str, Any]]:
    """The suggestions for a text typed into `job_id`."""
    asked = await rig.discord.autocomplete(
        user=user,
        channel=rig.channel(channel),
        name="job status",
        focused="job_id",
        options={"job_id": typed},
    )
    await rig.until(lambda: asked.choices is not None)
    assert asked.failed is None
    return list(asked.choices or [])


def names(choices: list[dict[str, Any]]) -> list[str]:
    return [choice["name"].split(" · ")[0] for choice in choices]


def links(message: Message) -> dict[str, str]:
    return {
        part["label"]: part["url"]
        for row in message.components
        for part in row["components"]
        if "url" in part
    }


async def test_ones_own_newest_jobs_are_offered_with_age_and_state(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        for number in range(1, 28):
            await factory.put(f"Song {number}")
        await factory.put(prompt="w" * 300, state=JobState.FAILED)
        await factory.put("Of another", user="dana")
    offered = await suggested(ready)
    assert len(offered) == 25
    assert names(offered)[1:4] == ["Song 27", "Song 26", "Song 25"]
    newest, second = ready.rows()[27], ready.rows()[26]
    assert offered[0]["name"].startswith("wwww")
    assert len(offered[0]["name"]) <= 100
    assert offered[0]["name"].endswith(f"… · 2 days ago · failed · {newest['job_id'][:8]}")
    assert (offered[1]["value"], second["title"]) == (second["job_id"], "Song 27")
    answer = await ready.status(offered[1]["value"])
    assert "Song 27" in words(answer)


async def test_what_is_typed_is_looked_for_in_title_prompt_tags_and_id(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        jobs = [
            await factory.put("Midnight Grid", prompt="a TRAP song", tags=("808s",)),
            await factory.put("100% Straße", prompt="polka", tags=()),
        ]
    for typed in (
        "midnight",
        "trap",
        "808s",  # IDs are hexadecimal: digits alone could be in one
        " GRID  song ",
        jobs[0].short_id,
        jobs[0].job_id or "",
        f"#{jobs[0].key}",
    ):
        assert names(await suggested(ready, typed)) == ["Midnight Grid"], typed
    for typed in ("STRASSE", "%", "0% str"):
        assert names(await suggested(ready, typed)) == ["100% Straße"], typed
    for typed in ("_", "\\", "'", "nothing like it", "#999999", "#0", "-", "x" * 2000):
        assert await suggested(ready, typed) == [], typed
    assert_no_traceback(ready)


async def test_nobody_is_offered_the_jobs_of_others(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        job = await factory.put("Of ada", user="ada")
    for typed in ("", "ada", job.short_id, f"#{job.key}"):
        assert await suggested(ready, typed, user="dana") == []
    assert names(await suggested(ready, channel=ready.discord.world.open_dm("ada"))) == ["Of ada"]


async def test_a_job_without_an_id_is_offered_by_its_number(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    await ordered(rig, "one")
    second = await rig.compose("two")
    await rig.until(lambda: second.answer and "slots are busy" in words(second.answer))
    (waiting, _) = await suggested(rig)
    assert (waiting["name"], waiting["value"]) == ("two · just now · in the queue · #2", "#2")


async def test_suggestions_that_cannot_be_read_are_none(rig: Rig) -> None:
    await rig.start()
    await ordered(rig)
    with closing(sqlite3.connect(rig.database)) as connection, connection:
        connection.execute("ALTER TABLE likes RENAME TO elsewhere")
        connection.execute("ALTER TABLE jobs RENAME COLUMN search_text TO lost")
    assert await suggested(rig, "trap") == []
    # The answer is on its way before the error is logged.
    await until_logged(rig, "suggestions_failed")


async def test_suggestions_that_come_too_late_for_discord_are_no_error(ready: Rig) -> None:
    await ordered(ready)
    ready.discord.script("callback", Fault.error(404, body={"code": 10062, "message": "Unknown interaction"}))
    await ready.discord.autocomplete(
        user="ada", channel="music", name="job status", focused="job_id", options={"job_id": "x"}
    )
    assert names(await suggested(ready)) == ["a trap song"]
    assert_no_traceback(ready)
    assert '"level": "error"' not in ready.bot.log


async def test_a_look_up_polls_a_running_job_once_an_interval(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="600")
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    assert "Midnight Grid" in words(await rig.status(order.short_id))
    second = await ordered(rig, "another")
    assert "Whisul is composing" in words(await rig.status(second.short_id))
    rig.whisul.finish(second.job_id)
    assert "Whisul is composing" in words(await rig.status(second.short_id))


async def test_the_original_is_the_card_until_there_is_a_post(ready: Rig) -> None:
    order = await ordered(ready)
    card = order.asked.response
    assert card is not None
    assert links(await ready.status(order.short_id))["Open original"].endswith(
        f"/{card.channel_id}/{card.id}"
    )
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    await ready.settled("completed")
    assert links(await ready.status(order.short_id))["Open original"].endswith(
        f"/{post.channel_id}/{post.id}"
    )


async def test_a_direct_message_is_linked_for_its_recipient_alone(ready: Rig) -> None:
    order = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    (told,) = ready.direct_messages()
    card = order.asked.response
    assert card is not None
    assert links(await ready.status(order.short_id))["Open original"].endswith(
        f"me/{told.channel_id}/{told.id}"
    )
    assert links(await ready.status(order.short_id, user="dana"))["Open original"].endswith(f"/{card.id}")


async def test_where_nothing_stands_nothing_is_linked(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="No trap here"))
    await private_answer(ready, await ready.compose())
    await ready.settled("failed")
    assert links(await ready.status("#1")) == {}

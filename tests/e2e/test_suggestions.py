"""Suggestions for the job ID of /job status, and the effects of a look-up."""

from typing import Any

from bot.domain.jobs import JobState
from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul import failing
from tests.e2e.actions import assert_no_traceback, forbid, ordered, private_answer
from tests.e2e.database import change
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import row_of, until_logged


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


async def test_a_job_without_an_id_is_offered_by_its_number(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    await ordered(rig, "one")
    second = await rig.compose("two")
    await rig.until(lambda: second.answer and "slots are busy" in words(second.answer))
    (waiting, _) = await suggested(rig)
    assert (waiting["name"], waiting["value"]) == ("two · just now · in the queue · #2", "#2")


async def test_suggestions_too_late_for_discord_or_unreadable_harm_nothing(ready: Rig) -> None:
    await ordered(ready)
    ready.discord.script("callback", Fault.error(404, body={"code": 10062, "message": "Unknown interaction"}))
    await ready.discord.autocomplete(
        user="ada", channel="music", name="job status", focused="job_id", options={"job_id": "x"}
    )
    assert names(await suggested(ready)) == ["a trap song"]
    assert_no_traceback(ready)
    assert '"level": "error"' not in ready.bot.log
    change(
        ready, "ALTER TABLE likes RENAME TO elsewhere", "ALTER TABLE jobs RENAME COLUMN search_text TO lost"
    )
    assert await suggested(ready, "trap") == []
    # The answer is on its way before the error is logged.
    await until_logged(ready, "suggestions_failed")


async def test_a_look_up_polls_a_running_job_once_an_interval(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="600")
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    assert "Midnight Grid" in words(await rig.status(order.short_id))
    second = await ordered(rig, "another")
    assert "Whisul is composing" in words(await rig.status(second.short_id))
    rig.whisul.finish(second.job_id)
    assert "Whisul is composing" in words(await rig.status(second.short_id))


async def original_of(rig: Rig, job_id: str, *, user: str = "ada") -> str | None:
    """Where a status links to."""
    return links(await rig.status(job_id, user=user)).get("Open original")


async def test_a_status_links_to_what_stands_where_its_reader_sees_it(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="No trap here"))
    await private_answer(ready, await ready.compose())
    await ready.settled("failed")
    assert links(await ready.status("#1")) == {}
    order = await ordered(ready)
    card = order.asked.response
    assert card is not None
    assert str(await original_of(ready, order.short_id)).endswith(f"/{card.channel_id}/{card.id}")
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    await row_of(ready, order.job_id, "completed")
    assert str(await original_of(ready, order.short_id)).endswith(f"/{post.channel_id}/{post.id}")
    direct = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.whisul.finish(direct.job_id)
    await row_of(ready, direct.job_id, "completed")
    (told,), card = ready.direct_messages(), direct.asked.response
    assert card is not None
    assert str(await original_of(ready, direct.short_id)).endswith(f"me/{told.channel_id}/{told.id}")
    assert str(await original_of(ready, direct.short_id, user="dana")).endswith(f"/{card.id}")

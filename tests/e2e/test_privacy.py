"""/privacy shows, exports and erases; data of left servers are erased."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.discord import Fault
from sandbox.discord.world.model import Message
from sandbox.whisul import Silence, failing
from tests.e2e.actions import assert_no_traceback, ordered, until_true
from tests.e2e.database import change, stored
from tests.e2e.factories import job_factory, listed, press, titles
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import log_lines

CONFIRM = "Erase my data"
PROMPT = "a song about my secret garden"


async def asked_for(rig: Rig, name: str, *, user: str = "ada", channel: str = "music") -> Message:
    asked = await rig.discord.command(user=user, channel=channel, name=f"privacy {name}", options={})
    answer = await rig.until(lambda: asked.answer)
    assert answer.ephemeral_for == asked.user.id
    return answer


async def erased(rig: Rig, *, user: str = "ada") -> Message:
    question = await asked_for(rig, "delete", user=user)
    await press(rig, question, CONFIRM, user=user)
    await rig.until(lambda: "**Erased:**" in question.content)
    return question


def stored_words(rig: Rig) -> str:
    """Everything in the database, as one text."""
    with closing(sqlite3.connect(f"file:{rig.database}?mode=ro", uri=True)) as connection:
        return "\n".join(connection.iterdump())


def guild_row(rig: Rig, guild_id: int) -> dict[str, Any]:
    rows = stored(rig, "SELECT * FROM guilds WHERE guild_id = ?", guild_id)
    return dict(rows[0]) if rows else {}


def nothing_personal(rig: Rig) -> bool:
    text = stored_words(rig)
    ada = str(rig.discord.world.user("ada").id)
    return not any(
        secret in text for secret in (PROMPT, ada, "Midnight Grid", "/audio/", "/covers/", "secret")
    )


async def test_privacy_show_says_what_is_stored_how_long_and_why(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        for _ in range(3):
            await factory.put()
        await factory.put(user="dana")
    await rig.start(ERASE_LEFT_GUILDS_AFTER_DAYS="14")
    await listed(rig)
    answer = await asked_for(rig, "show")
    for part in ("3 requested songs, 0 likes, 1 search", "14 days later", "30 days", "`/privacy delete`"):
        assert part in answer.content
    assert "I store nothing about you" in (await asked_for(rig, "show", user="chidi")).content


async def test_an_export_has_all_own_data_and_no_token(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        job = await factory.put(prompt='a\n"trap" söng')
        await factory.put("Of dana", user="dana")
    ada = ready.discord.world.user("ada").id
    change(ready, "INSERT INTO likes VALUES (2, ?, '2026-01-01 00:00:00.000000')", values=(ada,))
    order = await ordered(ready, PROMPT)
    await listed(ready, text="söng")
    token = ready.rows()[2]["interaction_token"]
    answer = await asked_for(ready, "export")
    (file,) = answer.files
    document = json.loads(file.content)
    assert token not in file.content.decode()
    assert document["user_id"] == str(ada)
    assert document["jobs_left_out"] == 0
    newest, oldest = document["jobs"]
    assert (newest["prompt"], newest["job_id"], newest["state"]) == (PROMPT, order.job_id, "running")
    assert oldest["prompt"] == job.prompt
    assert oldest["song"]["title"] == "Midnight Grid"
    assert oldest["post_message_id"] == str(job.post_message_id)
    assert [like["number"] for like in document["likes"]] == [2]
    assert [search["for"]["text"] for search in document["searches"]] == ["söng"]
    assert "Of dana" not in file.content.decode()


async def test_an_erasure_says_what_goes_and_afterwards_what_went_and_stays(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        mine = await factory.put(prompt=PROMPT)
        await factory.put("Of dana", user="dana")
    await rig.start()
    await listed(rig)
    question = await asked_for(rig, "delete")
    assert "can't undo this" in question.content
    assert "1 requested song, 0 likes, 1 search" in question.content
    assert PROMPT in stored_words(rig)
    await rig.bot.stop()
    await rig.start()
    await press(rig, question, CONFIRM)
    await rig.until(lambda: "**Erased:** 1 requested song, 0 likes, 1 search." in question.content)
    assert f"/{mine.post_channel_id}/{mine.post_message_id}" in question.content
    assert question.components == []
    assert PROMPT not in stored_words(rig)
    assert rig.rows()[0]["requester_id"] == 0
    assert rig.rows()[1]["title"] == "Of dana"
    for user in ("ada", "dana"):
        assert "I can't find a job" in words(await rig.status("#1", user=user))
        assert "I can't find a job" in words(await rig.status(mine.job_id or "", user=user))
    assert titles(await listed(rig, user="dana", scope="server", state="all")) == ["Of dana"]
    assert "There's nothing to erase" in (await asked_for(rig, "delete", user="chidi")).content
    assert_no_traceback(rig)


async def test_a_song_that_is_being_made_is_not_posted_and_leaves_nothing(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    card = order.asked.answer
    assert card is not None
    assert PROMPT in words(card)
    await erased(ready)
    await ready.until(lambda: "The requester erased this request" in card.content)
    assert PROMPT not in words(card)
    assert ready.row()["state"] == "detached"
    ready.whisul.finish(order.job_id)
    await ready.until_stored(lambda row: row["state"] == "completed")
    assert ready.row()["delivery"] == "none"
    assert ready.row()["bpm"] is not None
    assert nothing_personal(ready)
    (line,) = log_lines(ready, "job_erased")
    assert (line["job"], line["state"], line["requester_id"]) == (order.short_id, "detached", 0)
    # Whatever is due goes out in its turn: the song of another shows that the turn of this one has passed.
    other = await ordered(ready, "a trap song", user="dana")
    ready.whisul.finish(other.job_id)
    await ready.post()
    (post,) = ready.posts()
    assert other.job_id in words(post)
    assert ready.direct_messages() == []
    assert_no_traceback(ready)


async def test_a_queued_request_is_cancelled(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    await ordered(rig, "one", user="dana")
    waiting = await rig.compose(PROMPT)
    await rig.until(lambda: waiting.answer and "slots are busy" in words(waiting.answer))
    await erased(rig)
    await rig.until(lambda: waiting.answer and "Nothing was spent." in waiting.answer.content)
    assert rig.rows()[1]["state"] == "cancelled"
    assert nothing_personal(rig)
    assert len(rig.whisul.jobs) == 1
    assert [(line["job_key"], line["state"]) for line in log_lines(rig, "job_erased")] == [(2, "cancelled")]


async def test_an_erased_submit_in_flight_is_not_delivered(ready: Rig) -> None:
    becomes = {503: "cancelled", 500: "unknown", 400: "failed", 202: "detached"}
    for answer, state in becomes.items():
        if answer != 202:
            ready.whisul.script("submit", failing(answer, message="No secret gardens"))
        await erased_in_flight(ready)
        await ready.until_stored(lambda row, state=state: row["state"] == state)
        assert nothing_personal(ready), answer
    ready.whisul.finish(next(iter(ready.whisul.jobs)))
    await ready.until_stored(lambda row: row["state"] == "completed")
    assert [row["delivery"] for row in ready.rows()] == ["none"] * len(becomes)
    assert nothing_personal(ready)
    assert ready.posts() == ready.direct_messages() == []


async def erased_in_flight(rig: Rig) -> None:
    """Ask for a song that is erased before Whisul answers."""
    await listed(rig)
    question = await asked_for(rig, "delete")

    async def erase_meanwhile(kind: str, phase: str) -> None:
        if (kind, phase) == ("submit", "before"):
            rig.whisul.on_request = None
            await press(rig, question, CONFIRM)
            await rig.until(lambda: "**Erased:** 1 requested song, 0 likes, 1 search" in question.content)

    rig.whisul.on_request = erase_meanwhile
    await rig.compose(PROMPT)


async def test_songs_erased_while_they_are_made_are_not_delivered_after_a_crash(ready: Rig) -> None:
    running = await ordered(ready, PROMPT)
    ready.whisul.script("submit", Silence("before"))
    await ready.compose(PROMPT)
    await ready.until_stored(lambda row: row["state"] == "submitting")
    await erased(ready)
    await ready.bot.kill()
    ready.whisul.finish(running.job_id)
    await ready.start()
    await ready.until_all(lambda row: row["state"] in ("completed", "unknown"), number=2)
    assert [row["delivery"] for row in ready.rows()] == ["none"] * 2
    assert nothing_personal(ready)
    assert ready.posts() == []


async def test_a_post_that_is_under_way_is_taken_back(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    question = await asked_for(ready, "delete")

    async def erase_meanwhile(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.create", "handled"):
            ready.discord.on_request(None)
            await press(ready, question, CONFIRM)
            await ready.until(lambda: "**Erased:**" in question.content)

    ready.discord.on_request(erase_meanwhile)
    ready.whisul.finish(order.job_id)
    await ready.until(lambda: ready.discord.requests_of("message.delete"))
    await ready.until(lambda: ready.posts() == [])
    assert ready.row()["delivery"] == "none"
    assert nothing_personal(ready)
    assert_no_traceback(ready)


async def test_a_post_that_is_tried_again_and_again_is_given_up(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    ready.discord.script("message.create", Fault.error(503), times=99)
    ready.whisul.finish(order.job_id)
    await ready.until(lambda: ready.discord.requests_of("message.create"))
    await erased(ready)
    ready.discord.fault_script.clear()
    await ready.until_stored(lambda row: row["delivery"] == "none")
    other = await ordered(ready, "a trap song", user="dana")
    ready.whisul.finish(other.job_id)
    await ready.post()
    (post,) = ready.posts()
    assert other.job_id in words(post)
    assert PROMPT not in stored_words(ready)
    assert (ready.rows()[0]["title"], ready.rows()[0]["delivery"]) == (None, "none")


# --- servers ---


async def test_a_server_that_removes_the_bot_is_erased_after_its_days(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        await factory.put(prompt=PROMPT)
        await factory.put("Of the other server", channel="lobby")
    await rig.start(ERASE_LEFT_GUILDS_AFTER_DAYS="0")
    rig.discord.world.remove_bot("Night Owls")
    await rig.until_stored(lambda row: row["key"] == 1 and row["requester_id"] == 0)
    assert PROMPT not in stored_words(rig)
    assert rig.rows()[1]["title"] == "Of the other server"
    assert_no_traceback(rig)


async def test_a_removal_while_the_bot_was_off_is_found_and_can_be_undone(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        await factory.put(prompt=PROMPT)
    guild = rig.discord.world.guild("Night Owls")
    await rig.start()
    await until_true(rig, lambda: guild_row(rig, guild.id))
    await rig.bot.stop()
    rig.discord.world.remove_bot(guild)
    await rig.start()
    await until_true(rig, lambda: guild_row(rig, guild.id).get("left_at"))
    assert PROMPT in stored_words(rig)
    rig.discord.world.add_bot(guild)
    await until_true(rig, lambda: not guild_row(rig, guild.id)["left_at"])
    await rig.bot.stop()
    await rig.start(ERASE_LEFT_GUILDS_AFTER_DAYS="0")
    other = rig.discord.world.guild("Basement Tapes")
    rig.discord.world.remove_bot(other)
    await until_true(rig, lambda: guild_row(rig, other.id).get("erased_at"))
    assert PROMPT in stored_words(rig)


async def test_a_server_that_was_left_long_ago_is_erased_at_the_start(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        await factory.put(prompt=PROMPT)
        now = datetime.now(UTC)
        await factory.store.guilds.mark_left(
            rig.discord.world.guild("Night Owls").id, now=now - timedelta(days=31)
        )
        rig.discord.world.remove_bot("Night Owls")
    await rig.start()
    await rig.until_stored(lambda row: row["requester_id"] == 0)
    assert PROMPT not in stored_words(rig)

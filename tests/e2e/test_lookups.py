"""/job status: what it says of a job in every state, and to whom."""

import pytest

from sandbox.discord import Fault, Permission, Refused
from sandbox.discord.model import Channel, Message
from sandbox.whisul import Change, JobPlan, Planned, Silence, failing
from tests.e2e.rig import Rig, fields, words
from tests.e2e.steps import assert_no_traceback, ordered, private_answer
from tests.e2e.whisul_days import submits

UNKNOWN = "ffffffff"


def looks_the_same(answer: Message, unknown: Message, reference: str) -> bool:
    """Whether an answer differs from that for an unknown ID by the ID alone."""
    return (
        answer.content.replace(reference, UNKNOWN),
        answer.embeds,
        answer.components,
        answer.ephemeral_for,
    ) == (unknown.content, unknown.embeds, unknown.components, unknown.ephemeral_for)


async def assert_hidden(rig: Rig, *references: str, user: str, channel: str | Channel) -> None:
    unknown = await rig.status(UNKNOWN, user=user, channel=channel)
    assert "I know no job" in words(unknown)
    for reference in references:
        answer = await rig.status(reference, user=user, channel=channel)
        assert looks_the_same(answer, unknown, reference), words(answer)


async def assert_shown(rig: Rig, *references: str, user: str, channel: str | Channel) -> None:
    for reference in references:
        answer = await rig.status(reference, user=user, channel=channel)
        assert answer.ephemeral_for == rig.discord.world.user(user).id
        assert "Midnight Grid" in words(answer), reference


async def test_another_server_never_learns_of_a_job(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="ada", channel="music")
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    # dana is in both servers and sees the channel, but does not ask in its server.
    for user in ("eve", "dana"):
        await assert_hidden(rig, order.job_id, order.short_id, "#1", user=user, channel="lobby")
    await assert_shown(rig, order.job_id, order.short_id, "#1", user="dana", channel="general")


async def test_the_requester_is_shown_their_job_everywhere(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="ada", channel="music")
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    private = rig.discord.world.open_dm("ada")
    for channel in (rig.channel("music"), rig.channel("general"), rig.channel("lobby"), private):
        await assert_shown(rig, order.job_id, order.short_id, user="ada", channel=channel)
    await assert_hidden(rig, order.job_id, user="dana", channel=rig.discord.world.open_dm("dana"))


async def test_a_channel_that_somebody_cannot_see_keeps_its_jobs_from_them(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="bela", channel="backstage")
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    await assert_hidden(rig, order.job_id, order.short_id, "#1", user="dana", channel="general")
    await assert_shown(rig, order.short_id, user="ada", channel="general")
    await assert_shown(rig, order.short_id, user="bela", channel="general")


async def test_a_private_thread_keeps_its_jobs_from_those_who_are_not_in_it(rig: Rig) -> None:
    await rig.start()
    thread = rig.discord.world.add_thread("music", "secret jam", owner="ada", private=True)
    thread.thread_member_ids.add(rig.discord.world.bot.id)
    rig.discord.world.set_thread(thread)
    order = await ordered(rig, user="ada", channel=thread)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    await assert_hidden(rig, order.short_id, user="dana", channel="music")
    await assert_shown(rig, order.short_id, user="bela", channel="music")


async def test_a_channel_that_is_closed_later_hides_what_was_shown_before(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    await assert_shown(rig, order.short_id, user="dana", channel="general")
    world = rig.discord.world
    world.deny("music", "dana", Permission.VIEW_CHANNEL)
    await assert_hidden(rig, order.short_id, user="dana", channel="general")
    await assert_shown(rig, order.short_id, user="chidi", channel="general")


async def test_references_are_read_in_any_case_and_with_blanks_around_them(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    spellings = (
        order.job_id.upper(),
        f"  {order.short_id.upper()} ",
        order.job_id.replace("-", ""),
        "#1",
        " #1 ",
        "#0001",
    )
    await assert_shown(rig, *spellings, user="ada", channel="music")


async def test_hostile_references_find_nothing_and_harm_nothing(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    hostile = (
        "%",
        "________",
        f"{order.short_id[:7]}_",
        f"{order.short_id}%",
        "'; DROP TABLE jobs; --",
        "' OR '1'='1",
        "#1 OR 1=1",
        "#-1",
        "#99999999999999999999999",
        "1",
        "\x00",
        "#\u0661",
        "`@everyone` <@1> **x** [a](https://evil.example)",
        "x" * 64,
    )
    for reference in hostile:
        answer = await rig.status(reference)
        assert "I know no job" in words(answer), reference
        assert not answer.mention_everyone
        assert answer.named_user_ids == []
        assert "@everyone" not in answer.content
    with pytest.raises(Refused):
        await rig.status("x" * 601)
    assert rig.row()["job_id"] == order.job_id
    assert_no_traceback(rig)
    assert '"level": "error"' not in rig.bot.log


async def test_a_job_is_shown_as_it_stands_from_the_queue_to_its_post(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "one")
    second = await rig.compose("two")
    await rig.until(lambda: second.answer and "places are taken" in words(second.answer))
    waiting = await rig.status("#2")
    assert "Waiting to be sent" in words(waiting)
    assert "Nothing has been spent yet" in words(waiting)
    running = await rig.status(first.short_id)
    assert "Whisul is composing" in words(running)
    assert f"Will be posted in <#{rig.channel('music').id}>" in fields(running)["Delivery"]
    rig.whisul.finish(first.job_id)
    post = await rig.post()
    await rig.until_stored(lambda row: row["key"] == 1 and row["delivery"] == "delivered")
    done = await rig.status(first.short_id)
    assert fields(done)["Delivery"] == f"Posted in <#{post.channel_id}>."
    links = [button.get("url") for row in done.components for button in row["components"]]
    assert (
        f"https://discord.com/channels/{rig.channel('music').guild_id}/{post.channel_id}/{post.id}" in links
    )
    await rig.until_stored(lambda row: row["key"] == 2 and row["state"] == "running")
    assert "Whisul is composing" in words(await rig.status("#2"))


async def test_a_failed_job_is_shown_with_whisuls_reason_and_a_link_to_its_post(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    post = await rig.post()
    await rig.settled("failed")
    answer = await rig.status(order.short_id)
    assert "The drummer left" in words(answer)
    links = [button["url"] for row in answer.components for button in row["components"]]
    assert [link for link in links if link.endswith(f"/{post.channel_id}/{post.id}")]


async def test_a_refused_job_is_shown_as_told_privately(rig: Rig) -> None:
    rig.whisul.script("submit", failing(400, message="No trap here"))
    await rig.start()
    asked = await rig.compose()
    await private_answer(rig, asked)
    row = await rig.settled("failed")
    assert (row["rung"], row["reason"], row["post_message_id"]) == ("interaction", "refused", None)
    assert [card for card in rig.cards() if not card.ephemeral] == []
    answer = await rig.status("#1")
    assert "No trap here" in words(answer)
    assert "Nothing was spent" in words(answer)
    assert fields(answer)["Delivery"] == "Told privately, in answer to the command."


async def test_a_job_whose_submit_is_under_way_is_shown_as_being_sent(rig: Rig) -> None:
    rig.whisul.script("submit", Silence("before"))
    await rig.start()
    await rig.compose()
    await rig.until_stored(lambda row: row["state"] == "submitting")
    assert "Being sent to Whisul" in words(await rig.status("#1"))


async def test_a_job_of_unknown_outcome_says_so(rig: Rig) -> None:
    rig.whisul.script("submit", failing(502))
    await rig.start()
    await rig.compose()
    await rig.settled("unknown")
    answer = await rig.status("#1")
    assert "may or may not have made the song" in words(answer)


async def test_a_look_up_whose_acknowledgement_got_lost_is_answered_all_the_same(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.script("callback", Fault.connection_reset(handled=True))
    assert "Whisul is composing" in words(await rig.status(order.short_id))


ODD_IDS: dict[str, object] = {
    "number": 12345678901234567890,
    "short": "4711",
    "words": "song_2026-11-28_000042",
    "path": "../../keys?x=1#y",
    "markdown": "`@everyone` **[x](http://evil.example)** \u202e",
    "long": "x" * 512,
}


@pytest.mark.parametrize("job_id", ODD_IDS.values(), ids=ODD_IDS)
async def test_a_job_id_that_is_no_uuid_is_followed_and_found(rig: Rig, job_id: object) -> None:
    rig.whisul.script("submit", Planned(JobPlan(job_id=str(job_id))), Change(job={"job_id": job_id}))
    await rig.start()
    asked = await rig.compose()
    await rig.until_stored(lambda row: row["state"] == "running")
    await rig.until(lambda: asked.answer and "#1" in words(asked.answer))
    rig.whisul.finish(str(job_id))
    await rig.settled("completed")
    assert (rig.row()["job_id"], len(submits(rig))) == (str(job_id), 1)
    (post,) = rig.posts()
    assert post.pinged_user_ids == [asked.user.id]
    assert "evil" not in words(post)
    for reference in ("#1", "`#1`", str(job_id)):
        assert words(await rig.status(reference)).endswith("\nJob #1")


async def test_references_are_read_out_of_quotes_and_markdown(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    spellings = (
        f"`{order.short_id}`",
        f"**{order.short_id}**",
        f'"{order.job_id}"',
        f"\u201c{order.job_id}\u201d",
        f"#{order.short_id}",
        f"`#{order.job_id}`",
        f"<{order.job_id}>",
        "`#1`",
    )
    await assert_shown(rig, *spellings, user="ada", channel="music")

"""/job status: its answer for a job in every state, and its access rule."""

import pytest

from sandbox.discord import Fault, Permission, Refused
from sandbox.discord.world.model import Channel, Message
from sandbox.whisul import Change, JobPlan, Planned, failing
from tests.e2e.actions import Order, assert_no_traceback, ordered, private_answer, until_card
from tests.e2e.rig import Rig, fields, words
from tests.e2e.whisul_actions import row_of, submits

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
    assert "I can't find a job" in words(unknown)
    for reference in references:
        answer = await rig.status(reference, user=user, channel=channel)
        assert looks_the_same(answer, unknown, reference), words(answer)


async def assert_shown(rig: Rig, order: Order, *references: str, user: str, channel: str | Channel) -> None:
    for reference in references or (order.short_id,):
        answer = await rig.status(reference, user=user, channel=channel)
        assert answer.ephemeral_for == rig.discord.world.user(user).id
        assert order.job.song.title in words(answer), reference


async def test_a_job_is_shown_to_those_alone_who_see_its_channel(ready: Rig) -> None:
    world = ready.discord.world
    thread = world.add_thread("music", "secret jam", owner="ada", private=True)
    world.add_to_thread(thread, world.bot)
    open_to_all = await ordered(ready, user="ada", channel="music")
    of_managers = await ordered(ready, user="bela", channel="backstage")
    of_thread = await ordered(ready, user="ada", channel=thread)
    for order in (open_to_all, of_managers, of_thread):
        ready.whisul.finish(order.job_id)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=3)
    # Another server never learns of a job: dana is in both and sees the channel, but does not ask in its server.
    numbers = [f"#{row['key']}" for row in ready.rows()]
    spellings = (open_to_all.job_id, open_to_all.short_id, numbers[0])
    for user in ("eve", "dana"):
        await assert_hidden(ready, *spellings, user=user, channel="lobby")
    await assert_shown(ready, open_to_all, *spellings, user="dana", channel="general")
    # The requester is shown it everywhere.
    for channel in (
        ready.channel("music"),
        ready.channel("general"),
        ready.channel("lobby"),
        world.open_dm("ada"),
    ):
        await assert_shown(ready, open_to_all, *spellings[:2], user="ada", channel=channel)
    await assert_hidden(ready, open_to_all.job_id, user="dana", channel=world.open_dm("dana"))
    # A channel that somebody cannot see keeps its jobs from them, and so does a private thread that they are not in.
    hidden = (of_managers.job_id, of_managers.short_id, numbers[1], of_thread.short_id, numbers[2])
    await assert_hidden(ready, *hidden, user="dana", channel="general")
    for user in ("ada", "bela"):
        await assert_shown(ready, of_managers, user=user, channel="general")
    await assert_shown(ready, of_thread, user="bela", channel="music")
    # A channel that is closed later hides what was shown before.
    world.deny("music", "dana", Permission.VIEW_CHANNEL)
    await assert_hidden(ready, *spellings, user="dana", channel="general")
    await assert_shown(ready, open_to_all, user="chidi", channel="general")


async def test_hostile_references_find_nothing_and_harm_nothing(ready: Rig) -> None:
    order = await ordered(ready)
    key = ready.row()["key"]
    hostile = (
        "%",
        "________",
        f"{order.short_id[:7]}_",
        f"{order.short_id}%",
        "'; DROP TABLE jobs; --",
        "' OR '1'='1",
        f"#{key} OR 1=1",
        "#-1",
        "#99999999999999999999999",
        f"{key}",
        "\x00",
        "#" + "".join(chr(0x0660 + int(digit)) for digit in str(key)),
        "`@everyone` <@1> **x** [a](https://evil.example)",
        "x" * 64,
    )
    # Only the answer to the acknowledgement is lost.
    ready.discord.script("callback", Fault.connection_reset(handled=True))
    assert "Whisul is composing" in words(await ready.status(order.short_id))
    for reference in hostile:
        answer = await ready.status(reference)
        assert "I can't find a job" in words(answer), reference
        assert not answer.mention_everyone
        assert answer.mentioned_user_ids == []
        assert "@everyone" not in answer.content
    with pytest.raises(Refused):
        await ready.status("x" * 601)
    assert ready.row()["job_id"] == order.job_id
    assert_no_traceback(ready)
    assert '"level": "error"' not in ready.bot.log


async def test_a_job_is_shown_as_it_stands_from_the_queue_to_its_post(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "one")
    second = await rig.compose("two")
    await rig.until(lambda: second.answer and "slots are busy" in words(second.answer))
    waiting = await rig.status("#2")
    assert "In the queue" in words(waiting)
    assert "Nothing has been spent yet" in words(waiting)
    running = await rig.status(first.short_id)
    assert "Whisul is composing" in words(running)
    assert f"I'll post it in <#{rig.channel('music').id}>" in fields(running)["Delivery"]
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
    rig.whisul.finish(rig.whisul.submits[1].job_id, status="failed", error="The drummer left")
    post = await rig.post(number=2)
    await rig.until_stored(lambda row: row["key"] == 2 and row["delivery"] == "delivered")
    failed = await rig.status("#2")
    assert "The drummer left" in words(failed)
    links = [button["url"] for row in failed.components for button in row["components"] if "url" in button]
    assert [link for link in links if link.endswith(f"/{post.channel_id}/{post.id}")]


async def test_a_job_that_was_refused_or_never_answered_for_is_shown_so(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="No trap here"))
    ready.whisul.script("submit", failing(502))
    await private_answer(ready, await ready.compose())
    row = await ready.settled("failed")
    assert (row["rung"], row["reason"], row["post_message_id"]) == ("interaction", "refused", None)
    assert [card for card in ready.cards() if not card.ephemeral] == []
    refused = await ready.status(f"#{row['key']}")
    assert "No trap here" in words(refused)
    assert "Nothing was spent" in words(refused)
    assert fields(refused)["Delivery"] == "I sent it in my private answer to the command."
    await ready.compose()
    await ready.until_stored(lambda row: row["state"] == "unknown" and row["delivery"] == "delivered")
    assert "don't know whether Whisul made the song" in words(
        await ready.status(f"#{ready.rows()[1]['key']}")
    )


async def test_a_job_id_that_is_no_uuid_is_followed_and_found(ready: Rig) -> None:
    odd_ids: list[object] = [
        12345678901234567890,
        "../../keys?x=1#y",
        "`@everyone` **[x](http://evil.example)** \u202e",
        "x" * 512,
    ]
    for number, job_id in enumerate(odd_ids, start=1):
        ready.whisul.script("submit", Planned(JobPlan(job_id=str(job_id))), Change(job={"job_id": job_id}))
        asked = await ready.compose()
        await ready.until_all(lambda row: row["state"] in ("running", "completed"), number=number)
        key = ready.rows()[-1]["key"]
        await until_card(ready, asked, f"#{key}")
        ready.whisul.finish(str(job_id))
        post = await ready.post(number=number)
        await row_of(ready, str(job_id), "completed")
        assert post.pinged_user_ids == [asked.user.id], job_id
        assert "evil" not in words(post)
        for reference in (f"#{key}", f"`#{key}`", str(job_id)):
            assert words(await ready.status(reference)).endswith(f"\nJob #{key}"), job_id
    assert [row["job_id"] for row in ready.rows()] == list(map(str, odd_ids))
    assert len(submits(ready)) == len(odd_ids)

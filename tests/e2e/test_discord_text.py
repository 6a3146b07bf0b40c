"""Text of users and of Whisul is never active markup in a message."""

import pytest

from sandbox.whisul import failing
from tests.e2e.actions import ordered, private_answer
from tests.e2e.rig import Rig, embed, words

HOSTILE = "@everyone <@{bela}> <@&1> **bold** [here](https://evil.example) `code` <#1> discord.gg/evil"
ALIVE = ("@everyone", "**bold**", "[here](", "`code`", " <#1>", " <@&1>", "discord.gg/")


def hostile(rig: Rig) -> str:
    return HOSTILE.format(bela=rig.discord.world.user("bela").id)


def assert_harmless(rig: Rig, text: str) -> None:
    assert [each for each in (*ALIVE, f" <@{rig.discord.world.user('bela').id}>") if each in text] == []
    assert r"\*\*bold\*\*" in text


async def test_a_hostile_prompt_is_harmless_on_the_card_and_on_the_post(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, hostile(rig))
    card = order.asked.answer
    assert card is not None
    assert_harmless(rig, embed(card)["description"])
    assert (card.pinged_user_ids, card.mention_everyone, card.mentioned_role_ids) == ([], False, [])
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    assert_harmless(rig, embed(post)["description"])
    assert post.pinged_user_ids == post.mentioned_user_ids == [order.asked.user.id]
    assert (post.mention_everyone, post.mentioned_role_ids) == (False, [])


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_a_hostile_prompt_is_harmless_on_the_line_that_is_left_of_the_card(
    rig: Rig, status: str
) -> None:
    await rig.start()
    order = await ordered(rig, hostile(rig))
    if status == "completed":
        rig.whisul.finish(order.job_id, result={"song_url": f"http://{rig.whisul.media_host}/audio/x.mp3"})
    else:
        rig.whisul.finish(order.job_id, status="failed", error=hostile(rig))
    post = await rig.post()
    await rig.settled(status)
    line = order.asked.answer
    assert line is not None
    assert not line.embeds
    assert (line.pinged_user_ids, line.mentioned_user_ids, line.mention_everyone) == ([], [], False)
    assert "@everyone" not in line.content
    assert "[here](" not in line.content
    assert post.pinged_user_ids == [order.asked.user.id]
    assert "@everyone" not in words(post)


async def test_a_hostile_title_is_harmless_and_pings_nobody_but_the_requester(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    job = rig.whisul.jobs[order.job_id]
    rig.whisul.finish(
        order.job_id,
        result={
            "title": hostile(rig),
            "tags": "@everyone, `x`",
            "song_url": f"http://{rig.whisul.media_host}/audio/{job.job_id[:8]}.mp3",
        },
    )
    post = await rig.post()
    assert_harmless(rig, embed(post)["title"])
    assert "@everyone" not in words(post)
    assert post.pinged_user_ids == [order.asked.user.id]
    await rig.settled("completed")
    line = order.asked.answer
    assert line is not None
    assert "@everyone" not in line.content
    assert not line.mention_everyone


async def test_a_refused_hostile_prompt_is_harmless_in_the_private_answer(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", failing(400, message="No <@1> @everyone **please**"))
    asked = await rig.compose(hostile(rig))
    answer = await private_answer(rig, asked)
    assert_harmless(rig, answer.content)
    assert "**please**" not in answer.content
    assert (answer.pinged_user_ids, answer.mentioned_user_ids, answer.mention_everyone) == ([], [], False)

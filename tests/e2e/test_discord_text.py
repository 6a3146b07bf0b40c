"""Text of users and of Whisul is never active markup in a message."""

from sandbox.discord.world.model import Message
from sandbox.whisul import failing
from tests.e2e.actions import ordered, private_answer
from tests.e2e.rig import Rig, embed, words
from tests.e2e.whisul_actions import audio_url

HOSTILE = "@everyone <@{bela}> <@&1> **bold** [here](https://evil.example) `code` <#1> discord.gg/evil"
ALIVE = ("@everyone", "**bold**", "[here](", "`code`", " <#1>", " <@&1>", "discord.gg/")


def hostile(rig: Rig) -> str:
    return HOSTILE.format(bela=rig.discord.world.user("bela").id)


def assert_harmless(rig: Rig, text: str) -> None:
    assert [each for each in (*ALIVE, f" <@{rig.discord.world.user('bela').id}>") if each in text] == []
    assert r"\*\*bold\*\*" in text


def assert_pings(message: Message, *user_ids: int) -> None:
    assert message.pinged_user_ids == message.mentioned_user_ids == list(user_ids)
    assert (message.mention_everyone, message.mentioned_role_ids) == (False, [])
    assert "@everyone" not in words(message)


async def test_hostile_text_of_a_song_is_harmless_on_card_post_and_line(ready: Rig) -> None:
    order = await ordered(ready, hostile(ready))
    card = order.asked.answer
    assert card is not None
    assert_harmless(ready, embed(card)["description"])
    assert_pings(card)
    result: dict[str, object] = {
        "title": hostile(ready),
        "tags": "@everyone, `x`",
        "song_url": audio_url(ready, order.job_id),
    }
    ready.whisul.finish(order.job_id, result=result)
    post = await ready.post()
    assert_harmless(ready, embed(post)["title"])
    assert_harmless(ready, embed(post)["description"])
    assert_pings(post, order.asked.user.id)
    await ready.settled("completed")
    assert not card.embeds
    assert "[here](" not in card.content
    assert_pings(card)


async def test_hostile_text_of_a_failure_is_harmless_on_post_and_line(ready: Rig) -> None:
    order = await ordered(ready, hostile(ready))
    ready.whisul.finish(order.job_id, status="failed", error=hostile(ready))
    assert_pings(await ready.post(), order.asked.user.id)
    await ready.settled("failed")
    line = order.asked.answer
    assert line is not None
    assert not line.embeds
    assert "[here](" not in line.content
    assert_pings(line)
    ready.whisul.script("submit", failing(400, message="No <@1> @everyone **please**"))
    answer = await private_answer(ready, await ready.compose(hostile(ready)))
    assert_harmless(ready, answer.content)
    assert "**please**" not in answer.content
    assert_pings(answer)

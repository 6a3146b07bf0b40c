"""The results channel: songs are posted there once, or in the channel of the request if that fails."""

from sandbox.discord import Fault, Permission
from tests.e2e.actions import forbid, killed_at, ordered
from tests.e2e.config_actions import results_in, used
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import row_of


async def test_a_song_is_posted_in_the_results_channel_and_the_card_links_to_it(ready: Rig) -> None:
    await results_in(ready, "general")
    order = await ordered(ready, user="dana")
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    (post,) = ready.posts("general")
    assert ready.posts("music") == []
    assert f"You requested it in <#{ready.channel('music').id}>" in post.content
    assert (row["post_channel_id"], row["post_message_id"]) == (post.channel_id, post.id)
    (card,) = [card for card in ready.cards("music") if not card.ephemeral]
    assert f"/{post.channel_id}/{post.id}" in card.content
    # A failure stays where it was asked for.
    order = await ordered(ready)
    ready.whisul.finish(order.job_id, status="failed", error="The drummer left")
    await row_of(ready, order.job_id, "failed")
    assert [len(ready.posts("general")), len(ready.posts("music"))] == [1, 1]


async def test_a_results_channel_needs_permissions_but_may_be_an_archived_thread(ready: Rig) -> None:
    refusal = await results_in(ready, "announcements")
    assert "**Send Messages**" in words(refusal)
    assert "Nothing was changed" in words(refusal)
    assert "posted where they were requested" in words(await used(ready, "config show"))
    assert "Saved" in words(await results_in(ready, "open jam"))
    ready.discord.world.set_thread("open jam", archived=True)
    order = await ordered(ready, channel="general")
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    assert len(ready.posts("open jam")) == 1


async def test_refused_in_the_results_channel_a_song_goes_to_its_own(ready: Rig) -> None:
    await results_in(ready, "general")
    order = await ordered(ready)
    ready.discord.script(
        "message.create", Fault.error(403, body={"message": "Missing Access", "code": 50001})
    )
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    assert [len(ready.posts("general")), len(ready.posts("music"))] == [0, 1]
    assert ready.direct_messages() == []
    order = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES, "general")
    ready.whisul.finish(order.job_id)
    post = await ready.post("music", number=2)
    assert f"It belongs in <#{ready.channel('general').id}>" in post.content
    assert post.reference is not None


async def test_a_post_of_unknown_outcome_is_found_in_the_results_channel(ready: Rig) -> None:
    await results_in(ready, "general")
    order = await ordered(ready)
    ready.discord.bot_messages.nonce_window_s = 0
    ready.discord.script("message.create", Fault.connection_reset(handled=True))
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    assert [len(ready.posts("general")), len(ready.posts("music"))] == [1, 0]
    order = await ordered(ready)
    ended = killed_at(ready, "message.create", "handled")
    ready.whisul.finish(order.job_id)
    await ended()
    await ready.start()
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    assert [len(ready.posts("general")), len(ready.posts("music"))] == [2, 0]

"""Discord refuses a part of a message: the rest is sent and says what is missing."""

from sandbox.discord import Fault, SeenRequest
from sandbox.discord.json_types import is_object
from sandbox.discord.rest import content_filters
from sandbox.discord.rest.content_filters import ContentFilter
from sandbox.discord.rules.errors import DiscordError
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, ordered, places, until_card
from tests.e2e.rig import Rig, embed, listen_url, words
from tests.e2e.whisul_actions import row_of

PROMPT = "a trap song"


def everything_but_plain_text(seen: SeenRequest) -> DiscordError | None:
    """Refuses everything beyond a few words, without naming a field."""
    if seen.kind not in content_filters.AUTOMOD_KINDS or not is_object(seen.json):
        return None
    is_more = seen.json.get("embeds") or seen.json.get("components") or seen.files
    return DiscordError(400, 50035, "Invalid Form Body") if is_more else None


async def told_in_the_channel(rig: Rig, content_filter: ContentFilter, *, fails: bool = False) -> Message:
    """Make a song of whose post Discord refuses a part; assert that it is posted in its channel."""
    # In a channel of its own, since refused posts count in Discord's rate limit too.
    (channel,) = places(rig, [f"song-{len(rig.rows())}"]).values()
    order = await ordered(rig, PROMPT, channel=channel)
    rig.discord.rest.content_filter = content_filter
    if fails:
        rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    else:
        rig.whisul.finish(order.job_id)
    post = await rig.post(channel)
    row = await row_of(rig, order.job_id, "failed" if fails else "completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert rig.posts(channel) == [post]
    assert rig.direct_messages() == []
    assert post.pinged_user_ids == [order.asked.user.id]
    await rig.until(lambda: order.asked.answer and not order.asked.answer.embeds)  # its card's last words
    assert_no_traceback(rig)
    rig.discord.rest.content_filter = None
    return post


async def test_refused_parts_of_a_message_are_left_out(ready: Rig) -> None:
    plain = await told_in_the_channel(ready, everything_but_plain_text)
    assert (plain.embeds, plain.components, plain.files) == ([], [], [])
    assert "Midnight Grid" in plain.content
    assert "/audio/81fa5ff7.mp3" in plain.content
    without_link = await told_in_the_channel(ready, content_filters.song_links)
    assert "://" not in words(without_link)
    assert len(without_link.files) == 2
    assert "Listen (link removed)" in words(without_link)
    without_files = await told_in_the_channel(ready, content_filters.files)
    assert without_files.files == []
    assert listen_url(without_files).endswith(".mp3")
    alone = await told_in_the_channel(ready, content_filters.replies)
    assert alone.reference is None
    ready.discord.rest.content_filter = content_filters.each_of(
        content_filters.link_buttons, content_filters.embed_pictures
    )
    for command, options in (("job status", {"job_id": "81fa5ff7"}), ("songs list", {})):
        asked = await ready.discord.command(user="ada", channel="music", name=command, options=options)
        await until_card(ready, asked, "Midnight Grid")
    assert_no_traceback(ready)


async def test_what_automod_blocks_is_not_quoted_and_the_post_says_so(ready: Rig) -> None:
    untitled = await told_in_the_channel(ready, content_filters.words("trap song", "Midnight"))
    assert "AutoMod" in untitled.content
    assert "/job status" in untitled.content
    unquoted = await told_in_the_channel(ready, content_filters.words("trap song"))
    assert "trap song" not in words(unquoted)
    assert "AutoMod" in words(unquoted)
    assert len(unquoted.files) == 2
    (card,) = ready.cards(ready.discord.world.channels[unquoted.channel_id])
    assert card.content.endswith(f"/{unquoted.id}")
    failure = await told_in_the_channel(ready, content_filters.words("trap song"), fails=True)
    assert "trap song" not in words(failure)
    assert "Whisul couldn't make this song" in words(failure)


async def test_a_refused_picture_is_left_out(rig: Rig) -> None:
    await rig.start(ATTACH_MEDIA="false")
    order = await ordered(rig)
    rig.discord.rest.content_filter = content_filters.embed_pictures
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    await rig.settled("completed")
    assert "thumbnail" not in embed(post)
    assert "Midnight Grid" in words(post)


async def test_a_plain_post_is_found_after_its_answer_was_lost(ready: Rig) -> None:
    ready.discord.bot_messages.nonce_window_s = -1
    order = await ordered(ready)
    ready.discord.rest.content_filter = everything_but_plain_text
    refused = 4  # addresses, files, quotes, links: then the plain text is taken
    ready.discord.script("message.create", Fault.error(503, handled=True), skip=refused + 1)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    assert len(ready.posts()) == 1


async def test_files_whose_upload_keeps_breaking_are_linked(ready: Rig) -> None:
    order = await ordered(ready)
    ready.discord.fault_script.add("message.create", Fault.cut_off(), times=3)
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    await ready.settled("completed")
    assert post.files == []
    assert "Discord didn't accept the file" in words(post)

"""Posts in forums and media channels, and what states of channels and members refuse, as real discord.py meets them."""

import io

import discord
import pytest
from discord import app_commands

from sandbox.discord import DiscordStandIn, Permission, Refused
from sandbox.discord.rest import content_filters
from sandbox.discord.world.model import Channel, ChannelType
from sandbox.discord.world.world import EVERYONE
from tests.sandbox.standin_bot import SmallBot, Use, code_of, running


@pytest.fixture
def board(stand_in: DiscordStandIn) -> Channel:
    return stand_in.world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)


def forum(bot: SmallBot, channel: Channel) -> discord.ForumChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.ForumChannel)
    return found


def tag_of(tag_id: int) -> discord.ForumTag:
    """A tag as a client may hold it, whether the forum has it or not."""
    tag = discord.ForumTag(name="held")
    tag.id = tag_id
    return tag


@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.MEDIA])
async def test_a_post_is_a_thread_whose_first_message_has_its_id(
    stand_in: DiscordStandIn, kind: ChannelType
) -> None:
    place = stand_in.world.add_channel("Night Owls", "board", kind=kind)
    tag = stand_in.world.add_tag(place, "trap")
    async with running(stand_in) as bot:
        channel = forum(bot, place)
        made = await channel.create_thread(
            name="Midnight Grid",
            content="a song",
            file=discord.File(io.BytesIO(b"la"), "song.mp3"),
            applied_tags=[channel.available_tags[0]],
        )
        assert made.thread.id == made.message.id
        assert [each.id for each in made.thread.applied_tags] == [tag.id]
        (sent,) = stand_in.messages(stand_in.world.channel("Midnight Grid"))
        assert [file.filename for file in sent.files] == ["song.mp3"]
        assert await code_of(bot.get_partial_messageable(place.id).send("bare")) == 40058


async def test_a_post_needs_the_permission_to_send_and_a_title(
    board: Channel, bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    channel = forum(bot, board)
    stand_in.world.deny(
        board, EVERYONE, Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS
    )
    assert await channel.create_thread(name="taken", content="x")
    assert await code_of(channel.create_thread(name="x" * 101, content="x")) == 50035
    assert await code_of(channel.create_thread(name="empty")) == 50006
    stand_in.world.deny(board, stand_in.world.bot, Permission.ATTACH_FILES)
    file = discord.File(io.BytesIO(b"la"), "song.mp3")
    assert await code_of(channel.create_thread(name="file", file=file)) == 50013
    stand_in.world.deny(board, stand_in.world.bot, Permission.SEND_MESSAGES)
    assert await code_of(channel.create_thread(name="no", content="x")) == 50013


async def test_a_forum_can_require_a_tag_and_keep_some_for_moderators(
    board: Channel, bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world, channel = stand_in.world, forum(bot, board)
    world.require_tag(board)
    world.add_tag(board, "official", moderated=True)
    await bot.heard("CHANNEL_UPDATE")
    assert channel.flags.require_tag
    assert await code_of(channel.create_thread(name="x", content="x")) == 40066
    world.add_tag(board, "trap")
    assert await code_of(channel.create_thread(name="x", content="x")) == 40067
    unknown = tag_of(1)
    assert await code_of(channel.create_thread(name="x", content="x", applied_tags=[unknown])) == 10087
    official = tag_of(board.tags[0].id)
    assert await code_of(channel.create_thread(name="x", content="x", applied_tags=[official])) == 50013
    world.allow(board, world.bot, Permission.MANAGE_THREADS)
    assert await channel.create_thread(name="x", content="x", applied_tags=[official])


async def test_automod_checks_title_and_message_of_a_post(
    board: Channel, bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    stand_in.rest.content_filter = content_filters.words("rude")
    channel = forum(bot, board)
    assert await code_of(channel.create_thread(name="a rude title", content="x")) == 200001
    assert await code_of(channel.create_thread(name="x", content="a rude prompt")) == 200000


async def test_a_posts_creator_renames_it_and_only_moderators_delete_it(
    board: Channel, bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    made = await forum(bot, board).create_thread(name="Midnight Grid", content="x")
    await made.thread.edit(name="Erased")
    assert stand_in.world.channel("Erased").id == made.thread.id
    theirs = await bot.fetch_channel(stand_in.world.add_thread(board, "theirs", owner="dana").id)
    assert isinstance(theirs, discord.Thread)
    assert await code_of(theirs.edit(name="mine")) == 50013
    assert await code_of(made.thread.delete()) == 50013
    stand_in.world.set_thread("Erased", archived=True)
    assert await code_of(made.thread.edit(name="again")) == 50083
    stand_in.world.allow(board, stand_in.world.bot, Permission.MANAGE_THREADS)
    await made.thread.delete()
    assert made.thread.id not in stand_in.world.channels


async def test_archived_posts_are_listed_newest_first_by_pages(
    board: Channel, bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    for number in range(5):
        made = await forum(bot, board).create_thread(name=f"song {number}", content="x")
        stand_in.clock.jump(1)
        stand_in.world.set_thread(stand_in.world.channels[made.thread.id], archived=True)
    named = [each.name async for each in forum(bot, board).archived_threads(limit=4)]
    assert named == ["song 4", "song 3", "song 2", "song 1"]


async def test_in_a_locked_thread_a_bot_may_delete_but_not_edit(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    thread = bot.get_channel(stand_in.world.channel("open jam").id)
    assert isinstance(thread, discord.Thread)
    one, two = await thread.send("one"), await thread.send("two")
    stand_in.world.set_thread("open jam", locked=True)
    assert await code_of(one.edit(content="changed")) == 160005
    await one.delete()
    stand_in.world.set_thread("open jam", archived=True)
    assert await code_of(two.delete()) == 160005


async def test_members_who_may_only_read_are_offered_no_commands(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    async with running(stand_in):
        dana, general = world.user("dana"), world.channel("general")
        assert stand_in.usable_commands(dana, general)
        world.set_pending("Night Owls", "dana", pending=True)
        assert stand_in.usable_commands(dana, general) == []
        with pytest.raises(Refused):
            await stand_in.command(user="dana", channel="general", name="do")
        world.set_pending("Night Owls", "dana", pending=False)
        world.time_out("Night Owls", "dana", 60)
        assert stand_in.usable_commands(dana, general) == []
        world.clock.jump(61)
        assert stand_in.usable_commands(dana, general)


async def test_age_restricted_commands_are_offered_in_such_channels_only(stand_in: DiscordStandIn) -> None:
    async def answer(interaction: Use) -> None:
        await interaction.response.send_message("ok")

    async with running(stand_in) as bot:
        bot.tree.add_command(app_commands.Command(name="late", description="x", callback=answer, nsfw=True))
        await bot.tree.sync()
        thread, dana = stand_in.world.channel("open jam"), stand_in.world.user("dana")
        assert [each["name"] for each in stand_in.usable_commands(dana, thread)] == ["do"]
        stand_in.world.set_age_restricted("music", nsfw=True)
        assert len(stand_in.usable_commands(dana, thread)) == 2


async def test_without_external_apps_only_the_user_sees_what_their_own_app_says(
    stand_in: DiscordStandIn,
) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="ok")
        await interaction.followup.send("more")

    stand_in.world.deny("lobby", EVERYONE, Permission.USE_EXTERNAL_APPS)
    async with running(stand_in, act):
        used = await stand_in.command(user="eve", channel="lobby", name="do")
        await stand_in.wait_for(lambda: used.followups)
        assert not any(message.ephemeral for message in stand_in.messages("lobby"))
        stand_in.world.remove_bot("Basement Tapes")
        used = await stand_in.command(user="eve", channel="lobby", name="do", user_installed=True)
        await stand_in.wait_for(lambda: used.followups)
        assert [message.ephemeral for message in stand_in.messages("lobby")[2:]] == [True, True]

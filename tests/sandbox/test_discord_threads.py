"""Threads that the bot starts, slow mode, AutoMod, and a bot that is sent away and called back."""

import asyncio

import discord
import pytest

from sandbox.discord import DiscordStandIn, Fault, Permission
from sandbox.discord.rules import errors
from sandbox.discord.world.model import ChannelType
from sandbox.discord.world.world import EVERYONE
from tests.sandbox.standin_bot import SmallBot, code_of, running

MAY_START = Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS


def place(bot: SmallBot, stand_in: DiscordStandIn, name: str) -> discord.TextChannel:
    channel = bot.get_channel(stand_in.world.channel(name).id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_a_thread_on_a_message_has_its_id_and_is_the_only_one(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    message = await place(bot, stand_in, "general").send("the song")
    thread = await message.create_thread(name="About the song", auto_archive_duration=60)
    assert thread.id == message.id
    assert (thread.parent_id, thread.auto_archive_duration) == (message.channel.id, 60)
    assert (await thread.send("hello")).channel.id == thread.id
    assert await code_of(message.create_thread(name="again")) == 160004
    assert (await message.fetch()).flags.has_thread


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ChannelType.CATEGORY, 50008), (ChannelType.FORUM, 40058), (ChannelType.MEDIA, 40058)],
)
async def test_a_channel_without_messages_refuses_to_send_and_to_list_them(
    stand_in: DiscordStandIn, kind: ChannelType, code: int
) -> None:
    held = stand_in.world.add_channel("Night Owls", "held", kind=kind)
    async with running(stand_in) as bot:
        assert [each.type.value for each in bot.get_all_channels() if each.id == held.id] == [kind]
        place = bot.get_partial_messageable(held.id)
        assert await code_of(place.send("a song")) == code
        assert await code_of(anext(place.history())) == 50024


async def test_forum_posts_and_announcement_threads_accept_messages(stand_in: DiscordStandIn) -> None:
    forum = stand_in.world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)
    news = stand_in.world.add_channel("Night Owls", "news", kind=ChannelType.ANNOUNCEMENT)
    for parent in (forum, news):
        stand_in.world.add_thread(parent, f"on {parent.name}", owner="dana")
    async with running(stand_in) as bot:
        threads = [bot.get_channel(stand_in.world.channel(f"on {each.name}").id) for each in (forum, news)]
        for thread, kind in zip(threads, ("public_thread", "news_thread"), strict=True):
            assert isinstance(thread, discord.Thread)
            assert thread.type.name == kind
            assert (await thread.send("a song")).channel.id == thread.id


async def test_the_bot_is_told_of_threads_it_joins_and_lists_open_ones(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world = stand_in.world
    guild = bot.get_guild(world.guild("Night Owls").id)
    assert guild is not None
    secret = world.add_thread("music", "secret jam", owner="ada", private=True)
    assert secret.id not in [thread.id for thread in await guild.active_threads()]
    world.add_to_thread(secret, world.bot)
    await bot.heard("THREAD_MEMBERS_UPDATE")
    joined = guild.get_thread(secret.id)
    assert joined is not None
    assert joined.me is not None
    listed = {thread.id: thread.me for thread in await guild.active_threads()}
    assert set(listed) == {secret.id, world.channel("open jam").id}
    assert listed[secret.id] is not None
    assert listed[world.channel("open jam").id] is None


async def test_a_thread_without_a_message_is_private_by_default(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    general = place(bot, stand_in, "general")
    private = await general.create_thread(name="quiet")
    public = await general.create_thread(name="loud", type=discord.ChannelType.public_thread)
    kinds = [stand_in.world.channel(thread.name).type for thread in (private, public)]
    assert kinds == [ChannelType.PRIVATE_THREAD, ChannelType.PUBLIC_THREAD]


async def test_a_thread_needs_a_name_a_permission_and_a_text_channel(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world, general = stand_in.world, place(bot, stand_in, "general")
    message = await general.send("x")
    assert await code_of(message.create_thread(name="x" * 101)) == 50035
    world.deny("general", EVERYONE, MAY_START)
    assert await code_of(message.create_thread(name="no")) == 50013
    thread = bot.get_channel(world.channel("open jam").id)
    assert isinstance(thread, discord.Thread)
    said = await thread.send("x")
    assert await code_of(said.create_thread(name="deeper")) == 50024


async def test_slow_mode_is_sent_to_the_bot_but_does_not_apply_to_it(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    general = place(bot, stand_in, "general")
    stand_in.world.set_slow_mode("general", 30)
    await bot.heard("CHANNEL_UPDATE")
    assert general.slowmode_delay == 30
    for words in ("one", "two"):
        await general.send(words)
    assert len(stand_in.messages("general")) == 2


async def test_automod_can_refuse_a_message(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    stand_in.script("message.create", Fault.refusal(errors.blocked_by_automod()))
    assert await code_of(general.send("a rude prompt")) == 200000
    assert stand_in.messages("general") == []


async def test_a_removed_bot_loses_its_server_until_it_is_invited_again(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    told: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    @bot.event
    async def on_guild_remove(guild: discord.Guild) -> None:
        told.put_nowait(("removed", guild.id))

    @bot.event
    async def on_guild_join(guild: discord.Guild) -> None:
        told.put_nowait(("joined", guild.id))

    guild, general = stand_in.world.guild("Night Owls"), place(bot, stand_in, "general")
    stand_in.world.remove_bot(guild)
    assert await told.get() == ("removed", guild.id)
    assert await code_of(general.send("x")) == 50001
    stand_in.world.add_bot(guild, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    assert await told.get() == ("joined", guild.id)
    back = place(bot, stand_in, "general")
    assert await back.send("x")
    assert back.guild.self_role is not None
    assert not back.guild.self_role.permissions.embed_links

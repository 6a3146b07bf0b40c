"""Messages by the bot's own authority, with real discord.py on the other end."""

import io
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord import DiscordStandIn, Permission
from sandbox.discord.world.world import EVERYONE
from tests.sandbox.standin_bot import SmallBot, code_of

AGENT = {"User-Agent": "DiscordBot (https://example.org, 1.0)"}


def place(bot: SmallBot, stand_in: DiscordStandIn, name: str) -> discord.PartialMessageable:
    return bot.get_partial_messageable(stand_in.world.channel(name).id)


def picture(name: str = "cover.jpg", size: int = 5) -> discord.File:
    return discord.File(io.BytesIO(b"p" * size), name, description="A cover")


async def test_a_message_with_embed_image_and_audio_file_arrives(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    general = place(bot, stand_in, "general")
    embed = discord.Embed(title="Midnight Grid").set_image(url="attachment://cover.jpg")
    files = [picture(), discord.File(io.BytesIO(b"mp3"), "song.mp3")]
    sent = await general.send("Here it is", embed=embed, files=files)
    (seen,) = stand_in.messages("general")
    assert (seen.id, seen.content) == (sent.id, "Here it is")
    assert [a.filename for a in sent.attachments] == ["song.mp3"]
    assert [f.filename for f in seen.files] == ["cover.jpg", "song.mp3"]
    assert seen.files[0].description == "A cover"
    cover_url = sent.embeds[0].image.url
    assert cover_url is not None
    async with aiohttp.ClientSession() as session, session.get(cover_url) as answer:
        assert (await answer.read(), answer.content_type) == (b"ppppp", "image/jpeg")


async def test_a_request_is_recorded(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    await place(bot, stand_in, "general").send("x", file=picture())
    (request,) = stand_in.requests_of("message.create")
    assert request.method == "POST"
    assert request.route == "/channels/{channel}/messages"
    assert (request.status, request.handled, request.code) == (200, True, None)
    assert isinstance(request.json, dict)
    assert request.json["attachments"] == [{"id": 0, "filename": "cover.jpg", "description": "A cover"}]
    (file,) = request.files
    assert (file.field_name, file.filename, file.content) == ("files[0]", "cover.jpg", b"ppppp")
    assert file.content_type == "application/octet-stream"


async def test_the_same_nonce_returns_the_same_message(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    first = await general.send("one", nonce="j1")
    assert (await general.send("two", nonce="j1")).id == first.id
    assert [m.content for m in stand_in.messages("general")] == ["one"]
    stand_in.jump(stand_in.bot_messages.nonce_window_s + 1)
    assert (await general.send("two", nonce="j1")).id != first.id


async def test_the_nonce_of_a_deleted_message_is_unknown(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    await (await general.send("one", nonce="j1")).delete()
    with pytest.raises(discord.NotFound) as caught:
        await general.send("one", nonce="j1")
    assert caught.value.code == 10008


async def test_a_missing_permission_forbids_to_post(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    codes = {
        Permission.VIEW_CHANNEL: 50001,
        Permission.SEND_MESSAGES: 50013,
        Permission.EMBED_LINKS: 50013,
        Permission.ATTACH_FILES: 50013,
    }
    general = place(bot, stand_in, "general")
    for denied, code in codes.items():
        stand_in.world.deny("general", stand_in.world.bot, denied)
        with pytest.raises(discord.Forbidden) as caught:
            await general.send("x", embed=discord.Embed(title="t"), file=picture())
        assert caught.value.code == code, denied
        stand_in.world.clear("general", stand_in.world.bot, denied)
    assert stand_in.messages("general") == []


async def test_a_reply_needs_read_message_history(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    asked = stand_in.world.say("ada", "general", "play something")
    reply = await general.send("yes", reference=general.get_partial_message(asked.id))
    assert reply.type is discord.MessageType.reply
    assert reply.reference is not None
    assert reply.reference.message_id == asked.id
    stand_in.world.deny("general", stand_in.world.bot, Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(discord.Forbidden) as caught:
        await general.send("yes", reference=general.get_partial_message(asked.id))
    assert caught.value.code == 160002


async def test_a_reply_to_a_deleted_message_is_refused_by_default(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    general = place(bot, stand_in, "general")
    asked = stand_in.world.say("ada", "general", "play something")
    stand_in.world.delete_message(asked)
    partial = general.get_partial_message(asked.id)
    with pytest.raises(discord.HTTPException, match="message_reference") as caught:
        await general.send("yes", reference=partial)
    assert caught.value.code == 50035
    assert await general.send("yes", reference=partial.to_reference(fail_if_not_exists=False))


async def test_an_unknown_channel_and_an_unknown_message(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    with pytest.raises(discord.NotFound) as message:
        await general.get_partial_message(1).edit(content="x")
    stand_in.world.delete_channel("general")
    with pytest.raises(discord.NotFound) as channel:
        await general.send("x")
    assert (message.value.code, channel.value.code) == (10008, 10003)


async def test_an_invalid_form_is_refused_with_the_path_of_the_error(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    with pytest.raises(discord.HTTPException, match=r"embeds\.0\.title") as caught:
        await place(bot, stand_in, "general").send(embed=discord.Embed(title="x" * 257))
    assert (caught.value.status, caught.value.code) == (400, 50035)


async def test_an_empty_message_is_refused(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    with pytest.raises(discord.HTTPException) as caught:
        await place(bot, stand_in, "general").send("   ")
    assert caught.value.code == 50006


async def test_the_file_limit_follows_the_servers_tier(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    with pytest.raises(discord.HTTPException) as caught:
        await general.send(file=picture(size=10 * 1024 * 1024 + 1))
    assert (caught.value.status, caught.value.code) == (413, 40005)
    stand_in.world.set_premium_tier("Night Owls", 2)
    assert await general.send(file=picture(size=10 * 1024 * 1024 + 1))


async def test_allowed_mentions_decide_who_is_pinged(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    world, tapes = stand_in.world, place(bot, stand_in, "tapes")
    ada, eve = world.user("ada"), world.user("eve")
    text = f"{ada.mention} {eve.mention} @everyone"
    asked = world.say("dana", "tapes", "who?")
    only_ada = discord.AllowedMentions(users=[discord.Object(ada.id)], everyone=False, replied_user=False)
    reference = tapes.get_partial_message(asked.id)
    await tapes.send(text, allowed_mentions=only_ada, reference=reference)
    await tapes.send(text, allowed_mentions=discord.AllowedMentions.none())
    await tapes.send("just a reply", reference=reference)
    pinged = [[world.users[u].username for u in m.pinged_user_ids] for m in stand_in.messages("tapes")[1:]]
    assert pinged == [["ada"], [], ["dana"]]


async def test_pings_of_everyone_and_roles_need_their_permission(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world, tapes = stand_in.world, place(bot, stand_in, "tapes")
    crew = next(r for r in world.guild("Basement Tapes").roles.values() if r.name == "Crew")
    await tapes.send("@everyone")
    await tapes.send(f"<@&{crew.id}>")
    world.allow("tapes", world.bot, Permission.MENTION_EVERYONE)
    await tapes.send("@everyone")
    pinged = [{world.users[u].username for u in m.pinged_user_ids} for m in stand_in.messages("tapes")]
    assert pinged == [set(), {"ada", "chidi"}, {"ada", "chidi", "dana", "eve"}]


async def test_an_edit_changes_only_the_parts_in_its_body(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    embed = discord.Embed(title="t").set_thumbnail(url="attachment://cover.jpg")
    sent = await place(bot, stand_in, "general").send("before", embed=embed, file=picture())
    edited = await sent.edit(content=f"after {stand_in.world.user('ada').mention}")
    assert edited.edited_at is not None
    assert edited.embeds[0].thumbnail.url == sent.embeds[0].thumbnail.url
    (seen,) = stand_in.messages("general")
    assert seen.pinged_user_ids == []
    await sent.edit(content=None, attachments=[], embed=discord.Embed(title="only"))
    assert (seen.content, seen.files, seen.embeds) == ("", [], [{"type": "rich", "title": "only"}])


async def test_without_embed_links_an_edit_drops_its_embed(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    sent = await place(bot, stand_in, "general").send("text")
    stand_in.world.deny("general", stand_in.world.bot, Permission.EMBED_LINKS)
    assert (await sent.edit(embed=discord.Embed(title="t"))).embeds == []


async def test_only_own_messages_are_edited_and_deleted(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    foreign = place(bot, stand_in, "general").get_partial_message(
        stand_in.world.say("ada", "general", "mine").id
    )
    with pytest.raises(discord.Forbidden) as edit:
        await foreign.edit(content="yours")
    with pytest.raises(discord.Forbidden) as delete:
        await foreign.delete()
    assert (edit.value.code, delete.value.code) == (50005, 50013)
    stand_in.world.allow("general", stand_in.world.bot, Permission.MANAGE_MESSAGES)
    await foreign.delete()
    assert stand_in.messages("general") == []


async def test_sending_reopens_an_archived_thread_but_not_a_locked_one(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    old = place(bot, stand_in, "old jam")
    sent = await old.send("hello")
    assert not stand_in.world.channel("old jam").archived
    stand_in.world.set_thread("old jam", archived=True)
    with pytest.raises(discord.HTTPException) as edit:
        await sent.edit(content="x")
    with pytest.raises(discord.Forbidden) as locked:
        await place(bot, stand_in, "sealed jam").send("hello")
    assert (edit.value.code, locked.value.code) == (50083, 160005)


async def test_sending_in_a_thread_needs_its_own_permission(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    stand_in.world.deny("music", stand_in.world.bot, Permission.SEND_MESSAGES)
    assert await place(bot, stand_in, "open jam").send("fine")
    stand_in.world.deny("music", EVERYONE, Permission.SEND_MESSAGES_IN_THREADS)
    stand_in.world.deny("music", stand_in.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(discord.Forbidden) as caught:
        await place(bot, stand_in, "open jam").send("no")
    assert caught.value.code == 50013


async def test_direct_messages_reach_users_who_accept_them(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    await (await bot.fetch_user(world.user("ada").id)).send("psst")
    dm = world.dm_with("ada")
    assert dm is not None
    assert [m.content for m in stand_in.messages(dm)] == ["psst"]
    with pytest.raises(discord.Forbidden) as closed:
        await (await bot.fetch_user(world.user("chidi").id)).send("psst")
    world.remove_bot("Basement Tapes")
    with pytest.raises(discord.Forbidden) as strangers:
        await (await bot.fetch_user(world.user("eve").id)).send("psst")
    assert (closed.value.code, strangers.value.code) == (50007, 50278)


async def test_the_history_is_paged_and_hides_content_without_the_intent(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    general = place(bot, stand_in, "general")
    stand_in.world.say("ada", "general", "secret")
    sent = [await general.send(f"m{i}") for i in range(5)]
    assert [m.content async for m in general.history(limit=3)] == ["m4", "m3", "m2"]
    assert [m.content async for m in general.history(before=sent[1])] == ["m0", ""]
    assert [m.content async for m in general.history(after=sent[2], limit=1)] == ["m3"]
    around = [m.content async for m in general.history(around=sent[2], limit=3)]
    assert sorted(around) == ["m1", "m2", "m3"]
    assert (await general.fetch_message(sent[0].id)).content == "m0"


async def test_without_the_permission_the_history_is_empty(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    sent = await general.send("x")
    stand_in.world.deny("general", stand_in.world.bot, Permission.READ_MESSAGE_HISTORY)
    assert [m async for m in general.history()] == []
    with pytest.raises(discord.Forbidden):
        await general.fetch_message(sent.id)


async def test_reactions_and_typing(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    general = place(bot, stand_in, "general")
    sent = await general.send("x")
    await sent.add_reaction("🎵")
    (seen,) = stand_in.messages("general")
    stand_in.world.deny("general", stand_in.world.bot, Permission.ADD_REACTIONS)
    assert list(seen.reactions) == ["🎵"]
    await bot.http.remove_own_reaction(general.id, sent.id, "🎵")
    assert seen.reactions == {}
    with pytest.raises(discord.Forbidden):
        await sent.add_reaction("🎵")
    await general.typing()
    with pytest.raises(discord.Forbidden):
        await place(bot, stand_in, "announcements").typing()


async def test_guilds_members_and_channels_can_be_fetched(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    guild = await bot.fetch_guild(world.guild("Night Owls").id, with_counts=False)
    assert guild.name == "Night Owls"
    assert (await guild.fetch_member(world.user("bela").id)).display_name == "Béla"
    with pytest.raises(discord.NotFound):
        await guild.fetch_member(world.user("eve").id)
    assert len(await guild.fetch_channels()) == 5
    thread = await bot.fetch_channel(world.channel("open jam").id)
    assert isinstance(thread, discord.Thread)
    with pytest.raises(discord.NotFound):
        await bot.fetch_guild(5)
    with pytest.raises(discord.NotFound):
        await bot.fetch_user(5)


async def test_the_bot_can_reopen_a_thread_but_not_lock_it(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    thread = await bot.fetch_channel(stand_in.world.channel("old jam").id)
    assert isinstance(thread, discord.Thread)
    await thread.edit(archived=False)
    assert not stand_in.world.channel("old jam").archived
    with pytest.raises(discord.Forbidden):
        await thread.edit(locked=True)


async def test_reopening_a_thread_needs_the_right_to_write_in_it(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world = stand_in.world
    thread = await bot.fetch_channel(world.channel("old jam").id)
    assert isinstance(thread, discord.Thread)
    world.deny("music", world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(discord.Forbidden):
        await thread.edit(archived=False)
    assert world.channel("old jam").archived


async def test_an_archived_thread_is_locked_only_after_it_is_reopened(
    bot: SmallBot, stand_in: DiscordStandIn
) -> None:
    world = stand_in.world
    world.allow("music", world.bot, Permission.MANAGE_THREADS)
    thread = world.channel("old jam")
    assert await code_of(bot.http.edit_channel(thread.id, locked=True)) == 50083
    await bot.http.edit_channel(thread.id, archived=False, locked=True)
    assert (thread.archived, thread.locked) == (False, True)


@pytest.mark.parametrize("changes", [{"archived": "no"}, {"locked": 1}])
async def test_a_thread_is_archived_and_locked_by_booleans_only(
    bot: SmallBot, stand_in: DiscordStandIn, changes: dict[str, Any]
) -> None:
    world = stand_in.world
    world.allow("music", world.bot, Permission.MANAGE_THREADS)
    thread = world.channel("open jam")
    assert await code_of(bot.http.edit_channel(thread.id, **changes)) == 50035
    assert (thread.archived, thread.locked) == (False, False)


async def test_a_view_with_buttons_and_a_select_is_accepted(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Again", custom_id="again"))
    view.add_item(discord.ui.Button(label="Listen", url="https://example.com/song"))
    view.add_item(discord.ui.Select(custom_id="genre", options=[discord.SelectOption(label="Trap")]))
    sent = await place(bot, stand_in, "general").send("x", view=view)
    assert len(sent.components) == 2


async def test_components_v2_arrive_with_their_media(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    view = discord.ui.LayoutView()
    text: discord.ui.TextDisplay[discord.ui.LayoutView] = discord.ui.TextDisplay("Hello")
    item = discord.MediaGalleryItem("attachment://cover.jpg", description="alt")
    gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery(item)
    box: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(text, gallery)
    view.add_item(box)
    sent = await place(bot, stand_in, "general").send(view=view, file=picture())
    assert sent.flags.components_v2
    container = sent.components[0]
    assert isinstance(container, discord.Container)
    shown = container.children[1]
    assert isinstance(shown, discord.MediaGalleryComponent)
    assert shown.items[0].media.url.startswith("http://127.0.0.1")


async def test_a_wrong_token_an_unknown_route_and_bad_json(stand_in: DiscordStandIn) -> None:
    right = {"Authorization": f"Bot {stand_in.token}"}
    async with aiohttp.ClientSession(headers=AGENT) as session:
        wrong = await session.get(f"{stand_in.api_url}/users/@me", headers={"Authorization": "Bot no"})
        assert wrong.status == 401
        assert wrong.headers["Content-Type"] == "application/json"
        assert await wrong.json() == {"message": "401: Unauthorized", "code": 0}
        assert (await session.get(f"{stand_in.api_url}/nothing", headers=right)).status == 404
        assert (await session.get(f"{stand_in.api_url}/channels/x", headers=right)).status == 404
        url = f"{stand_in.api_url}/channels/{stand_in.world.channel('general').id}/messages"
        assert (await session.post(url, data="{", headers=right)).status == 400
        gateway = await (await session.get(f"{stand_in.api_url}/gateway/bot", headers=right)).json()
        assert gateway["url"] == stand_in.gateway_url


async def test_a_request_without_a_valid_user_agent_is_blocked(stand_in: DiscordStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        for agent in ("Python/3.13 aiohttp/3.14", "DiscordBot", "DiscordBot (1.0)", ""):
            for token in (f"Bot {stand_in.token}", "Bot wrong"):
                headers = {"User-Agent": agent, "Authorization": token}
                answer = await session.get(f"{stand_in.api_url}/users/@me", headers=headers)
                assert (answer.status, (await answer.json())["code"]) == (403, 40333), agent

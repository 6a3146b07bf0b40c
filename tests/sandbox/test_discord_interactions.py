"""Interactions from the first response to the last follow-up, with real discord.py on the other end."""

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord import DiscordStandIn, Fault
from sandbox.discord.application.interaction import ResponseType, SeenInteraction
from sandbox.discord.application.interactions import NO_RESPONSE
from tests.sandbox.standin_bot import Callback, SmallBot, Use, running


async def use(stand_in: DiscordStandIn, channel: str = "general") -> SeenInteraction:
    return await stand_in.command(user="ada", channel=channel, name="do")


async def code_of(call: Awaitable[object]) -> tuple[int, int]:
    """The status and the code with which a call is refused."""
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value.status, caught.value.code


async def played(stand_in: DiscordStandIn, on_command: Callback, channel: str = "general") -> SeenInteraction:
    """One `/do` of which the bot's answer is complete."""
    done = asyncio.Event()

    async def wrapped(interaction: Use) -> None:
        try:
            await on_command(interaction)
        finally:
            done.set()

    async with running(stand_in, wrapped) as bot:
        interaction = await use(stand_in, channel)
        await done.wait()
        if bot.errors:
            raise bot.errors[0]
    return interaction


async def test_defer_then_edit_replaces_the_loading_message(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        callback = await interaction.response.defer()
        assert callback is not None
        assert callback.is_thinking()
        assert stand_in.messages("general")[0].loading
        message = await interaction.edit_original_response(content="the card")
        assert message.id == callback.message_id
        assert message.interaction_metadata is not None
        assert message.interaction_metadata.user.id == interaction.user.id

    interaction = await played(stand_in, act)
    (message,) = stand_in.messages("general")
    assert interaction.response is message
    assert interaction.response_type is ResponseType.DEFERRED
    assert (message.content, message.loading, message.edited_at) == ("the card", False, None)


async def test_an_interaction_contains_guild_member_and_permissions(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        assert interaction.guild is not None
        assert interaction.guild.name == "Night Owls"
        assert isinstance(interaction.user, discord.Member)
        assert interaction.permissions.administrator
        assert interaction.app_permissions.attach_files
        assert not interaction.app_permissions.administrator
        assert interaction.filesize_limit == 10 * 1024 * 1024
        assert interaction.context.guild
        assert interaction.is_guild_integration()
        assert isinstance(interaction.channel, discord.Thread)
        await interaction.response.send_message("ok")

    await played(stand_in, act, "open jam")


async def test_a_second_acknowledgement_is_refused(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.send_message("one")
        interaction.response._response_type = None
        assert await code_of(interaction.response.send_message("two")) == (400, 40060)

    await played(stand_in, act)
    assert [m.content for m in stand_in.messages("general")] == ["one"]


async def test_a_late_response_is_an_unknown_interaction(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        stand_in.jump(3.1)
        assert await code_of(interaction.response.defer()) == (404, 10062)

    interaction = await played(stand_in, act)
    assert interaction.failed == NO_RESPONSE
    assert not interaction.acknowledged
    assert stand_in.messages("general") == []


async def test_an_unanswered_interaction_fails_by_itself(stand_in: DiscordStandIn) -> None:
    stand_in.interactions.acknowledge_limit_s = 0.01
    async with running(stand_in):
        assert await (await use(stand_in)).wait_failed() == NO_RESPONSE


async def test_an_interaction_with_an_offline_bot_fails(stand_in: DiscordStandIn) -> None:
    async with running(stand_in):
        pass
    interaction = await use(stand_in)
    stand_in.jump(4)
    assert interaction.failed == NO_RESPONSE


async def test_after_15_minutes_only_the_channel_route_works(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.send_message("card")
        message = await interaction.original_response()
        stand_in.jump(15 * 60 + 1)
        assert await code_of(interaction.edit_original_response(content="x")) == (401, 50027)
        assert await code_of(interaction.followup.send("x")) == (401, 50027)
        channel = interaction.client.get_partial_messageable(message.channel.id)
        await channel.get_partial_message(message.id).edit(content="by the channel")

    interaction = await played(stand_in, act)
    assert interaction.answer is not None
    assert interaction.answer.content == "by the channel"


async def test_an_ephemeral_answer_is_visible_to_its_user_alone(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.send_message("psst", ephemeral=True)
        message = await interaction.original_response()
        assert message.flags.ephemeral
        channel = interaction.client.get_partial_messageable(message.channel.id)
        partial = channel.get_partial_message(message.id)
        assert await code_of(partial.edit(content="x")) == (404, 10008)
        assert await code_of(partial.delete()) == (404, 10008)
        assert [m async for m in channel.history()] == []
        await interaction.edit_original_response(content="edited")
        await interaction.followup.send("more", ephemeral=True)

    interaction = await played(stand_in, act)
    assert interaction.response is not None
    assert interaction.response.ephemeral_for == stand_in.world.user("ada").id
    assert [m.content for m in interaction.followups] == ["more"]
    assert stand_in.world.can_see_message(stand_in.world.user("ada"), interaction.response)
    assert not stand_in.world.can_see_message(stand_in.world.user("bela"), interaction.response)


async def test_the_first_followup_of_a_deferral_replaces_the_loading_message(
    stand_in: DiscordStandIn,
) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.defer(ephemeral=True)
        first = await interaction.followup.send("first", wait=True)
        second = await interaction.followup.send("second", wait=True)
        assert first.flags.ephemeral
        assert not second.flags.ephemeral
        await second.edit(content="second, edited")
        await interaction.delete_original_response()
        assert await code_of(first.edit(content="x")) == (404, 10008)

    interaction = await played(stand_in, act)
    assert [m.content for m in interaction.followups] == ["second, edited"]
    assert [m.content for m in stand_in.messages("general")] == ["second, edited"]


async def test_after_deleting_the_loading_message_followups_are_new(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()
        message = await interaction.followup.send("private", ephemeral=True, wait=True)
        assert message.flags.ephemeral
        await message.delete()

    interaction = await played(stand_in, act)
    assert stand_in.messages("general") == []
    assert interaction.followups[0].deleted


async def test_follow_ups_before_the_first_response_are_refused(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        assert await code_of(interaction.followup.send("x")) == (404, 10015)
        assert await code_of(interaction.edit_original_response(content="x")) == (404, 10015)
        await interaction.response.send_message("ok")

    await played(stand_in, act)


async def test_an_invalid_response_does_not_acknowledge(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        embed = discord.Embed(title="t", url="javascript:alert(1)")
        with pytest.raises(discord.HTTPException, match=r"data\.embeds\.0\.url"):
            await interaction.response.send_message(embed=embed)
        await interaction.response.send_message("fine")

    assert (await played(stand_in, act)).acknowledged


async def test_a_response_can_have_files_and_a_view(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        view = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Go", custom_id="go"))
        embed = discord.Embed(title="t").set_image(url="attachment://c.png")
        await interaction.response.send_message(
            embed=embed, view=view, file=discord.File(io.BytesIO(b"png"), "c.png")
        )

    interaction = await played(stand_in, act)
    assert interaction.answer is not None
    assert interaction.answer.embeds[0]["image"]["url"] == interaction.answer.files[0].url
    assert interaction.answer.components[0]["components"][0]["custom_id"] == "go"


async def test_a_command_cannot_be_answered_with_an_update(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        interaction.type = discord.InteractionType.component
        assert await code_of(interaction.response.edit_message(content="x")) == (400, 50035)
        await interaction.response.send_message("ok")

    # discord.py edits only where there is a message: give it one to talk about.
    async def with_message(interaction: Use) -> None:
        message = stand_in.world.say(stand_in.world.bot, "general", "x")
        assert isinstance(interaction.channel, discord.TextChannel)
        interaction.message = await interaction.channel.fetch_message(message.id)
        await act(interaction)

    await played(stand_in, with_message)


async def test_a_locked_thread_refuses_the_answer(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        stand_in.world.set_thread("open jam", archived=True, locked=True)
        assert await code_of(interaction.response.defer()) == (403, 50083)

    await played(stand_in, act, "open jam")


async def test_an_answer_does_not_need_send_messages(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.send_message("still")
        channel = interaction.channel
        assert isinstance(channel, discord.TextChannel)
        assert await code_of(channel.send("x")) == (403, 50013)

    await played(stand_in, act, "announcements")


async def test_a_user_installed_app_follows_up_at_most_five_times(stand_in: DiscordStandIn) -> None:
    sent: list[int] = []

    async def act(interaction: Use) -> None:
        await interaction.response.send_message("ok")
        sent.extend([(await interaction.followup.send("x", wait=True)).id for _ in range(5)])
        assert not interaction.is_guild_integration()
        assert await code_of(interaction.followup.send("x")) == (400, 40094)
        channel = interaction.client.get_partial_messageable(stand_in.world.channel("lobby").id)
        assert await code_of(channel.send("x")) == (403, 50001)
        sent.append(0)

    async with running(stand_in, act) as bot:
        stand_in.world.remove_bot("Basement Tapes")
        await stand_in.command(user="eve", channel="lobby", name="do", user_installed=True)
        await stand_in.wait_for(lambda: stand_in.requests_of("message.create"))
        await stand_in.wait_for(lambda: stand_in.requests_of("message.create")[0].status)
        assert bot.errors == []
    assert len(stand_in.messages("lobby")) == 6


def again() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Again", custom_id="again"))
    view.add_item(discord.ui.Button(label="Off", custom_id="off", disabled=True))
    options = [discord.SelectOption(label=name, value=name) for name in ("trap", "lofi")]
    view.add_item(discord.ui.Select(custom_id="genre", options=options, max_values=2))
    return view


@pytest.fixture
async def bot(stand_in: DiscordStandIn) -> AsyncGenerator[SmallBot, None]:
    async def act(interaction: Use) -> None:
        await interaction.response.send_message("pick", view=again())

    async with running(stand_in, act) as client:
        yield client


async def test_buttons_and_selects_reach_the_bot(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    heard: list[object] = []

    @bot.event
    async def on_interaction(interaction: Use) -> None:
        if interaction.type is discord.InteractionType.component:
            assert interaction.data is not None
            assert interaction.message is not None
            heard.append((interaction.data.get("custom_id"), interaction.data.get("values")))
            await interaction.response.edit_message(content="picked")

    message = await (await use(stand_in)).wait_response()
    pressed = await stand_in.press(user="bela", message=message, custom_id="again")
    await pressed.wait_acknowledged()
    chosen = await stand_in.select(user="ada", message=message, custom_id="genre", values=["lofi"])
    await chosen.wait_acknowledged()
    assert heard == [("again", None), ("genre", ["lofi"])]
    assert message.content == "picked"
    assert chosen.response is message
    assert chosen.response_type is ResponseType.UPDATE


async def test_a_modal_is_opened_and_submitted(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    class Ask(discord.ui.Modal, title="Compose"):
        prompt: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
            text="Prompt", component=discord.ui.TextInput(custom_id="prompt", min_length=2)
        )

        async def on_submit(self, interaction: Use, /) -> None:
            assert isinstance(self.prompt.component, discord.ui.TextInput)
            await interaction.response.send_message(f"got {self.prompt.component.value}")

    @bot.event
    async def on_interaction(interaction: Use) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(Ask())

    message = await (await use(stand_in)).wait_response()
    pressed = await stand_in.press(user="ada", message=message, custom_id="again")
    assert (await pressed.wait_modal())["title"] == "Compose"
    sent = await stand_in.submit_modal(pressed, {"prompt": "a trap song"})
    assert (await sent.wait_response()).content == "got a trap song"


async def test_an_invalid_modal_is_refused(bot: SmallBot, stand_in: DiscordStandIn) -> None:
    codes: list[tuple[int, int]] = []

    @bot.event
    async def on_interaction(interaction: Use) -> None:
        if interaction.type is discord.InteractionType.component:
            modal = discord.ui.Modal(title="x" * 46)
            modal.add_item(discord.ui.TextInput(label="Prompt"))
            codes.append(await code_of(interaction.response.send_modal(modal)))
            await interaction.response.defer()

    message = await (await use(stand_in)).wait_response()
    pressed = await stand_in.press(user="ada", message=message, custom_id="again")
    await pressed.wait_acknowledged()
    assert codes == [(400, 50035)]
    assert pressed.modal is None
    assert pressed.response is message


async def test_choices_are_limited_and_have_the_options_type(stand_in: DiscordStandIn) -> None:
    option = {"name": "bpm", "type": 4, "description": "d", "autocomplete": True}
    find = {"name": "find", "description": "d", "options": [option]}
    refused: list[tuple[int, int]] = []
    wrong: list[list[app_commands.Choice[Any]]] = [
        [app_commands.Choice(name=str(i), value=i) for i in range(26)],
        [app_commands.Choice(name="x" * 101, value=1)],
        [app_commands.Choice(name="a", value="text")],
    ]

    async with running(stand_in) as bot:
        stand_in.command_registry.replace([find], None)

        @bot.event
        async def on_interaction(interaction: Use) -> None:
            if interaction.type is discord.InteractionType.autocomplete:
                refused.extend(
                    [await code_of(interaction.response.autocomplete(choices)) for choices in wrong]
                )
                await interaction.response.autocomplete([app_commands.Choice(name="fast", value=170)])

        typing = await stand_in.autocomplete(user="ada", channel="general", name="find", focused="bpm")
        assert await typing.wait_choices() == [{"name": "fast", "value": 170}]
    assert refused == [(400, 50035)] * 3
    assert stand_in.messages("general") == []


async def test_a_server_error_at_the_callback_may_have_acknowledged(stand_in: DiscordStandIn) -> None:
    stand_in.script("callback", Fault.connection_reset(handled=True))

    async def act(interaction: Use) -> None:
        with pytest.raises(aiohttp.ClientOSError):
            await interaction.response.defer()
        assert not interaction.response.is_done()
        assert await code_of(interaction.response.defer()) == (400, 40060)
        await interaction.edit_original_response(content="anyway")

    interaction = await played(stand_in, act)
    assert interaction.answer is not None
    assert interaction.answer.content == "anyway"


async def test_deleted_messages_and_channels_are_unknown(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.defer()
        stand_in.world.delete_message(stand_in.messages("general")[0])
        assert await code_of(interaction.edit_original_response(content="x")) == (404, 10008)
        stand_in.world.delete_channel("general")
        assert await code_of(interaction.followup.send("x")) == (404, 10003)

    await played(stand_in, act)


async def test_a_follow_up_pings_and_an_edit_does_not(stand_in: DiscordStandIn) -> None:
    async def act(interaction: Use) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=interaction.user.mention)
        await interaction.followup.send(interaction.user.mention)

    interaction = await played(stand_in, act)
    assert interaction.response is not None
    assert interaction.response.pinged_user_ids == []
    assert interaction.followups[0].pinged_user_ids == [interaction.user.id]
    assert interaction.followups[0].reference is not None

"""What a bot may answer to a press, a choice and a modal, with real discord.py on the other end."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest

from sandbox.discord import DiscordStandIn, Refused
from sandbox.discord.application.interaction import ResponseType
from sandbox.discord.application.interactions import TOKEN_LIFE_S
from sandbox.discord.world.model import Message, MessageType
from tests.sandbox.standin_bot import Callback, SmallBot, Use, code_of, running

ANSWERED = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class Card:
    """A message of the bot with a button "go", and what became of each press."""

    def __init__(self, message: Message, bot: SmallBot) -> None:
        self.message = message
        self.bot = bot
        self.outcomes: asyncio.Queue[BaseException | None] = asyncio.Queue()

    async def handled(self) -> None:
        """Wait until the bot is through with a press; raises what went wrong there."""
        if (error := await self.outcomes.get()) is not None:
            raise error


@asynccontextmanager
async def card(
    stand_in: DiscordStandIn,
    on_press: Callback,
    *,
    private: bool = False,
    view: discord.ui.View | None = None,
) -> AsyncGenerator[Card]:
    """The bot shows a card to ada, and `on_press` answers its components and the modals that they open."""

    async def show(interaction: Use) -> None:
        await interaction.response.send_message("the card", view=view or go(), ephemeral=private)

    async with running(stand_in, show) as bot:
        asked = await stand_in.command(user="ada", channel="general", name="do")
        shown = Card(await asked.wait_response(), bot)

        @bot.event
        async def on_interaction(interaction: Use) -> None:
            if interaction.type not in ANSWERED:
                return
            error: BaseException | None = None
            try:
                await on_press(interaction)
            except (discord.DiscordException, AssertionError, pytest.fail.Exception) as raised:
                error = raised
            shown.outcomes.put_nowait(error)

        yield shown


def go() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Go", custom_id="go", emoji="🎵"))
    return view


def ask() -> discord.ui.Modal:
    modal = discord.ui.Modal(title="Compose", custom_id="ask")
    modal.add_item(
        discord.ui.Label(
            text="Prompt", component=discord.ui.TextInput(custom_id="prompt", default="a trap song")
        )
    )
    options = [discord.SelectOption(label=name, value=name) for name in ("trap", "lofi")]
    genre: discord.ui.Select[Any] = discord.ui.Select(custom_id="genre", options=options, required=False)
    modal.add_item(discord.ui.Label(text="Genre", component=genre))
    return modal


async def test_a_deferred_update_shows_nothing_and_allows_follow_ups(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        await interaction.response.defer()
        message = await interaction.original_response()
        assert message.content == "the card"
        await interaction.followup.send("more")
        await interaction.edit_original_response(content="done", view=None)

    async with card(stand_in, on_press) as shown:
        pressed = await stand_in.press(user="bela", message=shown.message, label="Go")
        await shown.handled()
    assert pressed.response_type is ResponseType.DEFERRED_UPDATE
    assert await pressed.wait_update() is shown.message
    assert (shown.message.content, shown.message.components) == ("done", [])
    assert shown.message.edited_at is not None
    followup = await pressed.wait_followup()
    assert (followup.type, followup.reference) == (
        MessageType.REPLY,
        {
            "type": 0,
            "channel_id": str(shown.message.channel_id),
            "message_id": str(shown.message.id),
            "guild_id": str(pressed.channel.guild_id),
        },
    )


async def test_a_deferred_message_replies_to_its_card_and_is_not_edited(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="a new card")

    async with card(stand_in, on_press) as shown:
        pressed = await stand_in.press(user="bela", message=shown.message, custom_id="go")
        await shown.handled()
    answer = await pressed.wait_response()
    assert answer is not shown.message
    assert answer.type is MessageType.REPLY
    assert answer.reference is not None
    assert answer.reference["message_id"] == str(shown.message.id)
    assert answer.edited_at is None
    assert shown.message.edited_at is None


async def test_deleting_the_original_of_an_update_deletes_the_card(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        await interaction.response.edit_message(content="going")
        await interaction.delete_original_response()
        assert await code_of(interaction.edit_original_response(content="x")) == 10008

    async with card(stand_in, on_press) as shown:
        await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()
    assert shown.message.deleted
    assert stand_in.messages("general") == []


async def test_a_deleted_card_cannot_be_updated(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        stand_in.world.delete_message(shown.message)
        assert await code_of(interaction.response.edit_message(content="x")) == 10008
        await interaction.response.send_message("too late", ephemeral=True)

    async with card(stand_in, on_press) as shown:
        await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()


async def test_an_ephemeral_card_can_only_be_changed_by_token(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        assert interaction.message is not None
        assert interaction.message.flags.ephemeral
        channel = shown.bot.get_partial_messageable(shown.message.channel_id)
        by_channel = channel.get_partial_message(interaction.message.id)
        assert await code_of(by_channel.edit(content="x")) == 10008
        assert await code_of(by_channel.delete()) == 10008
        await interaction.response.edit_message(content="changed", view=go())
        song, cover = (
            discord.File(io.BytesIO(b"ID3"), "song.mp3"),
            discord.File(io.BytesIO(b"\x89PNG"), "c.png"),
        )
        embed = discord.Embed(title="Song").set_thumbnail(url="attachment://c.png")
        await interaction.followup.send(embed=embed, files=[song, cover], view=go(), ephemeral=True)

    async with card(stand_in, on_press, private=True) as shown:
        pressed = await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()
        followup = await pressed.wait_followup()
        assert [file.filename for file in followup.files] == ["song.mp3", "c.png"]
        assert [file.filename for file in followup.attachments] == ["song.mp3"]
        assert followup.ephemeral_for == pressed.user.id
        with pytest.raises(Refused):
            await stand_in.press(user="bela", message=followup, custom_id="go")
    assert shown.message.content == "changed"


async def test_a_public_answer_does_not_contain_the_ephemeral_card(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        await interaction.response.send_message("for everybody")

    async with card(stand_in, on_press, private=True) as shown:
        pressed = await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()
    shown_to_all = stand_in.message_json(await pressed.wait_response())
    assert shown_to_all["message_reference"]["message_id"] == str(shown.message.id)
    assert shown_to_all["referenced_message"] is None


@pytest.mark.parametrize("kind", [4, 5, 6, 7])
async def test_a_modal_of_a_button_takes_every_response_but_a_modal(
    stand_in: DiscordStandIn, kind: int
) -> None:
    filled: list[Any] = []

    async def on_press(interaction: Use) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(ask())
            return
        filled.append(json.loads(json.dumps(interaction.data)))
        assert interaction.message is not None
        assert interaction.message.id == shown.message.id
        assert await code_of(interaction.response.send_modal(ask())) == 50035
        match kind:
            case 4:
                await interaction.response.send_message("new")
            case 5:
                await interaction.response.defer(thinking=True)
            case 6:
                await interaction.response.defer()
            case _:
                await interaction.response.edit_message(content="new")

    async with card(stand_in, on_press) as shown:
        pressed = await stand_in.press(user="ada", message=shown.message, custom_id="go")
        assert (await pressed.wait_modal())["title"] == "Compose"
        await shown.handled()
        with pytest.raises(Refused):
            await stand_in.submit_modal(pressed, {"Genre": ["polka"]})
        sent = await stand_in.submit_modal(pressed, {"Genre": ["lofi"]})
        await shown.handled()
    assert sent.response_type == kind
    assert sent.response is not None
    assert (sent.response is shown.message) == (kind in (6, 7))
    parts = [part["component"] for part in filled[0]["components"]]
    assert parts == [
        {"type": 4, "id": 2, "custom_id": "prompt", "value": "a trap song"},
        {"type": 3, "id": 4, "custom_id": "genre", "values": ["lofi"]},
    ]


async def test_a_modal_of_a_command_has_no_message_to_update(stand_in: DiscordStandIn) -> None:
    async def on_command(interaction: Use) -> None:
        await interaction.response.send_modal(ask())

    codes: list[int] = []
    async with running(stand_in, on_command) as bot:

        @bot.event
        async def on_interaction(interaction: Use) -> None:
            if interaction.type is discord.InteractionType.modal_submit:
                codes.append(await code_of(interaction.response.edit_message(content="x")))
                await interaction.response.send_message("made")

        asked = await stand_in.command(user="ada", channel="general", name="do")
        await asked.wait_modal()
        sent = await stand_in.submit_modal(asked, {})
        answer = await sent.wait_response()
    assert codes == [50035]
    assert answer.interaction_metadata is not None
    assert answer.interaction_metadata["triggering_interaction_metadata"]["name"] == "do"


async def test_unanswered_presses_and_modals_fail_with_an_error(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        if opening:
            await interaction.response.send_modal(ask())

    opening = True
    async with card(stand_in, on_press) as shown:
        opener = await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await opener.wait_modal()
        opening = False
        pressed = await stand_in.press(user="ada", message=shown.message, custom_id="go")
        sent = await stand_in.submit_modal(opener, {})
        stand_in.jump(4)
    assert pressed.failed == "This interaction failed"
    assert sent.failed == "Something went wrong. Try again."


async def test_the_token_of_a_press_expires_after_15_minutes(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        await interaction.response.defer()
        stand_in.jump(TOKEN_LIFE_S + 1)
        assert await code_of(interaction.followup.send("x")) == 50027
        assert await code_of(interaction.edit_original_response(content="x")) == 50027

    async with card(stand_in, on_press) as shown:
        await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()


async def test_a_refused_edit_changes_nothing(stand_in: DiscordStandIn) -> None:
    async def on_press(interaction: Use) -> None:
        assert await code_of(interaction.response.edit_message(content="", view=None)) == 50006
        await interaction.response.defer()

    async with card(stand_in, on_press) as shown:
        await stand_in.press(user="ada", message=shown.message, custom_id="go")
        await shown.handled()
    assert shown.message.content == "the card"
    assert shown.message.components


def pickers() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.UserSelect(custom_id="user", min_values=0, max_values=2))
    view.add_item(discord.ui.RoleSelect(custom_id="role"))
    view.add_item(discord.ui.MentionableSelect(custom_id="any", max_values=2))
    view.add_item(discord.ui.ChannelSelect(custom_id="channel", channel_types=[discord.ChannelType.text]))
    return view


async def test_users_roles_and_channels_are_chosen_and_resolved(stand_in: DiscordStandIn) -> None:
    heard: list[Any] = []

    async def on_press(interaction: Use) -> None:
        heard.append(interaction.data)
        await interaction.response.defer()

    world = stand_in.world
    bela, managers = world.user("bela"), world.role("Night Owls", "Managers")
    async with card(stand_in, on_press, view=pickers()) as shown:
        for custom_id, values in {
            "user": [bela],
            "role": [managers],
            "any": [managers, bela],
            "channel": [world.channel("music")],
        }.items():
            await stand_in.select(user="ada", message=shown.message, custom_id=custom_id, values=values)
            await shown.handled()
        wrong = {"user": [managers], "role": [bela], "channel": [world.channel("open jam")], "any": ["5"]}
        for custom_id, values in wrong.items():
            with pytest.raises(Refused):
                await stand_in.select(user="ada", message=shown.message, custom_id=custom_id, values=values)
        with pytest.raises(Refused, match="Which"):
            await stand_in.select(user="ada", message=shown.message, values=[bela])
    assert [data["values"] for data in heard[:2]] == [[str(bela.id)], [str(managers.id)]]
    assert heard[0]["resolved"]["users"][str(bela.id)]["username"] == "bela"
    assert heard[0]["resolved"]["members"][str(bela.id)]["roles"] == [str(managers.id)]
    assert heard[1]["resolved"]["roles"][str(managers.id)]["name"] == "Managers"
    assert set(heard[2]["resolved"]) == {"users", "members", "roles"}
    assert [c["name"] for c in heard[3]["resolved"]["channels"].values()] == ["music"]


async def test_a_menu_command_gets_the_whole_message(stand_in: DiscordStandIn) -> None:
    seen: list[discord.Message] = []

    async def from_this(interaction: Use, message: discord.Message) -> None:
        seen.append(message)
        await interaction.response.send_message("taken", ephemeral=True)

    async with running(stand_in) as bot:
        bot.tree.add_command(discord.app_commands.ContextMenu(name="Compose from this", callback=from_this))
        await bot.tree.sync()
        said = stand_in.world.say("bela", "general", "rain on a tin roof")
        asked = await stand_in.command(
            user="ada", channel="general", name="Compose from this", target_message=said
        )
        answer = await asked.wait_response()
    assert seen[0].content == "rain on a tin roof"
    assert answer.type is MessageType.CONTEXT_MENU_COMMAND
    assert answer.interaction_metadata is not None
    assert answer.interaction_metadata["target_message_id"] == str(said.id)

"""Buttons, selects and forms: one place that finds out what was pressed, so that every press has an answer.

discord.py keeps its views and modals in memory, and a press on one from before a restart is dropped without a word.
Here a press is understood by its custom ID alone (see `bot.replies.custom_ids`), whenever the message was sent.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog
from discord.enums import try_enum
from discord.ext import commands

from bot.discord_io.channel_kinds import THREADS
from bot.errors import ControlUnknown, JobGone
from bot.interactions.error_handler import answer_error
from bot.replies.custom_ids import Control

log = structlog.get_logger(__name__)

Handler = Callable[[discord.Interaction, str], Awaitable[None]]
"""Answers a press; takes the interaction and the argument behind the control's name."""

COMPONENT_TYPES = (discord.InteractionType.component, discord.InteractionType.modal_submit)

MAX_ID = 2**63 - 1
"""What a database keeps as a number."""


class ComponentRouter:
    """Who answers what. Each cog enters its handlers when it is loaded."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, control: Control, handler: Handler) -> None:
        """From now on `handler` answers this control."""
        self._handlers[control.value] = handler

    async def dispatch(self, interaction: discord.Interaction) -> None:
        """Answer a press or a submit; whatever goes wrong is told to the person, nothing escapes."""
        if interaction.type not in COMPONENT_TYPES:
            return
        name, _, argument = _custom_id(interaction).partition(":")
        try:
            handler = self._handlers.get(name)
            if handler is None:
                raise ControlUnknown(name)
            await handler(interaction, argument)
        except Exception as error:  # noqa: BLE001 - the last place that can tell the person
            await answer_error(interaction, error)


def router_of(bot: commands.Bot) -> ComponentRouter:
    """The controls of a bot; each cog's set-up enters its handlers there."""
    router = getattr(bot, "component_router", None)
    if not isinstance(router, ComponentRouter):
        raise TypeError("cogs are loaded by a bot that carries a ComponentRouter")
    return router


def parse_id(argument: str) -> int:
    """A key or a snowflake in a custom ID.

    Raises:
        ControlUnknown: it is none, so that this bot did not make the custom ID.
    """
    if not (argument.isascii() and argument.isdigit() and len(argument) <= len(str(MAX_ID))):
        raise ControlUnknown(argument)
    if (number := int(argument)) > MAX_ID:
        raise ControlUnknown(argument)
    return number


def pressed_job_key(interaction: discord.Interaction, argument: str) -> int:
    """The key of the job behind a button that this bot itself has put under the pressed message.

    Discord tells the message as it stands, so whoever presses has read it: no custom ID that somebody made up leads to
    another one's job.

    Raises:
        ControlUnknown: the argument is no key.
        JobGone: the message has no such button, or is not the bot's.
    """
    key = parse_id(argument)
    if not has_component(interaction, _custom_id(interaction)):
        raise JobGone
    return key


def has_component(interaction: discord.Interaction, custom_id: str) -> bool:
    """Whether the message of a press, or of the press that opened a form, is the bot's own and has such a button."""
    message, me = interaction.message, interaction.client.user
    if message is None or me is None or message.author.id != me.id:
        return False
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return any(getattr(item, "custom_id", None) == custom_id for row in rows for item in row.children)


def selected_values(interaction: discord.Interaction) -> list[str]:
    """The values that were taken from a select."""
    return [str(value) for value in _data(interaction).get("values", [])]


def selected_channel_type(interaction: discord.Interaction, channel_id: int) -> discord.ChannelType:
    """The kind of a channel or thread that was taken from a list of channels.

    Raises:
        ControlUnknown: Discord does not say, so that nobody took it from a list.
    """
    kind = _selected_channel(interaction, channel_id).get("type")
    if kind is None:
        raise ControlUnknown(str(channel_id))
    return try_enum(discord.ChannelType, kind)


def selected_thread_parent(interaction: discord.Interaction, channel_id: int) -> int | None:
    """The parent of a thread that was taken from a list of channels, None where it is no thread."""
    parent_id = _selected_channel(interaction, channel_id).get("parent_id")
    is_thread = selected_channel_type(interaction, channel_id) in THREADS
    return parse_id(str(parent_id)) if parent_id and is_thread else None


def _selected_channel(interaction: discord.Interaction, channel_id: int) -> dict[str, Any]:
    return dict(_data(interaction).get("resolved", {}).get("channels", {}).get(str(channel_id), {}))


def submitted_texts(interaction: discord.Interaction) -> dict[str, str]:
    """The texts of a submitted form, by the custom IDs of its fields."""
    texts: dict[str, str] = {}
    for label in _data(interaction).get("components", []):
        field = label.get("component", {})
        if "custom_id" in field:
            texts[str(field["custom_id"])] = str(field.get("value") or "")
    return texts


def _custom_id(interaction: discord.Interaction) -> str:
    return str(_data(interaction).get("custom_id", ""))


def _data(interaction: discord.Interaction) -> dict[str, Any]:
    return dict(interaction.data or {})

"""Routes buttons, selects and forms to their handlers by custom ID (see `bot.replies.buttons`).

discord.py keeps views and modals in memory and silently drops interactions with those from before a restart. Custom IDs
hold all state, so components work however old their message is.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import discord
import structlog
from discord.enums import try_enum
from discord.ext import commands

from bot.discord_io.channel_types import THREADS
from bot.errors import ControlUnknown, JobGone
from bot.interactions.error_handler import answer_error
from bot.replies.buttons import Control

log = structlog.get_logger(__name__)

Handler = Callable[[discord.Interaction, str], Awaitable[None]]
"""Takes the interaction and the argument of the custom ID, `argument` in `name:argument`."""

COMPONENT_TYPES = (discord.InteractionType.component, discord.InteractionType.modal_submit)

MAX_ID = 2**63 - 1
"""The largest integer that the database stores."""


class ComponentRouter:
    """The handler of each control. Cogs add theirs when they are loaded."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, control: Control, handler: Handler) -> None:
        """Register the handler of a control."""
        self._handlers[control.value] = handler

    async def dispatch(self, interaction: discord.Interaction) -> None:
        """Call the handler of a component or modal interaction. An error is answered to the user and never raised."""
        if interaction.type not in COMPONENT_TYPES:
            return  # commands and autocompletion are dispatched by the command tree
        name, _, argument = _custom_id(interaction).partition(":")
        try:
            handler = self._handlers.get(name)
            if handler is None:
                raise ControlUnknown(name)
            await handler(interaction, argument)
        except Exception as error:  # noqa: BLE001 - last chance to answer the user
            await answer_error(interaction, error)


def router_of(bot: commands.Bot) -> ComponentRouter:
    """The router of the bot; each cog's `setup` adds its handlers."""
    router = getattr(bot, "component_router", None)
    if not isinstance(router, ComponentRouter):
        raise TypeError("cogs are loaded by a bot that has a ComponentRouter")
    return router


def parse_id(argument: str) -> int:
    """Parse a row's key or a snowflake in a custom ID.

    Raises:
        ControlUnknown: it is neither, so the custom ID is forged.
    """
    # `isdigit` alone accepts superscripts, at which `int` fails.
    if not (argument.isascii() and argument.isdigit() and len(argument) <= len(str(MAX_ID))):
        raise ControlUnknown(argument)
    if (number := int(argument)) > MAX_ID:
        raise ControlUnknown(argument)
    return number


def pressed_job_key(interaction: discord.Interaction, argument: str) -> int:
    """The key of the job of a pressed button.

    Discord sends the current message with the interaction. A forged custom ID is refused because no message of the bot
    that the user can read has such a button.

    Raises:
        ControlUnknown: the argument is no key.
        JobGone: the message is not the bot's, or has no such button.
    """
    key = parse_id(argument)
    if not has_component(interaction, _custom_id(interaction)):
        raise JobGone
    return key


def has_component(interaction: discord.Interaction, custom_id: str) -> bool:
    """Whether the interaction's message is the bot's and has a component with this custom ID.

    For a modal, it is the message of the button that opened it.
    """
    message, me = interaction.message, interaction.client.user
    if message is None or me is None or message.author.id != me.id:
        return False
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return any(getattr(item, "custom_id", None) == custom_id for row in rows for item in row.children)


def selected_values(interaction: discord.Interaction) -> list[str]:
    """The values selected in a select."""
    return [str(value) for value in _data(interaction).get("values", [])]


def selected_channel_type(interaction: discord.Interaction, channel_id: int) -> discord.ChannelType:
    """The kind of a channel or thread that was selected in a channel select.

    Raises:
        ControlUnknown: Discord sent no such channel, so the value is forged.
    """
    kind = _selected_channel(interaction, channel_id).get("type")
    if kind is None:
        raise ControlUnknown(str(channel_id))
    return try_enum(discord.ChannelType, kind)


def selected_thread_parent(interaction: discord.Interaction, channel_id: int) -> int | None:
    """The parent's ID of a thread that was selected in a channel select; None for other channels."""
    parent_id = _selected_channel(interaction, channel_id).get("parent_id")
    is_thread = selected_channel_type(interaction, channel_id) in THREADS
    return parse_id(str(parent_id)) if parent_id and is_thread else None


def _selected_channel(interaction: discord.Interaction, channel_id: int) -> dict[str, Any]:
    return dict(_data(interaction).get("resolved", {}).get("channels", {}).get(str(channel_id), {}))


def submitted_texts(interaction: discord.Interaction) -> dict[str, str]:
    """What was entered in each field of a submitted form that takes one value, by custom ID; empty without any."""
    return {name: str(field.get("value") or "") for name, field in _submitted_fields(interaction)}


def submitted_choices(interaction: discord.Interaction) -> dict[str, list[str]]:
    """What was chosen in each field of a submitted form that takes several values (selects, checkboxes), by custom ID."""
    return {
        name: [str(value) for value in field["values"]]
        for name, field in _submitted_fields(interaction)
        if isinstance(field.get("values"), list)
    }


def _submitted_fields(interaction: discord.Interaction) -> Iterator[tuple[str, dict[str, Any]]]:
    for label in _data(interaction).get("components", []):
        field = label.get("component", {})
        if "custom_id" in field:
            yield str(field["custom_id"]), field


def submitted_selections(interaction: discord.Interaction) -> dict[str, list[str]]:
    """The values that were chosen in a submitted form's selects, by their custom IDs."""
    fields = (label.get("component", {}) for label in _data(interaction).get("components", []))
    return {
        str(field["custom_id"]): [str(value) for value in field["values"]]
        for field in fields
        if "custom_id" in field and "values" in field
    }


def _custom_id(interaction: discord.Interaction) -> str:
    return str(_data(interaction).get("custom_id", ""))


def _data(interaction: discord.Interaction) -> dict[str, Any]:
    return dict(interaction.data or {})

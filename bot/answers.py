"""How a command answers when it does not do what was asked: privately, and always."""

import secrets
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.delivery import send_fields
from bot.delivery.faults import SEND_FAULTS, describe
from bot.errors import (
    BotError,
    ChannelClosed,
    ControlUnknown,
    NothingToUndo,
    PolicyInvalid,
    PolicyUnchanged,
    PrivateForbidden,
    PromptBlocked,
    PromptEmpty,
    PromptTooLong,
    ProposalGone,
    ProposalStale,
    RoleBlocked,
    ShuttingDown,
    StoreError,
)
from bot.limits import LimitReached
from bot.replies import config_refusals, limits, refusals
from bot.replies.reply import Reply

log = structlog.get_logger(__name__)

REFERENCE_BYTES = 4
ALREADY_ACKNOWLEDGED = 40060

CALL_FAULTS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises when Discord, or the way to it, fails."""


class BotMayNot(BotError):
    """The bot lacks permissions in the channel; `names` are discord.py's names of them."""

    def __init__(self, names: list[str], channel_id: int) -> None:
        super().__init__(", ".join(names))
        self.names = names
        self.channel_id = channel_id


async def acknowledge(interaction: discord.Interaction, *, ephemeral: bool = False) -> None:
    """Promise an answer, within the 3 seconds that Discord leaves for it.

    Raises what discord.py raises when Discord did not take the promise: nobody can be answered any more.
    """
    try:
        await _defer(interaction, ephemeral=ephemeral)
    except (aiohttp.ClientError, OSError):
        # Perhaps only the word on it got lost: a second try tells.
        await _defer(interaction, ephemeral=ephemeral)


async def _defer(interaction: discord.Interaction, *, ephemeral: bool) -> None:
    try:
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise


async def answer_error(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the person what happened. What nobody foresaw gets a reference that stands in the log too."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, CALL_FAULTS) and not interaction.response.is_done():
        # Discord took no acknowledgement: there is nobody left to answer, and nothing was done.
        log.warning("interaction_not_acknowledged", error=describe(cause))
        return
    try:
        await answer_privately(interaction, _words(interaction, cause))
    except SEND_FAULTS as failure:
        log.warning("answer_not_delivered", error=describe(failure))


_REFUSALS: dict[type[Exception], Callable[[Any], Reply]] = {
    PromptEmpty: lambda _: refusals.prompt_empty(),
    PromptTooLong: lambda error: refusals.prompt_too_long(error.length, error.limit),
    ShuttingDown: lambda _: refusals.shutting_down(),
    LimitReached: lambda error: limits.reached(error.standings),
    RoleBlocked: lambda _: limits.role_blocked(),
    ChannelClosed: lambda error: limits.channel_closed(error.channels),
    PromptBlocked: lambda error: limits.prompt_blocked(error.phrase),
    PrivateForbidden: lambda _: limits.private_forbidden(),
    ControlUnknown: lambda _: refusals.control_unknown(),
    PolicyInvalid: lambda error: config_refusals.invalid(error.faults),
    PolicyUnchanged: lambda _: config_refusals.unchanged(),
    ProposalGone: lambda _: config_refusals.gone(),
    ProposalStale: lambda error: config_refusals.stale(error.changed_by, error.changed_at),
    NothingToUndo: lambda _: config_refusals.nothing_to_undo(),
    app_commands.MissingPermissions: lambda _: config_refusals.managers_only(),
    BotMayNot: lambda error: refusals.missing_permissions(error.names, error.channel_id),
    app_commands.NoPrivateMessage: lambda _: refusals.only_in_servers(),
}
"""What is foreseen, by the error's own class."""


def _words(interaction: discord.Interaction, error: Exception) -> Reply:
    refusal = _REFUSALS.get(type(error))
    return refusal(error) if refusal else _unforeseen(interaction, error)


def _unforeseen(interaction: discord.Interaction, error: Exception) -> Reply:
    reference = secrets.token_hex(REFERENCE_BYTES)
    command = interaction.command.qualified_name if interaction.command else None
    log.error("command_failed", reference=reference, command=command or "a press", exc_info=error)
    if isinstance(error, StoreError):
        return refusals.storage_trouble(reference)
    return refusals.unexpected(reference)


async def answer_privately(interaction: discord.Interaction, reply: Reply) -> None:
    """Answer so that only the person sees it, whether or not a public response has been promised before."""
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
        else:
            return
    if interaction.response.type in (None, discord.InteractionResponseType.deferred_channel_message):
        # The first follow-up would take the place, and the publicity, of "is thinking".
        await interaction.delete_original_response()
    await interaction.followup.send(**send_fields(reply), ephemeral=True)

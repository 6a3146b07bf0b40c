"""How a command answers when it does not do what was asked: privately, and always."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.delivery import send_fields
from bot.delivery.faults import SEND_FAULTS, Meaning, describe, meaning
from bot.errors import (
    BotMayNot,
    ChannelClosed,
    ControlUnknown,
    JobGone,
    MemberMayNot,
    MessageSilent,
    NothingToUndo,
    NotPosted,
    NotToShare,
    PolicyInvalid,
    PolicyUnchanged,
    PostUncertain,
    PressedTwice,
    PrivateForbidden,
    PromptBlocked,
    PromptEmpty,
    PromptTooLong,
    ProposalGone,
    ProposalStale,
    QueryUnclear,
    ResultsImpossible,
    RoleBlocked,
    SearchGone,
    ShuttingDown,
    StillOnItsWay,
    StoreError,
)
from bot.limits import LimitReached
from bot.ops.metrics import Metrics
from bot.replies import config_refusals, drafting, limits, presses, refusals, sharing
from bot.replies.drafting import Draft
from bot.replies.reply import Reply
from bot.services import services_of

log = structlog.get_logger(__name__)

REFERENCE_BYTES = 4
ALREADY_ACKNOWLEDGED = 40060
PRESS_TAKEN = "press_taken"
"""Among an interaction's extras: its original response is the pressed message, also when Discord's word on it got lost."""
SUGGEST_WITHIN_S = 2.0
MOST_NAME_CHARS = 20
TRY_AGAIN_AFTER_S = (1.0, 3.0)

Suggestion = app_commands.Choice[str]

CALL_FAULTS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises when Discord, or the way to it, fails."""


async def acknowledge(interaction: discord.Interaction, *, ephemeral: bool = False) -> None:
    """Promise an answer, within the 3 seconds that Discord leaves for it.

    Raises what discord.py raises when Discord did not take the promise: nobody can be answered any more.
    """
    await _defer_surely(interaction, ephemeral=ephemeral, thinking=True)


async def acknowledge_press(interaction: discord.Interaction) -> None:
    """Take a press, whose message stays as it is for now. Raises as `acknowledge`."""
    interaction.extras[PRESS_TAKEN] = True
    await _defer_surely(interaction, ephemeral=False, thinking=False)


async def _defer_surely(interaction: discord.Interaction, *, ephemeral: bool, thinking: bool) -> None:
    try:
        await _defer(interaction, ephemeral=ephemeral, thinking=thinking)
    except (aiohttp.ClientError, OSError):
        # Perhaps only the word on it got lost: a second try tells.
        await _defer(interaction, ephemeral=ephemeral, thinking=thinking)


async def _defer(interaction: discord.Interaction, *, ephemeral: bool, thinking: bool) -> None:
    try:
        await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise


async def suggest(
    interaction: discord.Interaction, finding: Coroutine[Any, Any, list[Suggestion]]
) -> list[Suggestion]:
    """Answer somebody who types with what is found in time, and with nothing rather than with an error.

    Returns what was answered, which is for discord.py to know and not to be sent again.
    """
    task = asyncio.create_task(finding, name="suggestions")
    # Not interrupted: a driver in the middle of a statement does not let go of it at once.
    await asyncio.wait([task], timeout=SUGGEST_WITHIN_S)
    if not task.done():
        log.info("suggestions_late")
    task.add_done_callback(_tell_fault)
    found = task.result() if task.done() and not task.cancelled() and not task.exception() else []
    try:
        await interaction.response.autocomplete(found)
    except CALL_FAULTS as error:
        log.info("suggestions_not_taken", error=describe(error))
    return found


def _tell_fault(task: asyncio.Task[list[Suggestion]]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("suggestions_failed", exc_info=error)


async def answer_error(
    interaction: discord.Interaction, error: Exception, *, draft: Draft | None = None
) -> None:
    """Tell the person what happened. What nobody foresaw gets a reference that stands in the log too.

    `draft` is what they had written, and goes back to them with the answer.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, CALL_FAULTS) and not interaction.response.is_done():
        # Discord took no acknowledgement: there is nobody left to answer, and nothing was done.
        log.info("interaction_not_acknowledged", error=describe(cause))
        return
    _count(services_of(interaction.client).metrics, cause)
    reply = _words(interaction, cause)
    try:
        await answer_privately(interaction, drafting.given_back(reply, draft) if draft else reply)
    except SEND_FAULTS as failure:
        log.info("answer_not_delivered", error=describe(failure))


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
    MessageSilent: lambda _: refusals.message_silent(),
    NotToShare: lambda _: sharing.not_to_share(),
    MemberMayNot: lambda error: sharing.member_may_not(error.channel_id),
    StillOnItsWay: lambda _: sharing.still_on_its_way(),
    NotPosted: lambda error: sharing.not_posted(error.channel_id),
    PostUncertain: lambda error: sharing.post_uncertain(error.channel_id),
    JobGone: lambda _: presses.job_gone(),
    PressedTwice: lambda _: presses.pressed_twice(),
    QueryUnclear: lambda error: refusals.query_unclear(error.fault, error.given),
    SearchGone: lambda _: refusals.search_gone(),
    PolicyInvalid: lambda error: config_refusals.invalid(error.faults),
    PolicyUnchanged: lambda _: config_refusals.unchanged(),
    ResultsImpossible: lambda error: config_refusals.no_results_there(error.channel_id, error.lacking),
    ProposalGone: lambda _: config_refusals.gone(),
    ProposalStale: lambda error: config_refusals.stale(error.changed_by, error.changed_at),
    NothingToUndo: lambda _: config_refusals.nothing_to_undo(),
    app_commands.MissingPermissions: lambda _: config_refusals.managers_only(),
    BotMayNot: lambda error: refusals.missing_permissions(error.names, error.channel_id),
    app_commands.CommandNotFound: lambda _: refusals.command_changed(),
    app_commands.CommandSignatureMismatch: lambda _: refusals.command_changed(),
    app_commands.TransformerError: lambda _: refusals.command_changed(),
    app_commands.NoPrivateMessage: lambda _: refusals.only_in_servers(),
}
"""What is foreseen, by the error's own class."""


def _words(interaction: discord.Interaction, error: Exception) -> Reply:
    refusal = _REFUSALS.get(type(error))
    return refusal(error) if refusal else _unforeseen(interaction, error)


def _count(metrics: Metrics, error: Exception) -> None:
    metrics.refused(_kind(error))
    if isinstance(error, LimitReached):
        for rule in {each.limit.rule for each in error.standings if each.left == 0}:
            metrics.limit_reached(rule.value)


def _kind(error: Exception) -> str:
    """How a refusal is counted: by the error's class where it is foreseen."""
    if type(error) in _REFUSALS:
        return type(error).__name__
    return StoreError.__name__ if isinstance(error, StoreError) else "Unforeseen"


def _unforeseen(interaction: discord.Interaction, error: Exception) -> Reply:
    reference = secrets.token_hex(REFERENCE_BYTES)
    command = interaction.command.qualified_name if interaction.command else _pressed(interaction)
    log.error("command_failed", reference=reference, command=command, exc_info=error)
    if isinstance(error, StoreError):
        return refusals.storage_trouble(reference)
    return refusals.unexpected(reference)


def _pressed(interaction: discord.Interaction) -> str:
    """Which control was used; without its argument, which anybody may have made up."""
    custom_id = str(dict(interaction.data or {}).get("custom_id", ""))
    return f"a press: {custom_id.partition(':')[0][:MOST_NAME_CHARS]}"


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
    unsaid = interaction.response.type in (None, discord.InteractionResponseType.deferred_channel_message)
    if unsaid and PRESS_TAKEN not in interaction.extras:
        # The first follow-up would take the place, and the publicity, of "is thinking".
        await _insist(lambda: _withdraw(interaction))

    async def tell() -> None:
        await interaction.followup.send(**send_fields(reply), ephemeral=True)

    await _insist(tell)


async def _withdraw(interaction: discord.Interaction) -> None:
    """Take "is thinking" away."""
    with suppress(discord.NotFound):
        await interaction.delete_original_response()


async def _insist(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call again after a fault that may pass: somebody waits for what it says.

    Of a text that was taken though the answer was lost there are two then, which is better than none.
    """
    for wait_s in TRY_AGAIN_AFTER_S:
        try:
            await call()
        except SEND_FAULTS as error:
            if meaning(error) is Meaning.BLOCKED:
                raise
            log.info("answer_later", error=describe(error), in_s=wait_s)
        else:
            return
        await asyncio.sleep(wait_s)
    await call()

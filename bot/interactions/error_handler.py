"""Answers errors to users: expected ones with their own text, unexpected ones with a reference that is in the log."""

import secrets
from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.discord_io.errors import DISCORD_ERRORS, describe, is_transient
from bot.discord_io.message import Reply
from bot.domain.policy.errors import (
    ChannelClosed,
    MemberBlocked,
    NothingToUndo,
    PolicyInvalid,
    PolicyUnchanged,
    PrivateForbidden,
    PromptBlocked,
    ProposalGone,
    ProposalStale,
    ResultsImpossible,
    RoleBlocked,
)
from bot.domain.policy.limits import LimitReached
from bot.errors import (
    AnsweredElsewhere,
    AnswerTooLate,
    BotMissingPermissions,
    BotTimedOut,
    ControlUnknown,
    DeliveryPending,
    DuplicateClick,
    ErasedMeanwhile,
    JobGone,
    MemberMissingPermissions,
    MessageHasNoText,
    NotPosted,
    NotShareable,
    OptionsTyped,
    PlaylistRefused,
    PostUncertain,
    PromptEmpty,
    PromptTooLong,
    QueryUnclear,
    SearchGone,
    ShuttingDown,
)
from bot.interactions.responses import CALL_FAULTS, answer_privately
from bot.interactions.services import services_of
from bot.ops.metrics import Metrics
from bot.replies import button_responses, limits, playlists, prompt_form, refusals, sharing
from bot.replies.config import refusals as config_refusals
from bot.replies.prompt_form import PromptDraft
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

REFERENCE_BYTES = 4
MAX_NAME_CHARS = 20


async def answer_error(
    interaction: discord.Interaction, error: Exception, *, draft: PromptDraft | None = None
) -> None:
    """Answer an error ephemerally. An unexpected one is logged with the reference that the user gets.

    `draft` is a prompt to return to the user with the answer. Raises nothing of what Discord may fail with.
    """
    # discord.py wraps what commands raise.
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, AnsweredElsewhere):
        log.info("interaction_answered_elsewhere")
        return
    if isinstance(cause, RuntimeError) and interaction.client.is_closed():
        # Raised by aiohttp's closed session. Another process has the shard; it goes on with what is stored, and answers.
        log.info("interaction_client_closed", error=describe(cause))
        return
    if isinstance(cause, CALL_FAULTS) and not interaction.response.is_done():
        # The acknowledgement failed: the interaction cannot be answered, and nothing was done.
        log.info("interaction_not_acknowledged", error=describe(cause))
        return
    _count_refusal(services_of(interaction.client).metrics, cause)
    reply = _reply_for(interaction, cause)
    try:
        await answer_privately(interaction, prompt_form.with_draft(reply, draft) if draft else reply)
    except AnsweredElsewhere:
        log.info("interaction_answered_elsewhere")
    except DISCORD_ERRORS as failure:
        log.info("answer_not_delivered", error=describe(failure))


_REFUSALS: dict[type[Exception], Callable[[Any], Reply]] = {
    PromptEmpty: lambda _: refusals.prompt_empty(),
    PromptTooLong: lambda error: refusals.prompt_too_long(error.length, error.limit),
    ShuttingDown: lambda _: refusals.shutting_down(),
    AnswerTooLate: lambda error: refusals.answer_too_late(error.usual_s),
    LimitReached: lambda error: limits.limit_reached(error.usages),
    MemberBlocked: lambda _: limits.member_blocked(),
    RoleBlocked: lambda _: limits.role_blocked(),
    ChannelClosed: lambda error: limits.channel_closed(error.channels),
    PromptBlocked: lambda error: limits.prompt_blocked(error.phrase),
    PrivateForbidden: lambda _: limits.private_forbidden(),
    ControlUnknown: lambda _: refusals.control_unknown(),
    OptionsTyped: lambda error: refusals.options_typed(error.found),
    MessageHasNoText: lambda _: refusals.message_silent(),
    NotShareable: lambda _: sharing.not_shareable(),
    ErasedMeanwhile: lambda error: sharing.erased_meanwhile(error.url),
    MemberMissingPermissions: lambda error: sharing.member_missing_permissions(error.channel_id),
    DeliveryPending: lambda _: sharing.delivery_pending(),
    NotPosted: lambda error: sharing.not_posted(error.channel_id),
    PostUncertain: lambda error: sharing.post_uncertain(error.channel_id),
    JobGone: lambda _: button_responses.job_gone(),
    DuplicateClick: lambda _: button_responses.duplicate_click(),
    QueryUnclear: lambda error: refusals.query_unclear(error.fault, error.given),
    SearchGone: lambda _: refusals.search_gone(),
    PlaylistRefused: lambda error: playlists.refused(error.fault, error.name),
    PolicyInvalid: lambda error: config_refusals.policy_invalid(error.faults),
    PolicyUnchanged: lambda _: config_refusals.policy_unchanged(),
    ResultsImpossible: lambda error: config_refusals.results_impossible(
        error.channel_id, error.lacking, kind=error.kind, lacks_tag=error.lacks_tag
    ),
    ProposalGone: lambda _: config_refusals.proposal_gone(),
    ProposalStale: lambda error: config_refusals.proposal_stale(error.changed_by, error.changed_at),
    NothingToUndo: lambda _: config_refusals.nothing_to_undo(),
    app_commands.MissingPermissions: lambda _: config_refusals.managers_only(),
    BotTimedOut: lambda error: refusals.bot_timed_out(error.until),
    BotMissingPermissions: lambda error: refusals.missing_permissions(error.names, error.channel_id),
    app_commands.CommandNotFound: lambda _: refusals.command_changed(),
    app_commands.CommandSignatureMismatch: lambda _: refusals.command_changed(),
    app_commands.TransformerError: lambda _: refusals.command_changed(),
    app_commands.NoPrivateMessage: lambda _: refusals.only_in_servers(),
}
"""Replies to expected errors, by exact class."""


def _reply_for(interaction: discord.Interaction, error: Exception) -> Reply:
    if refusal := _REFUSALS.get(type(error)):
        return refusal(error)
    command = interaction.command.qualified_name if interaction.command else _component_name(interaction)
    if is_transient(error):
        # A transient error of Discord needs no attention of the operator, hence no reference.
        log.info("answer_not_taken", command=command, error=describe(error))
        return refusals.discord_failed()
    reference = secrets.token_hex(REFERENCE_BYTES)
    log.error("command_failed", reference=reference, command=command, exc_info=error)
    return (
        refusals.database_failed(reference)
        if isinstance(error, StoreError)
        else refusals.unexpected(reference)
    )


def _count_refusal(metrics: Metrics, error: Exception) -> None:
    metrics.refused(_metric_label(error))
    if isinstance(error, LimitReached):
        # A set: several windows of one rule count once.
        for rule in {each.limit.rule for each in error.usages if each.left == 0}:
            metrics.limit_reached(rule.value)


def _metric_label(error: Exception) -> str:
    """The label of the metric: the class of expected errors, a common name for others."""
    if type(error) in _REFUSALS:
        return type(error).__name__
    if is_transient(error):
        return "DiscordFault"
    return StoreError.__name__ if isinstance(error, StoreError) else "Unforeseen"


def _component_name(interaction: discord.Interaction) -> str:
    """The control of the interaction for the log, without its argument, which may be forged."""
    custom_id = str(dict(interaction.data or {}).get("custom_id", ""))
    return f"a press: {custom_id.partition(':')[0][:MAX_NAME_CHARS]}"

"""Acknowledges and answers interactions, with retries after transient errors of Discord."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.delivery.sending import send_reply
from bot.discord_io.errors import DISCORD_ERRORS, UNKNOWN_MESSAGE, describe, is_gone, send_outcome
from bot.discord_io.message import Reply
from bot.discord_io.payloads import edit_fields, send_fields
from bot.errors import AnsweredElsewhere
from bot.interactions.services import services_of

log = structlog.get_logger(__name__)

ALREADY_ACKNOWLEDGED = 40060
DEFERRED_UPDATE = "press_taken"
"""Key in `interaction.extras`: the original response is the message of the component, even if the answer to the
acknowledgement was lost, so that discord.py does not know."""
SUGGESTIONS_TIMEOUT_S = 2.0
RETRY_WAITS_S = (1.0, 3.0)

Suggestion = app_commands.Choice[str]

CALL_FAULTS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises when Discord or the connection fails."""


async def acknowledge(interaction: discord.Interaction, *, ephemeral: bool = False) -> None:
    """Defer the response ("is thinking"), which Discord expects within 3 seconds.

    Raises what discord.py raises if Discord refuses; the interaction cannot be answered then.
    """
    await _defer_with_retry(interaction, ephemeral=ephemeral, thinking=True)


async def acknowledge_press(interaction: discord.Interaction) -> None:
    """Defer the update of the message of a component. Raises as `acknowledge`."""
    # Before the call, whose answer may be lost although Discord has carried it out.
    interaction.extras[DEFERRED_UPDATE] = True
    await _defer_with_retry(interaction, ephemeral=False, thinking=False)


async def answer(
    interaction: discord.Interaction, reply: Reply, *, files: Callable[[], list[discord.File]] | None = None
) -> None:
    """Replace "is thinking", or the message of the component, by the reply.

    Retried after transient errors, since an edit is idempotent. `files` is called for each attempt, because sending
    consumes a file; they replace those of the message.
    """

    async def edit(reply: Reply) -> None:
        fields = edit_fields(reply)
        if files is not None:
            fields["attachments"] = files()
        await interaction.edit_original_response(**fields)

    async def follow_up(reply: Reply) -> None:
        await interaction.followup.send(
            **send_fields(reply), files=[] if files is None else files(), ephemeral=True
        )

    try:
        # `send_reply` tries simpler forms of the reply if Discord refuses a part of it.
        await _with_retries(lambda: send_reply(reply, edit))
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        # The user has dismissed the ephemeral message: send another one.
        log.info("answer_dismissed")
        await _with_retries(lambda: send_reply(reply, follow_up))


async def _defer_with_retry(interaction: discord.Interaction, *, ephemeral: bool, thinking: bool) -> None:
    try:
        await _defer(interaction, ephemeral=ephemeral, thinking=thinking)
    except (aiohttp.ClientError, OSError):
        # Once and at once: any wait could outlast the 3 seconds.
        # If only the answer of Discord was lost, the second attempt gets ALREADY_ACKNOWLEDGED.
        await _defer(interaction, ephemeral=ephemeral, thinking=thinking)


async def _defer(interaction: discord.Interaction, *, ephemeral: bool, thinking: bool) -> None:
    try:
        await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        _require_sole_session(interaction)


def _require_sole_session(interaction: discord.Interaction) -> None:
    """Called when an interaction turns out to be acknowledged already.

    While a shard goes from one process to another both receive its interactions: the acknowledgement, which Discord takes
    only once, decides who handles them. At other times it was this process, and only Discord's answer was lost.

    Raises:
        AnsweredElsewhere: probably by the other process.
    """
    if services_of(interaction.client).membership.shares_session(interaction.guild_id):
        raise AnsweredElsewhere


async def suggest(
    interaction: discord.Interaction, query: Coroutine[Any, Any, list[Suggestion]]
) -> list[Suggestion]:
    """Answer an autocomplete interaction with the result of `query`, or no choices after an error or 2 seconds.

    Returns the choices that were sent; discord.py does not send them again.
    """
    task = asyncio.create_task(query, name="suggestions")
    # Waited for without cancelling: cancelling a database driver inside a statement would block.
    await asyncio.wait([task], timeout=SUGGESTIONS_TIMEOUT_S)
    if not task.done():
        log.info("suggestions_late")
    # Of a late one, too: nobody else awaits it.
    task.add_done_callback(_log_failure)
    found = task.result() if task.done() and not task.cancelled() and not task.exception() else []
    try:
        await interaction.response.autocomplete(found)
    except CALL_FAULTS as error:
        log.info("suggestions_not_sent", error=describe(error))
    return found


def _log_failure(task: asyncio.Task[list[Suggestion]]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("suggestions_failed", exc_info=error)


async def answer_privately(interaction: discord.Interaction, reply: Reply) -> None:
    """Answer ephemerally, even if a public response was deferred before."""
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(**send_fields(reply), ephemeral=True)
        except discord.HTTPException as error:
            # Acknowledged after all, if the answer to that call was lost: a follow-up is needed then.
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            _require_sole_session(interaction)
        else:
            return
    is_deferred = interaction.response.type in (
        None,
        discord.InteractionResponseType.deferred_channel_message,
    )
    if is_deferred and DEFERRED_UPDATE not in interaction.extras:
        # Otherwise the first follow-up would replace "is thinking" and be as public as it.
        await _with_retries(lambda: _delete_placeholder(interaction))

    async def follow_up(reply: Reply) -> None:
        await interaction.followup.send(**send_fields(reply), ephemeral=True)

    await _with_retries(lambda: send_reply(reply, follow_up))


async def _delete_placeholder(interaction: discord.Interaction) -> None:
    """Delete "is thinking"."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound as error:
        if not is_gone(error):
            raise


async def _with_retries(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call, and repeat it after transient errors.

    If only Discord's answer to a follow-up was lost, the user gets it twice, which is better than never.
    """
    # The last attempt is outside the loop, so that its error reaches the caller.
    for wait_s in RETRY_WAITS_S:
        try:
            await call()
        except DISCORD_ERRORS as error:
            if not send_outcome(error).may_retry:
                raise
            log.info("answer_retried", error=describe(error), again_in_s=wait_s)
        else:
            return
        await asyncio.sleep(wait_s)
    await call()

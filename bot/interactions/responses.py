"""How a command is acknowledged and answered, whatever Discord does meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.delivery import edit_fields, send_fields
from bot.delivery.sending import send_reply
from bot.discord_io.faults import SEND_FAULTS, UNKNOWN_MESSAGE, describe, is_gone, meaning
from bot.discord_io.message import Reply

log = structlog.get_logger(__name__)

ALREADY_ACKNOWLEDGED = 40060
DEFERRED_UPDATE = "press_taken"
"""Among an interaction's extras: its original response is the pressed message, also when Discord's word on it got lost."""
SUGGESTIONS_TIMEOUT_S = 2.0
RETRY_WAITS_S = (1.0, 3.0)

Suggestion = app_commands.Choice[str]

CALL_FAULTS = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a call to Discord raises when Discord, or the way to it, fails."""


async def acknowledge(interaction: discord.Interaction, *, ephemeral: bool = False) -> None:
    """Promise an answer, within the 3 seconds that Discord leaves for it.

    Raises what discord.py raises when Discord did not take the promise: nobody can be answered any more.
    """
    await _defer_with_retry(interaction, ephemeral=ephemeral, thinking=True)


async def acknowledge_press(interaction: discord.Interaction) -> None:
    """Take a press, whose message stays as it is for now. Raises as `acknowledge`."""
    interaction.extras[DEFERRED_UPDATE] = True
    await _defer_with_retry(interaction, ephemeral=False, thinking=False)


async def answer(
    interaction: discord.Interaction, reply: Reply, *, file: Callable[[], discord.File] | None = None
) -> None:
    """Put the answer where "is thinking" stands, or in the place of the message that was pressed.

    An edit can be made twice, so a fault that may pass is waited out. `file` makes the one that goes with it, anew for
    each try.
    """

    async def fill() -> None:
        await send_reply(reply, put)

    async def follow_up(reply: Reply) -> None:
        files = [] if file is None else [file()]
        await interaction.followup.send(**send_fields(reply), files=files, ephemeral=True)

    async def put(reply: Reply) -> None:
        fields = edit_fields(reply)
        if file is not None:
            fields["attachments"] = [file()]
        await interaction.edit_original_response(**fields)

    try:
        await _with_retries(fill)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        # Somebody has dismissed the message: what came of it is told in another one.
        log.info("answer_dismissed")
        await _with_retries(lambda: send_reply(reply, follow_up))


async def _defer_with_retry(interaction: discord.Interaction, *, ephemeral: bool, thinking: bool) -> None:
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
    await asyncio.wait([task], timeout=SUGGESTIONS_TIMEOUT_S)
    if not task.done():
        log.info("suggestions_late")
    task.add_done_callback(_log_failure)
    found = task.result() if task.done() and not task.cancelled() and not task.exception() else []
    try:
        await interaction.response.autocomplete(found)
    except CALL_FAULTS as error:
        log.info("suggestions_not_taken", error=describe(error))
    return found


def _log_failure(task: asyncio.Task[list[Suggestion]]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("suggestions_failed", exc_info=error)


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
    if unsaid and DEFERRED_UPDATE not in interaction.extras:
        # The first follow-up would take the place, and the publicity, of "is thinking".
        await _with_retries(lambda: _delete_placeholder(interaction))

    async def follow_up(reply: Reply) -> None:
        await interaction.followup.send(**send_fields(reply), ephemeral=True)

    await _with_retries(lambda: send_reply(reply, follow_up))


async def _delete_placeholder(interaction: discord.Interaction) -> None:
    """Take "is thinking" away."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound as error:
        if not is_gone(error):
            raise


async def _with_retries(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call again after a fault that may pass: somebody waits for what it says.

    Of a text that was taken though the answer was lost there are two then, which is better than none.
    """
    for wait_s in RETRY_WAITS_S:
        try:
            await call()
        except SEND_FAULTS as error:
            if not meaning(error).may_pass:
                raise
            log.info("answer_later", error=describe(error), in_s=wait_s)
        else:
            return
        await asyncio.sleep(wait_s)
    await call()

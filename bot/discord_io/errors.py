"""What an error of a call to Discord means for the message that was to be sent."""

import aiohttp
import discord

from bot.discord_io.error_codes import SendOutcome, outcome_of_response

UNKNOWN_MESSAGE = 10008
MISSING_PERMISSIONS = 50013
CANNOT_REPLY = 160002
FILE_TOO_LARGE = frozenset({40005, 50045})
HTTP_TOO_LARGE = 413
HTTP_SERVER_ERROR = 500

DISCORD_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""Everything that a call through discord.py may raise when Discord or the way to it fails."""


_OF_DISCORD = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, ConnectionError, TimeoutError)
"""Of these the errors that nothing but a call to Discord raises: no misuse of discord.py, and no fault of a disk."""


def send_outcome(error: BaseException) -> SendOutcome:
    """Read an error of `DISCORD_ERRORS`.

    A `DiscordException` that is no answer comes from discord.py itself, before anything is sent: its cache lacks what the
    call needs, or it read something that it does not know.
    """
    match error:
        case discord.RateLimited() | aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return SendOutcome.RETRY
        case discord.HTTPException():
            return outcome_of_response(error.status, error.code)
        case discord.DiscordException():
            return SendOutcome.REJECTED
        case _:
            return SendOutcome.UNKNOWN


def is_transient(error: BaseException) -> bool:
    """Whether Discord, or the way to it, was at fault and not what was sent: the same may work later."""
    return isinstance(error, _OF_DISCORD) and send_outcome(error).may_retry


def is_gone(error: BaseException) -> bool:
    """Whether Discord itself says that something does not exist; a proxy's 404 says nothing about it."""
    return isinstance(error, discord.NotFound) and not send_outcome(error).may_retry


def describe(error: BaseException) -> str:
    """A short line for the log and the database: Discord's code and words, never what was sent."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code}: {error.text.splitlines()[0] if error.text else 'no words'}"[
            :300
        ]
    return f"{type(error).__name__}: {error}"[:300]

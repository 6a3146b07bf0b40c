"""What an exception of a call to Discord means for the message of that call."""

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
"""All that a call through discord.py may raise when Discord or the network fails."""


_OF_DISCORD = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, ConnectionError, TimeoutError)
"""Those that only a call to Discord raises: no misuse of discord.py, and no disk error."""


def send_outcome(error: BaseException) -> SendOutcome:
    """The outcome of a send that raised one of DISCORD_ERRORS.

    A `DiscordException` that is no HTTP error comes from discord.py itself before anything is sent: its cache lacks what
    the call needs, or it cannot read something.
    """
    match error:
        # First: nothing was sent, though these classes also belong to the cases below.
        case discord.RateLimited() | aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return SendOutcome.RETRY
        case discord.HTTPException():
            return outcome_of_response(error.status, error.code)
        case discord.DiscordException():
            return SendOutcome.REJECTED
        case _:
            return SendOutcome.UNKNOWN


def is_transient(error: BaseException) -> bool:
    """Whether Discord or the network failed, not what was sent: the same call may work later."""
    return isinstance(error, _OF_DISCORD) and send_outcome(error).may_retry


def is_gone(error: BaseException) -> bool:
    """Whether Discord itself says that something does not exist; a proxy's 404 does not count."""
    return isinstance(error, discord.NotFound) and not send_outcome(error).may_retry


def describe(error: BaseException) -> str:
    """A line of at most 300 characters for log and database: Discord's code and text, never what was sent."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code}: {error.text.splitlines()[0] if error.text else 'no words'}"[
            :300
        ]
    return f"{type(error).__name__}: {error}"[:300]

"""What an error of a call to Discord means for the message that was to be sent."""

from enum import Enum, auto

import aiohttp
import discord

UNKNOWN_MESSAGE = 10008
MISSING_PERMISSIONS = 50013
INVALID_WEBHOOK_TOKEN = 50027
CANNOT_REPLY = 160002
FILE_TOO_LARGE = frozenset({40005, 50045})
WRITE_LIMITS = frozenset({20016, 20028})
HTTP_TOO_LARGE = 413
HTTP_UNAUTHORISED = 401
HTTP_RATE_LIMITED = 429
HTTP_SERVER_ERROR = 500

SEND_FAULTS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""Everything that a call through discord.py may raise when Discord or the way to it fails."""


_OF_DISCORD = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, ConnectionError, TimeoutError)
"""Of these the errors that nothing but a call to Discord raises: no misuse of discord.py, and no fault of a disk."""


class Meaning(Enum):
    """What is known about the message after the error."""

    BLOCKED = auto()  # not sent, and this way will not work
    TOO_LARGE = auto()  # not sent; without files it may work
    LATER = auto()  # not sent; the same may work later
    UNCERTAIN = auto()  # perhaps sent


def meaning(error: BaseException) -> Meaning:
    """Read an error of `SEND_FAULTS`."""
    match error:
        case discord.RateLimited() | aiohttp.ClientConnectorError():
            return Meaning.LATER
        case discord.HTTPException():
            return _of_answer(error)
        case _:
            return Meaning.UNCERTAIN


def is_passing(error: BaseException) -> bool:
    """Whether Discord, or the way to it, was at fault and not what was sent: the same may work later."""
    return isinstance(error, _OF_DISCORD) and meaning(error) in (Meaning.LATER, Meaning.UNCERTAIN)


def _of_answer(error: discord.HTTPException) -> Meaning:
    if error.status >= HTTP_SERVER_ERROR:
        return Meaning.UNCERTAIN
    if error.status == HTTP_TOO_LARGE or error.code in FILE_TOO_LARGE:
        return Meaning.TOO_LARGE
    if (
        error.code == INVALID_WEBHOOK_TOKEN
    ):  # of an interaction that has expired, which Discord answers with 401
        return Meaning.BLOCKED
    if error.status in (HTTP_RATE_LIMITED, HTTP_UNAUTHORISED) or error.code in WRITE_LIMITS:
        return Meaning.LATER
    return Meaning.BLOCKED


def describe(error: BaseException) -> str:
    """A short line for the log and the database: Discord's code and words, never what was sent."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code}: {error.text.splitlines()[0] if error.text else 'no words'}"[
            :300
        ]
    return f"{type(error).__name__}: {error}"[:300]

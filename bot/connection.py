"""Stays connected to Discord, whatever ends a connection; what only the operator can mend ends the program."""

import asyncio
import random
from collections.abc import Callable

import discord
import structlog
from pydantic import SecretStr

from bot.client import MusicBot
from bot.delivery import Line
from bot.delivery.faults import describe
from bot.discord_io.connection_errors import (
    INTENTS_NOT_ALLOWED,
    LOGIN_REFUSALS,
    UNAUTHORISED,
    sentence_of_close,
)
from bot.exits import ExitCode, Fatal
from bot.services import Services

log = structlog.get_logger(__name__)

RESTART_WAIT_S = 1.0
MAX_RESTART_WAIT_S = 120.0
"""Discord allows 1,000 new sessions a day: at this pace even an endless failure stays below."""

NOT_BY_ITSELF_S = 16.0
"""A connection that is lost and made again is daily bread; one that cannot be made so often is for the operator."""

STEADY_S = 120.0
"""What has run for this long starts again without a long wait."""


async def keep_connected(
    token: SecretStr, *, services: Services, line: Line, on_ready: Callable[[], None]
) -> None:
    """Stay connected to Discord, with a fresh client after every end and a growing wait between them.

    Raises:
        Fatal: Discord will not have this token, or what it may do.
    """
    clock = services.clock
    wait_s = RESTART_WAIT_S
    while True:
        began = clock.monotonic()
        await _one_connection(token, MusicBot(services=services, line=line, on_ready=on_ready))
        wait_s = RESTART_WAIT_S if clock.monotonic() - began > STEADY_S else wait_s
        pause_s = wait_s * (1 + random.random() / 4)
        level = log.warning if wait_s >= NOT_BY_ITSELF_S else log.info
        level("discord_again", in_s=round(pause_s, 1), remedy="look at Discord's status page and the network")
        await asyncio.sleep(pause_s)
        wait_s = min(MAX_RESTART_WAIT_S, wait_s * 2)


async def _one_connection(token: SecretStr, bot: MusicBot) -> None:
    """Serve until the connection is lost for good, for a reason that may pass. Raises Fatal for any other."""
    try:
        await bot.run_until_cancelled(token.get_secret_value())
    except Exception as error:  # discord.py lets errors of every kind out of a lost connection
        if sentence := _fatal_sentence(error):
            raise Fatal(sentence, ExitCode.SETTINGS) from error
        log.info("discord_lost", error=describe(error))


def _fatal_sentence(error: Exception) -> str | None:
    """What to tell the operator where no further connection would fare better; None where one may."""
    match error:
        case discord.LoginFailure():
            return LOGIN_REFUSALS[UNAUTHORISED]
        case discord.PrivilegedIntentsRequired():
            return sentence_of_close(INTENTS_NOT_ALLOWED)
        case discord.ConnectionClosed():
            return sentence_of_close(error.code)
        case discord.HTTPException():  # of the login: no other call's error gets here
            return LOGIN_REFUSALS.get(error.code)
        case _:
            return None

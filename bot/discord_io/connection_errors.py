"""What the end of a connection to Discord means: whether to reconnect or to end the program.

`tests/discord_io/discord_codes.csv` lists every close code that Discord documents; a test checks that each one is here.
"""

from enum import Enum, auto


class Reconnect(Enum):
    """How discord.py reconnects."""

    RESUME = auto()  # the same session: Discord sends the missed events
    NEW_SESSION = auto()  # the session cannot be resumed: a new one begins


_LOGIN_REFUSED = "Discord refuses the token. Check DISCORD_TOKEN."
_TOO_OLD = "This version of the bot is too old for Discord. Install a newer one."

UNAUTHORISED = 40001
INTENTS_NOT_ALLOWED = 4014

CLOSE_CODES: dict[int, Reconnect | str] = {
    1000: Reconnect.RESUME,  # closed for no reason that is given
    1001: Reconnect.RESUME,  # the server behind it goes away
    1006: Reconnect.RESUME,  # lost without a close
    4000: Reconnect.RESUME,  # something went wrong at Discord
    4001: Reconnect.RESUME,  # an opcode that Discord does not know
    4002: Reconnect.RESUME,  # a message that it could not read
    4003: Reconnect.NEW_SESSION,  # sent before the session began, or after it was ended
    4004: "Discord refuses the token at the gateway. Check DISCORD_TOKEN.",
    4005: Reconnect.RESUME,  # the session was begun twice
    4007: Reconnect.NEW_SESSION,  # resumed with a number that it never sent
    4008: Reconnect.RESUME,  # sent too fast
    4009: Reconnect.NEW_SESSION,  # the session timed out
    4010: f"Discord refuses the shard as invalid. {_TOO_OLD}",
    4011: "Discord requires more shards: a session may serve about 2,500 servers. Leave SHARD_COUNT empty, or raise it, and "
    "restart the bot.",
    4012: f"Discord no longer serves this version of the gateway. {_TOO_OLD}",
    4013: f"Discord refuses the intents as invalid. {_TOO_OLD}",
    INTENTS_NOT_ALLOWED: "Discord refuses the intents as not allowed. The bot needs none that is privileged; check the application.",
}
"""What follows a close code of the gateway; a text ends the program with it.

Unlisted codes reconnect like a lost connection.
"""

LOGIN_REFUSALS: dict[int, str] = {
    UNAUTHORISED: _LOGIN_REFUSED,
    50014: _LOGIN_REFUSED,
    50041: f"Discord no longer serves this version of its API. {_TOO_OLD}",
}
"""JSON error codes of the login's calls that end the program, as 401 does.

Any other refusal (403, 404, 429, 5xx, with whatever code) is tried again with growing waits: it passes, or it is for the
operator, who reads why in the log.
"""


def fatal_close_message(code: int) -> str | None:
    """The message for the operator if this close code ends the program; None if the bot reconnects."""
    outcome = CLOSE_CODES.get(code)
    return outcome if isinstance(outcome, str) else None

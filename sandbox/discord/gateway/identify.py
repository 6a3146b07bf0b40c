"""What an IDENTIFY must contain."""

from sandbox.discord.gateway.codes import Close
from sandbox.discord.gateway.events import PRIVILEGED, Intent
from sandbox.discord.json_types import Json, is_object

ALL_INTENTS_END = 1 << 27


def identify_error(data: Json, *, token: str, privileged: Intent) -> Close | None:
    """The close code with which an IDENTIFY is refused, apart from its shard; `privileged`: the intents granted to the bot."""
    intents = data.get("intents")
    if data.get("token") != token:
        return Close.AUTHENTICATION_FAILED
    if not is_object(data.get("properties")):
        return Close.DECODE_ERROR
    if isinstance(intents, bool) or not isinstance(intents, int) or not 0 <= intents < ALL_INTENTS_END:
        return Close.INVALID_INTENTS
    return Close.DISALLOWED_INTENTS if intents & PRIVILEGED & ~privileged else None

"""What Discord refuses of a message though its form is right: addresses, files, words, a reply."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.discord.json_types import Json, is_array, is_object, objects
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.rules import errors
from sandbox.discord.rules.component_types import LINK_STYLE, Kind
from sandbox.discord.rules.errors import DiscordError, invalid_field

Objection = Callable[[SeenRequest], DiscordError | None]
"""Looks at a request before it has its effect; an error says what Discord does not like about it."""

ATTACHED = "attachment://"
INTO_CHANNELS = ("message.create", "message.edit")
"""The requests that AutoMod looks at: what a bot writes in a channel."""


def link_buttons(seen: SeenRequest) -> DiscordError | None:
    """No button may lead anywhere: Discord does not like the address."""
    path, message = _message(seen)
    for row, holder in enumerate(objects(message.get("components"))):
        for place, button in enumerate(objects(holder.get("components"))):
            if button.get("type") == Kind.BUTTON and button.get("style") == LINK_STYLE:
                return _bad_address(*path, "components", row, "components", place, "url")
    return None


def embed_pictures(seen: SeenRequest) -> DiscordError | None:
    """No embed may show a picture from elsewhere; an attached one has no address that could be wrong."""
    path, message = _message(seen)
    for number, embed in enumerate(objects(message.get("embeds"))):
        for name in ("image", "thumbnail"):
            picture = embed.get(name)
            if is_object(picture) and not str(picture.get("url")).startswith(ATTACHED):
                return _bad_address(*path, "embeds", number, name, "url")
    return None


def files(seen: SeenRequest) -> DiscordError | None:
    """No file is small enough."""
    return errors.too_large() if seen.files else None


def replies(seen: SeenRequest) -> DiscordError | None:
    """Nothing can be replied to, whether or not the reply may do without."""
    path, message = _message(seen)
    if not message.get("message_reference"):
        return None
    return invalid_field(
        (*path, "message_reference"),
        "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
        "Cannot reply to a system message",
    )


def each_of(*objections: Objection) -> Objection:
    """All of these, in this order."""
    return lambda seen: next(filter(None, (each(seen) for each in objections)), None)


def words(*blocked: str) -> Objection:
    """AutoMod lets no message with these words into a channel."""

    def automod(seen: SeenRequest) -> DiscordError | None:
        if seen.kind not in INTO_CHANNELS:
            return None
        found = any(word in text for text in _texts(_message(seen)[1]) for word in blocked)
        return errors.blocked_by_automod() if found else None

    return automod


def _bad_address(*path: str | int) -> DiscordError:
    return invalid_field(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _message(seen: SeenRequest) -> tuple[tuple[str, ...], Json]:
    """The message in a request, and the path to it: the response to an interaction holds it as its data."""
    body = seen.json if is_object(seen.json) else {}
    if seen.kind != "callback":
        return (), body
    data = body.get("data")
    return ("data",), data if is_object(data) else {}


def _texts(value: Any) -> Iterator[str]:
    """Every text within a piece of JSON."""
    if isinstance(value, str):
        yield value
    within = value.values() if is_object(value) else value if is_array(value) else ()
    for each in within:
        yield from _texts(each)

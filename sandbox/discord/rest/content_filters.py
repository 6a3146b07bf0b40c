"""Content filters: reasons for which Discord refuses a message whose form is valid."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.discord.json_types import Json, is_array, is_object, objects
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.rules import errors
from sandbox.discord.rules.component_types import LINK_STYLE, ComponentType
from sandbox.discord.rules.errors import DiscordError, invalid_field
from sandbox.discord.world.model import MessageFlag

ContentFilter = Callable[[SeenRequest], DiscordError | None]
"""Called with a request before it takes effect; returns the error that refuses it, or None."""

ATTACHED = "attachment://"
AUTOMOD_KINDS = ("message.create", "message.edit", "thread.create")
"""The kinds of request that AutoMod checks: messages in a channel, and posts in a forum with their titles."""


def link_buttons(seen: SeenRequest) -> DiscordError | None:
    """Refuse every link button: its URL counts as malformed."""
    path, message = _message(seen)
    for row, holder in enumerate(objects(message.get("components"))):
        for place, button in enumerate(objects(holder.get("components"))):
            if button.get("type") == ComponentType.BUTTON and button.get("style") == LINK_STYLE:
                return _malformed_url(*path, "components", row, "components", place, "url")
    return None


def song_links(seen: SeenRequest) -> DiscordError | None:
    """Refuse every text with an audio file's address as a harmful link."""
    found = any(".mp3" in text and "://" in text for text in _texts(_message(seen)[1]))
    return errors.harmful_link() if found else None


def embed_pictures(seen: SeenRequest) -> DiscordError | None:
    """Refuse every embed with an image from a URL; an attached one has no URL that could be malformed."""
    path, message = _message(seen)
    for number, embed in enumerate(objects(message.get("embeds"))):
        for name in ("image", "thumbnail"):
            picture = embed.get(name)
            if is_object(picture) and not str(picture.get("url")).startswith(ATTACHED):
                return _malformed_url(*path, "embeds", number, name, "url")
    return None


def layouts(seen: SeenRequest) -> DiscordError | None:
    """Refuse every message of components (V2)."""
    path, message = _message(seen)
    if not int(message.get("flags") or 0) & MessageFlag.COMPONENTS_V2:
        return None
    return invalid_field((*path, "components", 0), "BASE_TYPE_CHOICES", "Value of field is not allowed here.")


def files(seen: SeenRequest) -> DiscordError | None:
    """Refuse every file as too large."""
    return errors.too_large() if seen.files else None


def replies(seen: SeenRequest) -> DiscordError | None:
    """Refuse every reply, whatever `fail_if_not_exists` says."""
    path, message = _message(seen)
    if not message.get("message_reference"):
        return None
    return invalid_field(
        (*path, "message_reference"),
        "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
        "Cannot reply to a system message",
    )


def each_of(*filters: ContentFilter) -> ContentFilter:
    """Apply several filters in this order."""
    return lambda seen: next(filter(None, (each(seen) for each in filters)), None)


def words(*blocked: str) -> ContentFilter:
    """Refuse messages in channels that contain one of these words, as AutoMod does."""

    def automod(seen: SeenRequest) -> DiscordError | None:
        if seen.kind not in AUTOMOD_KINDS:
            return None
        body = seen.json if is_object(seen.json) else {}
        title = str(body.get("name", "")) if seen.kind == "thread.create" else ""
        if any(word in title for word in blocked):
            return errors.title_blocked_by_automod()
        found = any(word in text for text in _texts(_message(seen)[1]) for word in blocked)
        return errors.blocked_by_automod() if found else None

    return automod


def _malformed_url(*path: str | int) -> DiscordError:
    return invalid_field(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _message(seen: SeenRequest) -> tuple[tuple[str, ...], Json]:
    """The path to the message in a request, and the message: responses to interactions and posts in a forum nest it."""
    body = seen.json if is_object(seen.json) else {}
    part = {"callback": "data", "thread.create": "message"}.get(seen.kind)
    if part is None:
        return (), body
    nested = body.get(part)
    return (part,), nested if is_object(nested) else {}


def _texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    within = value.values() if is_object(value) else value if is_array(value) else ()
    for each in within:
        yield from _texts(each)

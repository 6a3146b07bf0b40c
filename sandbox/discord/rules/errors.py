"""Discord's error answers: a status, a code, a message and, for an invalid form, the path of each error."""

from collections.abc import Iterable
from http import HTTPStatus

from sandbox.discord.json_types import Json

REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


RETRY_AFTER_S = 0.5
"""What a 429 with an error code asks a client to wait."""


class DiscordError(Exception):
    """An error answer. `errors` is the nested description of an invalid form."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """The JSON body of the answer."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            body |= {"retry_after": RETRY_AFTER_S, "global": False}
        return body

    @property
    def headers(self) -> dict[str, str]:
        """The headers of its answer; `Via` is how clients tell Discord's own 429 from one of the network in front of it."""
        if self.status != HTTPStatus.TOO_MANY_REQUESTS:
            return {}
        return {"Via": "1.1 google", "Retry-After": "1", "X-RateLimit-Scope": "user"}


class FormErrors:
    """Collects the errors of a form, each with the path to its field."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[str, ...], str, str]] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def at(self, *path: str | int) -> "FieldErrors":
        """Adds errors to this collection below `path`."""
        return FieldErrors(self, tuple(map(str, path)))

    def nested(self) -> Json:
        """The errors as Discord nests them: by field and index, `_errors` at each end."""
        tree: Json = {}
        for path, code, message in self.found:
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return tree

    def raise_if_any(self) -> None:
        """Raise 50035 if there are any errors."""
        if self.found:
            raise invalid_form(self.nested())


class FieldErrors:
    """Adds errors below one path of a form."""

    def __init__(self, form: FormErrors, path: tuple[str, ...]) -> None:
        self._form = form
        self._path = path

    def at(self, *path: str | int) -> "FieldErrors":
        """One level (or more) further down."""
        return FieldErrors(self._form, self._path + tuple(map(str, path)))

    def add(self, code: str, message: str) -> None:
        """Add one error at this path."""
        self._form.found.append((self._path, code, message))

    def required(self) -> None:
        """A required value is missing."""
        self.add(*REQUIRED)

    def too_long(self, limit: int) -> None:
        """A text of more than `limit` characters."""
        self.add("BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")

    def bad_length(self, low: int, high: int) -> None:
        """A text or a list outside of its length."""
        self.add("BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def wrong_type(self, wanted: str) -> None:
        """A value of the wrong type."""
        self.add(f"{wanted.upper()}_TYPE_CONVERT", f"Value is not {wanted}.")

    def not_one_of(self, value: object, allowed: Iterable[object]) -> None:
        """A value outside of its enumeration."""
        choices = ", ".join(map(repr, allowed))
        self.add("BASE_TYPE_CHOICES", f"Value {value!r} must be one of ({choices}).")


def invalid_form(errors: Json) -> DiscordError:
    """A form whose errors are already nested."""
    return DiscordError(400, 50035, "Invalid Form Body", errors)


def invalid_field(path: Iterable[str | int], code: str, message: str) -> DiscordError:
    """An invalid form with one error."""
    form = FormErrors()
    form.at(*path).add(code, message)
    return invalid_form(form.nested())


def not_one_of(path: Iterable[str | int], value: object, allowed: Iterable[object]) -> DiscordError:
    """A form whose only error is a value outside of its enumeration."""
    form = FormErrors()
    form.at(*path).not_one_of(value, allowed)
    return invalid_form(form.nested())


def unauthorised() -> DiscordError:
    """The token is missing or wrong."""
    return DiscordError(401, 0, "401: Unauthorized")


def not_found() -> DiscordError:
    """No such route."""
    return DiscordError(404, 0, "404: Not Found")


def invalid_json() -> DiscordError:
    """A body that is not valid JSON."""
    return DiscordError(400, 50109, "The request body contains invalid JSON.")


def unknown_channel() -> DiscordError:
    """No channel with this ID."""
    return DiscordError(404, 10003, "Unknown Channel")


def unknown_guild() -> DiscordError:
    """No guild with this ID that the bot is in."""
    return DiscordError(404, 10004, "Unknown Guild")


def unknown_member() -> DiscordError:
    """This user is not in the guild."""
    return DiscordError(404, 10007, "Unknown Member")


def unknown_message() -> DiscordError:
    """No message with this ID in the channel; an ephemeral message counts as unknown."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_user() -> DiscordError:
    """No user with this ID."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_webhook() -> DiscordError:
    """An interaction that has no webhook (yet)."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> DiscordError:
    """An interaction that does not exist, or was not acknowledged in time."""
    return DiscordError(404, 10062, "Unknown interaction")


def sending_disabled() -> DiscordError:
    """Sending messages is disabled for everybody for a while."""
    return DiscordError(403, 40004, "Send messages has been temporarily disabled")


def blocked_at_the_edge() -> DiscordError:
    """The network in front of Discord blocks the request, as it does without a valid User-Agent."""
    return DiscordError(403, 40333, "internal network error")


def server_write_limit() -> DiscordError:
    """Too many writes to one server."""
    return DiscordError(429, 20029, "The write action you are performing on the server has hit the limit")


def opening_dms_too_fast() -> DiscordError:
    """The bot opened too many direct messages in a short time."""
    return DiscordError(403, 40003, "You are opening direct messages too fast")


def uploads_limited() -> DiscordError:
    """File uploads are limited in this server for now."""
    return DiscordError(403, 400001, "Access to file uploads has been limited for this guild")


def explicit_content() -> DiscordError:
    """Files that the recipients' explicit content filter blocks."""
    return DiscordError(400, 20009, "Explicit content cannot be sent to the desired recipient(s)")


def already_acknowledged() -> DiscordError:
    """A second first response."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> DiscordError:
    """An interaction's token that is wrong or older than 15 minutes."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def missing_access() -> DiscordError:
    """The bot cannot see the channel."""
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    """The bot sees the channel but lacks a permission."""
    return DiscordError(403, 50013, "Missing Permissions")


def cannot_reply() -> DiscordError:
    """A reply without READ_MESSAGE_HISTORY."""
    return DiscordError(403, 160002, "Cannot reply without permission to read message history")


def cannot_edit_others() -> DiscordError:
    """An edit of a message by somebody else."""
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordError:
    """A message without content, embeds, components and files."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def dms_closed() -> DiscordError:
    """This user does not accept direct messages from the bot."""
    return DiscordError(403, 50007, "Cannot send messages to this user")


def no_mutual_guilds() -> DiscordError:
    """The bot shares no server with this user."""
    return DiscordError(
        403, 50278, "Cannot send messages to this user due to having no mutual guilds with the application"
    )


def thread_archived(status: int = 400) -> DiscordError:
    """Something that would change an archived thread."""
    return DiscordError(status, 50083, "Thread is archived")


def thread_locked() -> DiscordError:
    """A message to a locked thread, in which only moderators may write."""
    return DiscordError(403, 160005, "Thread is locked")


def too_large() -> DiscordError:
    """A file, or a whole request, over its limit."""
    return DiscordError(413, 40005, "Request entity too large")


def too_many_followups() -> DiscordError:
    """A user-installed app may send only five follow-ups."""
    return DiscordError(400, 40094, "Maximum number of follow up messages reached for this interaction")


def not_text_channel() -> DiscordError:
    """A channel that holds no messages."""
    return DiscordError(400, 50008, "Cannot send messages in a non-text channel")


def forum_takes_no_messages() -> DiscordError:
    """A message to a forum or media channel: theirs are in posts."""
    return DiscordError(400, 40058, "Cannot send a message in a forum channel")


def unknown_tag() -> DiscordError:
    """No tag with this ID in the forum."""
    return DiscordError(404, 10087, "Unknown Tag")


def no_tag_for_members() -> DiscordError:
    """A forum that requires a tag and has none that this account may set."""
    return DiscordError(400, 40066, "There are no tags available that can be set by non-moderators")


def tag_required() -> DiscordError:
    """A post without a tag in a forum that requires one."""
    return DiscordError(400, 40067, "A tag is required to create a forum post in this channel")


def wrong_channel_type() -> DiscordError:
    """An action that this type of channel does not have, such as a thread in a thread."""
    return DiscordError(400, 50024, "Cannot execute action on this channel type")


def thread_exists() -> DiscordError:
    """A second thread on one message."""
    return DiscordError(400, 160004, "A thread has already been created for this message")


def harmful_link() -> DiscordError:
    """The link filter has refused a message."""
    return DiscordError(400, 240000, "Message blocked by harmful links filter")


def blocked_by_automod() -> DiscordError:
    """A message that a server's AutoMod blocks."""
    return DiscordError(400, 200000, "Message was blocked by automatic moderation")


def title_blocked_by_automod() -> DiscordError:
    """A forum post whose title a server's AutoMod blocks."""
    return DiscordError(400, 200001, "Title was blocked by automatic moderation")

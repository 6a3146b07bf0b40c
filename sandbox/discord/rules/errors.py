"""What Discord answers when it refuses: a status, a code, a message and, for a form, where each fault is."""

from collections.abc import Iterable

from sandbox.discord.json_types import Json

REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


class DiscordError(Exception):
    """An answer that is an error. `errors` is the nested description of a refused form."""

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
        return body


class FormFaults:
    """Collects what is wrong with a form, each fault with the path to its field."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[str, ...], str, str]] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def at(self, *path: str | int) -> "FaultsAt":
        """The same collection, seen from `path`."""
        return FaultsAt(self, tuple(map(str, path)))

    def nested(self) -> Json:
        """The faults as Discord nests them: by field and index, `_errors` at each end."""
        tree: Json = {}
        for path, code, message in self.found:
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return tree

    def raise_if_any(self) -> None:
        """Refuse the form if anything is wrong with it."""
        if self.found:
            raise invalid_form(self.nested())


class FaultsAt:
    """Adds faults below one path of a form."""

    def __init__(self, faults: FormFaults, path: tuple[str, ...]) -> None:
        self._faults = faults
        self._path = path

    def at(self, *path: str | int) -> "FaultsAt":
        """One level (or more) further down."""
        return FaultsAt(self._faults, self._path + tuple(map(str, path)))

    def add(self, code: str, message: str) -> None:
        """Note one fault here."""
        self._faults.found.append((self._path, code, message))

    def required(self) -> None:
        """Something that must be here is not."""
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
    """A form whose faults are already nested."""
    return DiscordError(400, 50035, "Invalid Form Body", errors)


def invalid_field(path: Iterable[str | int], code: str, message: str) -> DiscordError:
    """A form with one fault."""
    faults = FormFaults()
    faults.at(*path).add(code, message)
    return invalid_form(faults.nested())


def blocked() -> DiscordError:
    """What stands in front of Discord lets nobody through who does not say in the right form what they are."""
    return DiscordError(403, 40333, "internal network error")


def unauthorised() -> DiscordError:
    """The token is missing or wrong."""
    return DiscordError(401, 0, "401: Unauthorized")


def not_found() -> DiscordError:
    """No such route."""
    return DiscordError(404, 0, "404: Not Found")


def invalid_json() -> DiscordError:
    """A body that cannot be read."""
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
    """No message with this ID in the channel (an ephemeral one never is)."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_user() -> DiscordError:
    """No user with this ID."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_webhook() -> DiscordError:
    """An interaction that has no webhook (yet)."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> DiscordError:
    """An interaction that never was, or was not acknowledged in time."""
    return DiscordError(404, 10062, "Unknown interaction")


def sending_disabled() -> DiscordError:
    """Nobody may send messages for a while."""
    return DiscordError(403, 40004, "Send messages has been temporarily disabled")


def blocked_at_the_edge() -> DiscordError:
    """The network in front of Discord blocks the request."""
    return DiscordError(403, 40333, "internal network error")


def server_write_limit() -> DiscordError:
    """Too many writes to one server."""
    return DiscordError(429, 20029, "The write action you are performing on the server has hit the limit")


def opening_dms_too_fast() -> DiscordError:
    """Too many direct messages were opened in a short time."""
    return DiscordError(403, 40003, "You are opening direct messages too fast")


def uploads_limited() -> DiscordError:
    """A server in which no files may be sent for now."""
    return DiscordError(403, 400001, "Access to file uploads has been limited for this guild")


def explicit_content() -> DiscordError:
    """Files that the recipients' filter does not let through."""
    return DiscordError(400, 20009, "Explicit content cannot be sent to the desired recipient(s)")


def already_acknowledged() -> DiscordError:
    """A second first response."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> DiscordError:
    """An interaction's token that is wrong or older than 15 minutes."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def missing_access() -> DiscordError:
    """The bot cannot see it."""
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    """The bot sees it but may not do this."""
    return DiscordError(403, 50013, "Missing Permissions")


def cannot_reply() -> DiscordError:
    """A reply without READ_MESSAGE_HISTORY."""
    return DiscordError(403, 160002, "Cannot reply without permission to read message history")


def cannot_edit_others() -> DiscordError:
    """An edit of a message by somebody else."""
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordError:
    """A message without anything in it."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def dms_closed() -> DiscordError:
    """This user takes no direct messages from the bot."""
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
    """A message to a thread that only moderators may write in."""
    return DiscordError(403, 160005, "Thread is locked")


def too_large() -> DiscordError:
    """A file, or a whole request, over its limit."""
    return DiscordError(413, 40005, "Request entity too large")


def too_many_followups() -> DiscordError:
    """A user-installed app may only follow up five times."""
    return DiscordError(400, 40094, "Maximum number of follow up messages reached for this interaction")


def not_text_channel() -> DiscordError:
    """A channel that holds no messages."""
    return DiscordError(400, 50008, "Cannot send messages in a non-text channel")


def wrong_channel_type() -> DiscordError:
    """Something that this kind of channel does not have, such as a thread in a thread."""
    return DiscordError(400, 50024, "Cannot execute action on this channel type")


def thread_exists() -> DiscordError:
    """A second thread on one message."""
    return DiscordError(400, 160004, "A thread has already been created for this message")


def blocked_by_automod() -> DiscordError:
    """A message that a server's AutoMod does not let through."""
    return DiscordError(400, 200000, "Message was blocked by automatic moderation")

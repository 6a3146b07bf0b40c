"""Discord's documented error codes that a bot like this one can meet, each as it can be switched on.

Codes: Discord's page on opcodes and status codes (2026-08), which names no HTTP status; the statuses here are those seen in
practice, or else 403 for what is forbidden, 404 for what is not there, 429 for what is too often, and 400. The texts are ours:
clients go by the code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.discord.rules.errors import DiscordError

EVERY = ("*",)
POST, DIRECT, FORUM_POST = "message.create", "dm.message", "thread.create"
EDIT, DELETE, READ = "message.edit", "message.delete", "history"
COMMANDS = ("commands.put",)
OPEN_DM = ("dm.create",)
RESPONSE = ("callback",)
WEBHOOK = ("original.edit", "original.delete", "followup")
WEBHOOK_SENDS = ("original.edit", "followup")
POSTS = (POST, FORUM_POST)
SENDS = (*POSTS, DIRECT)
WITH_FILES = (*SENDS, *WEBHOOK_SENDS)
IN_CHANNELS = (*POSTS, EDIT, DELETE)
WITH_BODY = (*SENDS, EDIT, *WEBHOOK_SENDS)


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One code. `kinds` are the requests that are answered with it ("*": all), by the names that faults are planned for."""

    code: int
    status: int
    message: str
    kinds: tuple[str, ...]

    @property
    def error(self) -> DiscordError:
        """The answer; an invalid form names no field, as a filter that does not say what it objects to."""
        return DiscordError(self.status, self.code, self.message)

    def answers(self, kind: str) -> bool:
        """Whether a request of this kind can be answered with it."""
        return kind in self.kinds or self.kinds == EVERY


def _rows(status: int, kinds: tuple[str, ...], messages: dict[int, str]) -> Iterator[DocumentedError]:
    return (DocumentedError(code, status, message, kinds) for code, message in messages.items())


_ALL = (
    *_rows(401, EVERY, {40001: "Not authorised", 50014: "The token is invalid"}),
    *_rows(403, EVERY, {40002: "The account has to be verified", 40333: "Blocked by the network in front"}),
    *_rows(400, EVERY, {40006: "This feature is switched off for a while", 50041: "No such API version"}),
    *_rows(429, EVERY, {40062: "This resource is rate limited"}),
    *_rows(403, EVERY, {110001: "The application is not available yet"}),
    *_rows(503, (*SENDS, EDIT, READ), {130000: "Overloaded"}),
    *_rows(404, COMMANDS, {10002: "Unknown application"}),
    *_rows(403, COMMANDS, {20012: "Another account's application"}),
    *_rows(400, COMMANDS, {30032: "Too many commands", 40041: "A command of this name exists"}),
    *_rows(429, COMMANDS, {30034: "Too many new commands today"}),
    *_rows(404, (*IN_CHANNELS, DIRECT, READ, *RESPONSE), {10003: "Unknown channel"}),
    *_rows(404, POSTS, {10004: "Unknown server"}),
    *_rows(404, (*SENDS, EDIT, DELETE, "original.edit", "original.delete"), {10008: "Unknown message"}),
    *_rows(404, OPEN_DM, {10013: "Unknown user"}),
    *_rows(404, WEBHOOK, {10015: "Unknown webhook"}),
    *_rows(404, RESPONSE, {10062: "Unknown interaction"}),
    *_rows(404, (FORUM_POST,), {10087: "Unknown tag"}),
    *_rows(429, POSTS, {20016: "Slow mode", 20029: "Too many writes to this server"}),
    *_rows(429, (*POSTS, EDIT), {20028: "Too many writes to this channel"}),
    *_rows(429, (EDIT,), {20022: "Too many edits of announcements", 30046: "Too many edits of old messages"}),
    *_rows(403, OPEN_DM, {40003: "Direct messages are opened too fast"}),
    *_rows(403, SENDS, {40004: "Nobody may send messages for a while"}),
    *_rows(400, WITH_FILES, {20009: "Explicit content", 30015: "Too many files", 50046: "Unreadable file"}),
    *_rows(
        400, WITH_FILES, {50110: "Unreadable file", 50123: "Wrong type of file", 50146: "A file is missing"}
    ),
    *_rows(413, WITH_FILES, {40005: "The request is too large", 50045: "A file is too large"}),
    *_rows(403, WITH_FILES, {400001: "Uploads are limited in this server"}),
    *_rows(
        403,
        POSTS,
        {40007: "Banned", 50009: "The verification level is too high", 50095: "Not in this country"},
    ),
    *_rows(403, (*IN_CHANNELS, READ, *COMMANDS), {50001: "Missing access"}),
    *_rows(403, IN_CHANNELS, {50013: "Missing permissions"}),
    *_rows(403, (EDIT,), {50005: "Another account's message", 50021: "A system message"}),
    *_rows(400, (EDIT,), {50068: "A message of this type cannot be edited"}),
    *_rows(403, (DIRECT, *OPEN_DM), {50007: "This person takes no direct messages"}),
    *_rows(403, (DIRECT, *OPEN_DM), {50278: "No server in common"}),
    *_rows(400, OPEN_DM, {50033: "Invalid recipients"}),
    *_rows(403, (POST,), {160002: "A reply needs the history", 160005: "The thread is locked"}),
    *_rows(400, (POST,), {30033: "Too many thread members", 40058: "A forum takes no messages"}),
    *_rows(400, (POST,), {50008: "Not a text channel", 50024: "Not in a channel of this type"}),
    *_rows(400, POSTS, {160006: "Too many open threads", 160007: "Too many open announcement threads"}),
    *_rows(400, (EDIT, *RESPONSE), {50083: "The thread is archived"}),
    *_rows(400, RESPONSE, {40060: "Acknowledged already"}),
    *_rows(400, ("followup",), {40094: "Too many follow-ups"}),
    *_rows(401, WEBHOOK, {50027: "The webhook's token is invalid"}),
    *_rows(400, WITH_BODY, {50006: "An empty message", 50035: "Invalid form", 50109: "Invalid JSON"}),
    *_rows(400, (FORUM_POST,), {40066: "Only moderators may set these tags", 40067: "A tag is required"}),
    *_rows(400, (*POSTS, EDIT), {200000: "AutoMod blocks the message"}),
    *_rows(400, (FORUM_POST,), {200001: "AutoMod blocks the title"}),
    *_rows(400, WITH_BODY, {240000: "A harmful link"}),
)

DOCUMENTED: dict[int, DocumentedError] = {each.code: each for each in sorted(_ALL, key=lambda row: row.code)}
"""All of them by code."""

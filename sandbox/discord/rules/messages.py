"""Discord's rules for the body of a message, and the parsed form of one."""

import mimetypes
import re
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.rules import components, embeds, fields, mentions
from sandbox.discord.rules.errors import FieldErrors, FormErrors, empty_message, too_large
from sandbox.discord.rules.mentions import AllowedMentions
from sandbox.discord.world.model import MIB, NO_FLAGS, Attachment, Message, MessageFlag

MAX_CONTENT_CHARS = 2000
MAX_NONCE_CHARS = 25
MAX_FILES = 10
MAX_STICKERS = 3
MAX_FILENAME_CHARS = 260
MAX_REQUEST_BYTES = 25 * MIB
CHANNEL_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
# EPHEMERAL exists in answers to interactions only, and no edit changes it.
INTERACTION_FLAGS = CHANNEL_FLAGS | MessageFlag.EPHEMERAL
EDIT_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2

_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True, slots=True)
class SeenFile:
    """An uploaded file as it arrived: the form field's name (`files[0]`), file name, bytes and type."""

    field_name: str
    filename: str
    content: bytes = field(repr=False)
    content_type: str

    @property
    def index(self) -> int | None:
        """The number that `attachments` refers to it by."""
        match = re.fullmatch(r"files\[(\d+)\]", self.field_name)
        return int(match.group(1)) if match else None


@dataclass(slots=True)
class NewFile:
    """An uploaded file with its name and description from `attachments`."""

    filename: str
    content: bytes = field(repr=False)
    description: str | None = None

    @property
    def content_type(self) -> str:
        """Guessed from the name, as Discord does."""
        return mimetypes.guess_type(self.filename)[0] or "application/octet-stream"


@dataclass(slots=True)
class MessageLimits:
    """What depends on where a message is sent: the file limit, the flags, and the path of the body in the request."""

    file_limit_bytes: int
    flags_allowed: MessageFlag = CHANNEL_FLAGS
    path: tuple[str, ...] = ()


@dataclass(slots=True)
class MessageBody:
    """A checked message body. A part that is None was not in the body: an edit leaves it as it is.

    `kept_ids` are the attachments that an edit keeps, None for all of them.
    """

    content: str | None = None
    embeds: list[Json] | None = None
    components: list[Json] | None = None
    flags: MessageFlag = NO_FLAGS
    has_flags: bool = False
    new_files: list[NewFile] = field(default_factory=list[NewFile])
    kept_ids: list[int] | None = None
    allowed_mentions: AllowedMentions = field(default_factory=AllowedMentions)
    reference: Json | None = None
    nonce: str | None = None
    enforce_nonce: bool = False
    tts: bool = False

    @property
    def is_v2(self) -> bool:
        """Whether the components V2 flag is set: components only, no content or embeds."""
        return bool(self.flags & MessageFlag.COMPONENTS_V2)

    def require_something(self) -> None:
        """Refuse a new message that is empty."""
        if not (self.content or self.embeds or self.components or self.new_files):
            raise empty_message()


def check(
    payload: Json, files: list[SeenFile], limits: MessageLimits, existing: "ExistingMessage | None" = None
) -> MessageBody:
    """Check the body of a new message, or of an edit of `existing`.

    Raises:
        DiscordError: 400/50035 with the path of every error, 413/40005 for too large a file.
    """
    # First: too large a request is refused (40005) before its form is looked at.
    _check_sizes(files, limits.file_limit_bytes)
    before = existing or ExistingMessage()
    form = FormErrors()
    at = form.at(*limits.path)
    body = MessageBody(
        content=_content(at, payload),
        tts=fields.boolean(at.at("tts"), payload.get("tts")),
        allowed_mentions=mentions.check(at.at("allowed_mentions"), payload.get("allowed_mentions")),
        nonce=_nonce(at.at("nonce"), payload.get("nonce")),
        enforce_nonce=fields.boolean(at.at("enforce_nonce"), payload.get("enforce_nonce")),
        reference=_reference(at.at("message_reference"), payload.get("message_reference")),
    )
    _check_unused(at, payload)
    _flags(at.at("flags"), payload, limits.flags_allowed, body, before)
    _attachments(at.at("attachments"), payload, files, body, before)
    # After the attachments: embeds and components may show any file that the message will have.
    names = _filenames(body, before)
    # A part that is absent stays as it is in an edit; null and an empty list remove it.
    if "embeds" in payload:
        body.embeds = embeds.check(at.at("embeds"), payload["embeds"], filenames=names)
    if "components" in payload:
        body.components = components.check(
            at.at("components"), payload["components"], v2=body.is_v2, filenames=names
        )
    _check_v2(at, payload, body, before)
    form.raise_if_any()
    return body


@dataclass(slots=True)
class ExistingMessage:
    """The parts of a message that an edit's checks depend on; `legacy` names those that components V2 exclude."""

    files: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = NO_FLAGS
    legacy: frozenset[str] = frozenset()

    @classmethod
    def of(cls, message: Message) -> "ExistingMessage":
        """The parts of a message."""
        legacy = [("content", message.content), ("embeds", message.embeds)]
        return cls(message.files, message.flags, frozenset(name for name, part in legacy if part))


def _check_sizes(files: list[SeenFile], limit_bytes: int) -> None:
    # One limit for each file, one for the whole request; a boosted server's file limit exceeds the latter.
    total = sum(len(file.content) for file in files)
    if any(len(file.content) > limit_bytes for file in files) or total > max(limit_bytes, MAX_REQUEST_BYTES):
        raise too_large()


def _content(at: FieldErrors, payload: Json) -> str | None:
    if "content" not in payload:
        return None
    return fields.text(at.at("content"), payload["content"], high=MAX_CONTENT_CHARS)


def _reference(at: FieldErrors, value: object) -> Json | None:
    if (raw := fields.json_object(at, value)) is not None:
        for key in ("message_id", "channel_id", "guild_id"):
            fields.object_id(at.at(key), raw.get(key), required=key == "message_id")
        fields.boolean(at.at("fail_if_not_exists"), raw.get("fail_if_not_exists"))
    return raw


def _check_unused(at: FieldErrors, payload: Json) -> None:
    """The form of what this stand-in does not show."""
    for key in ("poll", "shared_client_theme"):
        fields.json_object(at.at(key), payload.get(key))
    fields.array(at.at("sticker_ids"), payload.get("sticker_ids"), high=MAX_STICKERS)


def check_webhook(payload: Json) -> None:
    """Check what only the message of a webhook has.

    Raises:
        DiscordError: 50035 with the path of every error.
    """
    form = FormErrors()
    fields.text(form.at("username"), payload.get("username"), low=1, high=80)
    fields.text(form.at("thread_name"), payload.get("thread_name"), high=100)
    fields.url(form.at("avatar_url"), payload.get("avatar_url"))
    fields.array(form.at("applied_tags"), payload.get("applied_tags"), high=5)
    form.raise_if_any()


def _nonce(at: FieldErrors, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        at.wrong_type("string")
        return None
    return fields.text(at, str(value), high=MAX_NONCE_CHARS) or None


def _flags(
    at: FieldErrors, payload: Json, allowed: MessageFlag, body: MessageBody, before: ExistingMessage
) -> None:
    number = fields.integer(at, payload.get("flags"), low=0, high=fields.MAX_INT32)
    if number is not None and number & ~int(allowed):
        at.add("MESSAGE_FLAGS_INVALID", f"Flags {number & ~int(allowed)} cannot be set here.")
    body.has_flags = number is not None
    # A message of components V2 stays one: the flag cannot be removed (documentation: Message Flags).
    body.flags = MessageFlag((number or 0) & int(allowed)) | (before.flags & MessageFlag.COMPONENTS_V2)


def _attachments(
    at: FieldErrors, payload: Json, files: list[SeenFile], body: MessageBody, before: ExistingMessage
) -> None:
    uploads = {file.index: file for file in files}
    if None in uploads or len(uploads) != len(files):
        at.add("ATTACHMENT_FIELD_INVALID", "Files must be sent as files[n], each n once.")
    described: dict[int, Json] = {}
    kept = {file.id for file in before.files}
    # Without `attachments` an edit keeps all files, with it those that it names (documentation: Edit Message).
    if payload.get("attachments") is not None:
        kept = _kept_attachments(at, payload["attachments"], uploads, described, kept)
        body.kept_ids = [file.id for file in before.files if file.id in kept]
    for index, file in uploads.items():
        body.new_files.append(_new_file(at, file, described.get(index or 0, {})))
    if len(kept) + len(files) > MAX_FILES:
        at.add("BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")


def _kept_attachments(
    at: FieldErrors,
    value: object,
    uploads: dict[int | None, SeenFile],
    described: dict[int, Json],
    known: set[int],
) -> set[int]:
    kept: set[int] = set()
    for place, raw in fields.json_objects(at, value, high=MAX_FILES):
        # An ID is the n of an uploaded files[n], or that of a file which the message has.
        number = 0 if raw.get("id") in (0, "0") else snowflake(raw.get("id"))
        if number is not None and number in uploads:
            described[number] = raw
        elif number is not None and number in known:
            kept.add(number)
        else:
            place.at("id").add(
                "ATTACHMENT_NOT_FOUND", f"Attachment {raw.get('id')!r} is neither uploaded nor there."
            )
        fields.text(place.at("filename"), raw.get("filename"), low=1, high=1024)
        for key, high in (("description", 1024), ("title", 1024), ("waveform", 400)):
            fields.text(place.at(key), raw.get(key), high=high)
        fields.number(place.at("duration_secs"), raw.get("duration_secs"), low=0, high=fields.MAX_INT32)
        for key in ("is_spoiler", "is_remix"):
            fields.boolean(place.at(key), raw.get(key))
    return kept


def _new_file(at: FieldErrors, file: SeenFile, described: Json) -> NewFile:
    name = str(described.get("filename") or file.filename)
    if not name or len(name) > MAX_FILENAME_CHARS:
        at.add("ATTACHMENT_FILENAME_INVALID", f"A file needs a name of 1 to {MAX_FILENAME_CHARS} characters.")
    description = described.get("description")
    return NewFile(safe_name(name), file.content, str(description) if description else None)


def safe_name(name: str) -> str:
    """A file's name as Discord stores it: without path, spaces and special characters."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip("_") or "unknown"


def _filenames(body: MessageBody, before: ExistingMessage) -> set[str]:
    kept = [f.filename for f in before.files if body.kept_ids is None or f.id in body.kept_ids]
    return {*kept, *(file.filename for file in body.new_files)}


def _check_v2(at: FieldErrors, payload: Json, body: MessageBody, before: ExistingMessage) -> None:
    """Components V2 exclude the other fields; an edit to them has to empty what the message has of these."""
    for key in ("content", "embeds", "poll", "sticker_ids") if body.is_v2 else ():
        if payload.get(key) or (key in before.legacy and key not in payload):
            at.at(key).add(
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )

"""Discord's objects, as far as a bot uses them: users, guilds, roles, channels, threads and messages."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from sandbox.discord.json_types import Json
from sandbox.discord.world.permissions import Overwrite, Permission

MIB = 1024 * 1024
_FILE_LIMITS_BYTES = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
DEFAULT_FILE_LIMIT_BYTES = _FILE_LIMITS_BYTES[0]


DEFAULT_LOCALE = "en-US"
LOCALES = (
    *(
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
    ),
    *(
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    ),
)
"""The languages of Discord's client."""


class ChannelType(IntEnum):
    """The types of channel that this stand-in has."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


THREADS = (ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)
FORUMS = (ChannelType.FORUM, ChannelType.MEDIA)
WITHOUT_MESSAGES = (ChannelType.CATEGORY, *FORUMS)
"""Types that hold channels or threads, but no messages of their own."""


class MessageFlag(IntFlag):
    """The message flags that have an effect here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


class MessageType(IntEnum):
    """The types of message that this stand-in creates."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


@dataclass(slots=True, eq=False)
class User:
    """A person, or the bot; `has_app` is set for one who has installed the application for themself."""

    id: int
    username: str
    global_name: str
    colour: str = "#5865f2"
    bot: bool = False
    dms_open: bool = True
    has_app: bool = False
    locale: str = DEFAULT_LOCALE

    @property
    def mention(self) -> str:
        """The text that mentions them in a message."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role of one guild; @everyone has the guild's own ID."""

    id: int
    name: str
    permissions: Permission
    position: int = 0
    mentionable: bool = False
    bot_id: int | None = None


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild. `role_ids` does not include @everyone; a `pending` one has not passed the membership screening."""

    user_id: int
    joined_at: datetime
    role_ids: list[int] = field(default_factory=list[int])
    nick: str | None = None
    timed_out_until: datetime | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class BotAdd:
    """An entry of the audit log: this user has added the bot."""

    id: int
    user_id: int


@dataclass(slots=True, eq=False)
class Guild:
    """A server. `premium_tier` (0-3) determines the file limit; only community servers choose their `preferred_locale`.

    `system_channel_id` is where Discord posts its own messages, `bot_adds` the audit log's entries of who added the bot.
    """

    id: int
    name: str
    owner_id: int
    joined_at: datetime
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    premium_tier: int = 0
    preferred_locale: str = DEFAULT_LOCALE
    features: list[str] = field(default_factory=list[str])
    system_channel_id: int | None = None
    bot_adds: list[BotAdd] = field(default_factory=list[BotAdd])

    @property
    def file_limit_bytes(self) -> int:
        """The maximum size of a file."""
        return _FILE_LIMITS_BYTES[self.premium_tier]


@dataclass(frozen=True, slots=True)
class ForumTag:
    """A tag of a forum. Only members with MANAGE_THREADS may give a post a `moderated` one."""

    id: int
    name: str
    moderated: bool = False


@dataclass(slots=True, eq=False)
class Channel:
    """A channel of any type. `parent_id` is a thread's channel, or another channel's category; a DM has a `recipient_id`.

    A group DM has `group_ids`, and the bot is not in it. `thread_members` are the IDs of a thread's members, with the
    time when each joined. `slow_mode_s` is the wait between two messages of a person; it does not apply to bots. `tags`
    and `requires_tag` are a forum's, `applied_tag_ids` those of a post in one. `archive_changed_at` is when a thread was
    created, archived or reopened last.
    """

    id: int
    type: ChannelType
    name: str
    guild_id: int | None = None
    parent_id: int | None = None
    recipient_id: int | None = None
    group_ids: list[int] = field(default_factory=list[int])
    owner_id: int | None = None
    created_at: datetime | None = None
    position: int = 0
    topic: str | None = None
    slow_mode_s: int = 0
    nsfw: bool = False
    tags: list[ForumTag] = field(default_factory=list[ForumTag])
    requires_tag: bool = False
    applied_tag_ids: list[int] = field(default_factory=list[int])
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    archived: bool = False
    locked: bool = False
    archives_after_min: int = 1440
    archive_changed_at: datetime | None = None
    thread_members: dict[int, datetime] = field(default_factory=dict[int, datetime])
    last_message_id: int | None = None

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of another channel."""
        return self.type in THREADS

    @property
    def is_forum(self) -> bool:
        """Whether it is a forum or a media channel, whose threads are posts."""
        return self.type in FORUMS

    @property
    def is_dm(self) -> bool:
        """Whether it is a direct message."""
        return self.type is ChannelType.DM

    @property
    def is_group(self) -> bool:
        """Whether it is a group DM, of several people without the bot."""
        return self.type is ChannelType.GROUP_DM

    @property
    def context(self) -> int:
        """Discord's interaction context: 0 a guild, 1 a direct message with the bot, 2 another private channel."""
        return 2 if self.is_group else 1 if self.is_dm else 0

    @property
    def holds_messages(self) -> bool:
        """Whether messages can be sent to it; those of a forum are in its threads."""
        return self.type not in WITHOUT_MESSAGES


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person uploads with a command."""

    filename: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(slots=True, eq=False)
class Attachment:
    """An uploaded file. With `in_embed` an embed shows it, so Discord does not list it as an attachment."""

    id: int
    filename: str
    content: bytes = field(repr=False)
    content_type: str
    url: str
    description: str | None = None
    in_embed: bool = False

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.content)


@dataclass(slots=True, eq=False)
class Message:
    """A message. `files` holds every uploaded file, including those that an embed shows."""

    id: int
    channel_id: int
    author_id: int
    created_at: datetime
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    files: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = NO_FLAGS
    edited_at: datetime | None = None
    reference: Json | None = None
    nonce: str | None = None
    tts: bool = False
    mention_everyone: bool = False
    mentioned_role_ids: list[int] = field(default_factory=list[int])
    mentioned_user_ids: list[int] = field(default_factory=list[int])
    pinged_user_ids: list[int] = field(default_factory=list[int])
    ephemeral_for: int | None = None
    interaction_id: int | None = None
    interaction_metadata: Json | None = None
    webhook_id: int | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    deleted: bool = False

    @property
    def attachments(self) -> list[Attachment]:
        """The files that Discord lists: those that no embed shows."""
        return [file for file in self.files if not file.in_embed]

    @property
    def loading(self) -> bool:
        """Whether it is the "... is thinking" of a deferred response."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def ephemeral(self) -> bool:
        """Whether only one user can see it."""
        return self.ephemeral_for is not None

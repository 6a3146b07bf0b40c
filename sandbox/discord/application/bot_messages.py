"""The bot's messages: sent, edited and deleted with its permissions in a channel, or as answers to interactions."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.rules import embeds, errors, fields, mentions
from sandbox.discord.rules import messages as message_rules
from sandbox.discord.rules.errors import invalid_field
from sandbox.discord.rules.messages import ExistingMessage, MessageBody, MessageLimits, SeenFile
from sandbox.discord.world.model import Attachment, Channel, Message, MessageFlag, MessageType, Upload, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

# "The past few minutes" in Discord's documentation (Create Message, `enforce_nonce`).
NONCE_WINDOW_S = 180.0


@dataclass(slots=True)
class Origin:
    """What a new message says about its origin, such as the interaction that it answers.

    `thread_id` is given for the first message of a forum's post, which has the post's ID.
    """

    type: MessageType = MessageType.DEFAULT
    ephemeral_for: int | None = None
    interaction_id: int | None = None
    interaction_metadata: Json | None = None
    webhook_id: int | None = None
    replies_to: Message | None = None
    thread_id: int | None = None


@dataclass(slots=True)
class BotMessages:
    """Creates, edits and deletes the bot's messages; `cdn_url` is the base of the URLs of uploaded files."""

    world: World
    cdn_url: Callable[[], str]
    nonce_window_s: float = NONCE_WINDOW_S
    attachments: dict[int, Attachment] = field(default_factory=dict[int, Attachment])
    _nonces: dict[str, tuple[float, Message]] = field(default_factory=dict[str, tuple[float, Message]])

    # ---- with the bot's permissions in a channel ----

    def channel(self, channel_id: int) -> Channel:
        """A channel that the bot can see.

        Raises:
            DiscordError: 10003 unknown, 50001 the bot cannot see it.
        """
        channel = self.world.channels.get(channel_id)
        if channel is None:
            raise errors.unknown_channel()
        if not self.world.can(self.world.bot, channel, Permission.VIEW_CHANNEL):
            raise errors.missing_access()
        return channel

    def message(self, channel_id: int, message_id: int) -> Message:
        """A message in a channel that the bot can see. An ephemeral message is in no channel."""
        self.channel(channel_id)
        message = self.world.message(channel_id, message_id)
        if message is None or message.ephemeral:
            raise errors.unknown_message()
        return message

    def send(self, channel_id: int, payload: Json, files: list[SeenFile]) -> Message:
        """Send a message to a channel, thread or direct message.

        A body with an enforced nonce that was used within `nonce_window_s` returns the earlier message.
        """
        channel = self.channel(channel_id)
        if channel.is_forum:
            raise errors.forum_takes_no_messages()
        if not channel.holds_messages:
            raise errors.not_text_channel()
        self._check_can_send(channel)
        body = message_rules.check(payload, files, MessageLimits(self.world.file_limit_bytes(channel)))
        self.check_content_permissions(channel, body)
        body.require_something()
        replied_to = self._replied_to(channel, body.reference)
        # After all checks: a body that is refused is not answered with the earlier message.
        if (earlier := self._message_with_nonce(body)) is not None:
            return earlier
        kind = MessageType.REPLY if body.reference else MessageType.DEFAULT
        message = self.create(channel, body, Origin(kind, replies_to=replied_to))
        # Also without `enforce_nonce`: whether a nonce has to be new is decided by the request that repeats it.
        if body.nonce is not None:
            self._nonces[body.nonce] = (self.world.clock.time(), message)
        return message

    def _check_can_send(self, channel: Channel) -> None:
        if channel.is_dm:
            self._check_dm(channel)
            return
        # SEND_MESSAGES has no effect in threads (documentation: Permissions).
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        if not self._bot_can(channel, needed):
            raise errors.missing_permissions()
        self._check_lock(channel)

    def _check_lock(self, channel: Channel) -> None:
        if channel.locked and not self._bot_can(channel, Permission.MANAGE_THREADS):
            raise errors.thread_locked()

    def _check_dm(self, channel: Channel) -> None:
        person = self.world.users[channel.recipient_id or 0]
        if not self.world.mutual_guilds(person):
            raise errors.no_mutual_guilds()
        if not person.dms_open:
            raise errors.dms_closed()

    def check_content_permissions(self, channel: Channel, body: MessageBody) -> None:
        """Raise 50013 if the bot may not embed links or attach files as the body does."""
        if body.embeds and not self._bot_can(channel, Permission.EMBED_LINKS):
            raise errors.missing_permissions()
        if body.new_files and not self._bot_can(channel, Permission.ATTACH_FILES):
            raise errors.missing_permissions()

    def _bot_can(self, channel: Channel, permission: Permission) -> bool:
        return self.world.can(self.world.bot, channel, permission)

    def _replied_to(self, channel: Channel, reference: Json | None) -> Message | None:
        if reference is None:
            return None
        if reference.get("type", 0) != 0:
            raise invalid_field(
                ("message_reference", "type"), "BASE_TYPE_CHOICES", "Only replies are supported here."
            )
        if not self._bot_can(channel, Permission.READ_MESSAGE_HISTORY):
            raise errors.cannot_reply()
        if snowflake(reference.get("channel_id", channel.id)) != channel.id:
            raise invalid_field(
                ("message_reference",),
                "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
                "Cannot reply to another channel",
            )
        found = self.world.message(channel.id, snowflake(reference.get("message_id")) or 0)
        if found is not None and not found.ephemeral:
            return found
        if reference.get("fail_if_not_exists", True):
            raise invalid_field(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None

    def _message_with_nonce(self, body: MessageBody) -> Message | None:
        if body.nonce is None or not body.enforce_nonce or body.nonce not in self._nonces:
            return None
        at, message = self._nonces[body.nonce]
        if self.world.clock.time() - at > self.nonce_window_s:
            return None
        # Discord does not send it again, and answers 404.
        if message.deleted:
            raise errors.unknown_message()
        return message

    def edit(self, channel_id: int, message_id: int, payload: Json, files: list[SeenFile]) -> Message:
        """Edit one of the bot's own messages through its channel."""
        message = self.message(channel_id, message_id)
        channel = self.world.channels[channel_id]
        # Unlike a new message, an edit does not reopen a thread.
        if channel.archived:
            raise errors.thread_archived()
        self._check_lock(channel)
        if message.author_id != self.world.bot.id:
            raise errors.cannot_edit_others()
        limits = MessageLimits(self.world.file_limit_bytes(channel), message_rules.EDIT_FLAGS)
        body = message_rules.check(payload, files, limits, ExistingMessage.of(message))
        if body.new_files and not self._bot_can(channel, Permission.ATTACH_FILES):
            raise errors.missing_permissions()
        if body.embeds and not self._bot_can(channel, Permission.EMBED_LINKS):
            # Unlike a new message, an edit is not refused: Discord drops the embeds and answers 200.
            body.embeds = []
        return self.change(message, body)

    def delete(self, channel_id: int, message_id: int) -> None:
        """Delete one of the bot's messages, or with MANAGE_MESSAGES any message."""
        message = self.message(channel_id, message_id)
        channel = self.world.channels[channel_id]
        if message.author_id != self.world.bot.id and not self._bot_can(channel, Permission.MANAGE_MESSAGES):
            raise errors.missing_permissions()
        if channel.archived:  # in an open thread, a lock prevents no deletion
            self._check_lock(channel)
        self.remove(message)

    # ---- without a permission check ----

    def create(self, channel: Channel, body: MessageBody, origin: Origin) -> Message:
        """Store a new message of the bot."""
        message = Message(
            origin.thread_id or self.world.ids.next(),
            channel.id,
            self.world.bot.id,
            self.world.clock.now(),
            origin.type,
            tts=body.tts,
        )
        message.flags = body.flags
        message.nonce = body.nonce
        message.ephemeral_for = origin.ephemeral_for
        message.interaction_id = origin.interaction_id
        message.interaction_metadata = origin.interaction_metadata
        message.webhook_id = origin.webhook_id
        message.reference = self._reference(channel, body.reference, origin.replies_to)
        self._fill(message, body)
        self._mention(message, body, origin.replies_to, pings=True)
        return self.world.store_message(message)

    def _reference(self, channel: Channel, asked: Json | None, replied_to: Message | None) -> Json | None:
        message_id = replied_to.id if replied_to else snowflake((asked or {}).get("message_id"))
        if message_id is None:
            return None
        reference: Json = {"type": 0, "channel_id": str(channel.id), "message_id": str(message_id)}
        return reference | {"guild_id": str(channel.guild_id)} if channel.guild_id else reference

    def change(self, message: Message, body: MessageBody, *, pings: bool = False) -> Message:
        """Edit a message; parts that are None in the body stay. A loading message stops loading."""
        # Before anything changes: a refused edit leaves the message as it was.
        if _would_be_empty(message, body):
            raise errors.empty_message()
        was_loading = message.loading
        self._fill(message, body)
        message.flags &= ~MessageFlag.LOADING
        # An edit sets these flags only; EPHEMERAL and others stay.
        if body.has_flags:
            message.flags = (message.flags & ~message_rules.EDIT_FLAGS) | (
                body.flags & message_rules.EDIT_FLAGS
            )
        self._mention(message, body, None, pings=pings)
        # The first edit of a deferred response is its content, not a change that people are shown.
        return self.world.touch_message(message, edited=not was_loading)

    def remove(self, message: Message) -> None:
        """Delete a message and its files."""
        for file in message.files:
            self.attachments.pop(file.id, None)
        self.world.delete_message(message)

    def _fill(self, message: Message, body: MessageBody) -> None:
        if body.content is not None:
            message.content = body.content
        if body.kept_ids is not None:
            message.files = [file for file in message.files if file.id in body.kept_ids]
        message.files += [
            self.store_file(message.channel_id, new, description=new.description) for new in body.new_files
        ]
        # After the files: embeds and components refer to them by name (`attachment://`).
        files = {file.filename: file for file in message.files}
        if body.embeds is not None:
            urls = {name: file.url for name, file in files.items()}
            texts = {name: file.description for name, file in files.items() if file.description}
            message.embeds = embeds.resolve_attachments(body.embeds, urls, texts)
        if body.components is not None:
            message.components = body.components
            self._resolve_media(message.components, files)
        shown = embeds.image_urls(message.embeds)
        for file in message.files:
            file.in_embed = file.url in shown

    def _resolve_media(self, components: list[Json], files: dict[str, Attachment]) -> None:
        for component in fields.walk(components):
            for part in (component, *component.get("items", [])):
                for key in {"media", "file"} & part.keys():
                    item = part[key]
                    file = files.get(embeds.attached_name(item["url"]) or "")
                    url = file.url if file else item["url"]
                    item |= {"id": str(self.world.ids.next()), "url": url, "proxy_url": url}
                    if file and key == "file":
                        part |= {"name": file.filename, "size": file.size}

    def store_file(
        self, channel_id: int, new: message_rules.NewFile | Upload, *, description: str | None = None
    ) -> Attachment:
        """Store a file, so that it can be downloaded from its URL."""
        file_id = self.world.ids.next()
        url = f"{self.cdn_url()}/attachments/{channel_id}/{file_id}/{new.filename}"
        file = Attachment(file_id, new.filename, new.content, new.content_type, url, description)
        self.attachments[file_id] = file
        return file

    def _mention(
        self, message: Message, body: MessageBody, replied_to: Message | None, *, pings: bool
    ) -> None:
        channel = self.world.channels[message.channel_id]
        author: User = self.world.users[message.author_id]
        text = message.content + _display_text(message.components)
        found = mentions.resolve(self.world, channel, author, text, body.allowed_mentions, replied_to)
        message.mentioned_user_ids = found.user_ids
        message.mentioned_role_ids = found.role_ids
        message.mention_everyone = found.everyone
        # An edit changes what is mentioned, but notifies nobody.
        if pings:
            only = message.ephemeral_for
            # Nobody else can see an ephemeral message.
            message.pinged_user_ids = [u for u in found.pinged_user_ids if only in (None, u)]


def _would_be_empty(message: Message, body: MessageBody) -> bool:
    kept = [file for file in message.files if body.kept_ids is None or file.id in body.kept_ids]
    parts = (
        message.content if body.content is None else body.content,
        message.embeds if body.embeds is None else body.embeds,
        message.components if body.components is None else body.components,
        kept,
        body.new_files,
    )
    return not any(parts)


def _display_text(components: list[Json]) -> str:
    return " ".join(str(c.get("content", "")) for c in fields.walk(components))

"""The lifecycle of interactions: 3 seconds for the first response, then 15 minutes for edits and follow-ups."""

import asyncio
import secrets
from collections.abc import Callable

from sandbox.discord.application import interaction_payloads, responses
from sandbox.discord.application.bot_messages import BotMessages, Origin
from sandbox.discord.application.interaction import InteractionType, ResponseType, SeenInteraction
from sandbox.discord.json_types import Json, is_object, snowflake
from sandbox.discord.rules import errors
from sandbox.discord.rules import messages as message_rules
from sandbox.discord.rules.commands import CommandType, OptionType
from sandbox.discord.rules.errors import invalid_field
from sandbox.discord.rules.messages import ExistingMessage, MessageBody, MessageLimits, SeenFile
from sandbox.discord.world.bus import Topic
from sandbox.discord.world.model import Channel, Message, MessageFlag, MessageType, User
from sandbox.discord.world.permissions import Permission

ACKNOWLEDGE_LIMIT_S = 3.0
TOKEN_LIFE_S = 15 * 60.0
USER_INSTALL_FOLLOWUPS = 5
NO_RESPONSE = "The application did not respond"
ORIGINAL = "@original"

_FAILURES = {
    InteractionType.COMMAND: NO_RESPONSE,
    InteractionType.COMPONENT: "This interaction failed",
    InteractionType.AUTOCOMPLETE: "Loading options failed",
    InteractionType.MODAL: "Something went wrong. Try again.",
}


class Interactions:
    """All interactions, and the two ways in which a bot answers them: the callback and the webhook."""

    def __init__(self, bot_messages: BotMessages, dispatch: Callable[[SeenInteraction], None]) -> None:
        self.acknowledge_limit_s = ACKNOWLEDGE_LIMIT_S
        self.token_life_s = TOKEN_LIFE_S
        self.seen: list[SeenInteraction] = []
        self._bot_messages = bot_messages
        self._world = bot_messages.world
        self._dispatch = dispatch
        self._timers: set[asyncio.TimerHandle] = set()

    def open(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: Json,
        *,
        name: str | None = None,
        command_type: int | None = None,
        source: Message | None = None,
        opened_by: SeenInteraction | None = None,
        focused_type: int = OptionType.STRING,
        user_installed: bool = False,
    ) -> SeenInteraction:
        """Create an interaction, send it to the bot, and start the time limit for the first response."""
        clock = self._world.clock
        interaction = SeenInteraction(
            self._world.ids.next(),
            secrets.token_urlsafe(96),
            kind,
            user,
            channel,
            clock.time(),
            name,
            data,
            self._world.bus,
            command_type=command_type,
            source=source,
            opened_by=opened_by,
            focused_type=focused_type,
            user_installed=user_installed,
        )
        # Stored and timed before it is sent: the bot may answer at once.
        self.seen.append(interaction)
        self._start_timer(interaction)
        self._dispatch(interaction)
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return interaction

    def _start_timer(self, interaction: SeenInteraction) -> None:
        def expire() -> None:
            self._timers.discard(handle)
            self._fail(interaction)

        handle = asyncio.get_running_loop().call_later(self.acknowledge_limit_s, expire)
        self._timers.add(handle)

    def _fail(self, interaction: SeenInteraction) -> None:
        if not interaction.acknowledged and interaction.failed is None:
            interaction.failed = _FAILURES[interaction.type]
            self._world.bus.publish(Topic.INTERACTION, interaction)

    def check_deadlines(self) -> None:
        """Fail the interactions that are overdue; to be called after the clock jumped."""
        now = self._world.clock.time()
        for interaction in self.seen:
            if now - interaction.created_at > self.acknowledge_limit_s:
                self._fail(interaction)

    def close(self) -> None:
        """Stop all timers."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # ---- the first response ----

    def respond(self, interaction_id: int, token: str, payload: Json, files: list[SeenFile]) -> Json:
        """Apply the first response; returns the body that `with_response` asks for.

        Raises:
            DiscordError: 10062 unknown or too late, 40060 a second response, 50035 an invalid one.
        """
        interaction = self._unanswered(interaction_id, token)
        kind = responses.kind_of(payload.get("type"), interaction)
        data = payload.get("data")
        if data is not None and not is_object(data):
            raise invalid_field(
                ("data",), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType."
            )
        self._check_channel(interaction)
        # Before it counts as acknowledged: after an invalid response the bot may send a valid one.
        self._apply(interaction, kind, data or {}, files)
        interaction.acknowledged_at = self._world.clock.time()
        interaction.response_type = kind
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return interaction_payloads.callback_response(self._world, interaction, kind)

    def _unanswered(self, interaction_id: int, token: str) -> SeenInteraction:
        found = next((i for i in self.seen if i.id == interaction_id and i.token == token), None)
        if found is None:
            raise errors.unknown_interaction()
        # First: a second response gets 40060, however late it is.
        if found.acknowledged:
            raise errors.already_acknowledged()
        # By the clock too: after a jump the timer has not run out yet.
        late = self._world.clock.time() - found.created_at > self.acknowledge_limit_s
        if found.failed or late:
            raise errors.unknown_interaction()
        return found

    def _check_channel(self, interaction: SeenInteraction) -> None:
        channel = interaction.channel
        if channel.id not in self._world.channels:
            raise errors.unknown_channel()
        if channel.archived and channel.locked:
            raise errors.thread_archived(403)

    def _apply(
        self, interaction: SeenInteraction, kind: ResponseType, data: Json, files: list[SeenFile]
    ) -> None:
        if kind is ResponseType.MESSAGE:
            body = self._checked(interaction, data, files, path=("data",))
            self._hide_external(interaction, body)
            body.require_something()
            interaction.response = self._create(interaction, body)
        elif kind is ResponseType.DEFERRED:
            self._checked(interaction, data, files, path=("data",))
            # The whole body is checked, but of a deferral Discord takes EPHEMERAL only.
            body = message_rules.check(
                responses.only_flags(data), [], MessageLimits(0, MessageFlag.EPHEMERAL, ("data",))
            )
            body.flags |= MessageFlag.LOADING
            self._hide_external(interaction, body)
            interaction.response = self._create(interaction, body)
        elif kind is ResponseType.DEFERRED_UPDATE:
            self._checked(interaction, data, files, path=("data",))
            interaction.response = interaction.source
        elif kind is ResponseType.UPDATE and interaction.source is not None:
            if interaction.source.deleted:
                raise errors.unknown_message()
            interaction.response = self._edit(interaction, interaction.source, data, files, path=("data",))
        elif kind is ResponseType.CHOICES:
            interaction.choices = responses.choices_of(data, interaction.focused_type)
        else:
            interaction.modal = responses.modal_of(data)

    def _hide_external(self, interaction: SeenInteraction, body: MessageBody) -> None:
        """Make an answer ephemeral where the user may not show others what an app of their own says.

        It does not apply to apps that are installed to the server, too.
        """
        guild = self._world.guild_of(interaction.channel)
        is_external = guild is not None and self._world.is_foreign(interaction.channel)
        if is_external and not self._world.can(
            interaction.user, interaction.channel, Permission.USE_EXTERNAL_APPS
        ):
            body.flags |= MessageFlag.EPHEMERAL

    def _create(
        self,
        interaction: SeenInteraction,
        body: MessageBody,
        replies_to: Message | None = None,
        *,
        is_followup: bool = False,
    ) -> Message:
        # Only the first response to a command is shown with "X used /command"; what follows is a reply to it.
        answers_command = interaction.type is InteractionType.COMMAND and replies_to is None
        kind = MessageType.DEFAULT
        if answers_command:
            menu = interaction.command_type != CommandType.CHAT_INPUT
            kind = MessageType.CONTEXT_MENU_COMMAND if menu else MessageType.CHAT_INPUT_COMMAND
        target = replies_to or interaction.source
        if target is not None and not target.deleted:
            kind = MessageType.REPLY
        else:
            target = None
        ephemeral = bool(body.flags & MessageFlag.EPHEMERAL)
        origin = Origin(
            kind,
            ephemeral_for=interaction.user.id if ephemeral else None,
            interaction_id=interaction.id,
            interaction_metadata=interaction_payloads.metadata(interaction, is_followup=is_followup),
            webhook_id=self._world.bot.id,
            replies_to=target,
        )
        return self._bot_messages.create(interaction.channel, body, origin)

    def _checked(
        self, interaction: SeenInteraction, data: Json, files: list[SeenFile], *, path: tuple[str, ...] = ()
    ) -> MessageBody:
        limit = self._world.file_limit_bytes(interaction.channel)
        return message_rules.check(data, files, MessageLimits(limit, message_rules.INTERACTION_FLAGS, path))

    # ---- the webhook ----

    def by_token(self, application_id: int, token: str) -> SeenInteraction:
        """The interaction that a webhook belongs to.

        Raises:
            DiscordError: 50027 unknown or expired token, 10015 not acknowledged yet.
        """
        if application_id != self._world.bot.id:
            raise errors.unknown_webhook()
        found = next((i for i in self.seen if i.token == token), None)
        if found is None or self._world.clock.time() - found.created_at > self.token_life_s:
            raise errors.invalid_webhook_token()
        # The webhook exists only from the first response on.
        if not found.acknowledged:
            raise errors.unknown_webhook()
        return found

    def follow_up(self, interaction: SeenInteraction, payload: Json, files: list[SeenFile]) -> Message:
        """Send a follow-up; the first one replaces an original response that is still loading."""
        self._check_channel(interaction)
        message_rules.check_webhook(payload)
        body = self._checked(interaction, payload, files)
        self._hide_external(interaction, body)
        body.require_something()
        original = interaction.response
        # Deprecated, but what Discord does (documentation: Followup Messages).
        if original is not None and original.loading and not original.deleted:
            return self._published(interaction, self._bot_messages.change(original, body, pings=True))
        # 40094: where only its user has installed the app, five follow-ups (documentation: Followup Messages).
        if interaction.user_installed and interaction.followup_count >= USER_INSTALL_FOLLOWUPS:
            raise errors.too_many_followups()
        interaction.followup_count += 1
        message = self._create(interaction, body, original, is_followup=True)
        interaction.followups.append(message)
        return self._published(interaction, message)

    def message(self, interaction: SeenInteraction, ref: str) -> Message:
        """The original response (`@original`), or a message that this interaction made, by its ID."""
        if ref == ORIGINAL:
            found = interaction.response
        else:
            # A token gives access to the messages of its own interaction only.
            own = [interaction.response, *interaction.followups]
            found = next((m for m in own if m is not None and m.id == snowflake(ref)), None)
        if found is None or found.deleted:
            raise errors.unknown_message()
        return found

    def edit(self, interaction: SeenInteraction, ref: str, payload: Json, files: list[SeenFile]) -> Message:
        """Edit one of the interaction's messages, ephemeral ones included."""
        message = self.message(interaction, ref)
        self._check_channel(interaction)
        return self._published(interaction, self._edit(interaction, message, payload, files))

    def _edit(
        self,
        interaction: SeenInteraction,
        message: Message,
        payload: Json,
        files: list[SeenFile],
        *,
        path: tuple[str, ...] = (),
    ) -> Message:
        limits = MessageLimits(
            self._world.file_limit_bytes(interaction.channel), message_rules.EDIT_FLAGS, path
        )
        body = message_rules.check(payload, files, limits, ExistingMessage.of(message))
        changed = self._bot_messages.change(message, body)
        interaction.updated = interaction.updated or message is interaction.source
        return changed

    def delete(self, interaction: SeenInteraction, ref: str) -> None:
        """Delete one of the interaction's messages."""
        message = self.message(interaction, ref)
        self._bot_messages.remove(message)
        self._published(interaction, message)

    def _published(self, interaction: SeenInteraction, message: Message) -> Message:
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return message

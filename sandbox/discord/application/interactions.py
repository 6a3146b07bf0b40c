"""The life of an interaction: three seconds to acknowledge it, fifteen minutes to follow up."""

import asyncio
import secrets
from collections.abc import Callable

from sandbox.discord.application import interaction_payloads, responses
from sandbox.discord.application.bot_messages import Origin, Posts
from sandbox.discord.application.interaction import InteractionType, ResponseType, SeenInteraction
from sandbox.discord.json_types import Json, is_object, snowflake
from sandbox.discord.rules import errors
from sandbox.discord.rules import messages as forms
from sandbox.discord.rules.commands import CommandType, OptionType
from sandbox.discord.rules.errors import invalid_field
from sandbox.discord.rules.messages import Draft, Existing, Rules, SeenFile
from sandbox.discord.world.bus import Topic
from sandbox.discord.world.model import Channel, Message, MessageFlag, MessageType, User

ACKNOWLEDGE_LIMIT_S = 3.0
TOKEN_LIFE_S = 15 * 60.0
USER_INSTALL_FOLLOWUPS = 5
NO_ANSWER = "The application did not respond"
ORIGINAL = "@original"

_FAILURES = {
    InteractionType.COMMAND: NO_ANSWER,
    InteractionType.COMPONENT: "This interaction failed",
    InteractionType.AUTOCOMPLETE: "Loading options failed",
    InteractionType.MODAL: "Something went wrong. Try again.",
}


class Interactions:
    """Every interaction there was, and the two doors through which a bot answers: callback and webhook."""

    def __init__(self, posts: Posts, dispatch: Callable[[SeenInteraction], None]) -> None:
        self.acknowledge_limit_s = ACKNOWLEDGE_LIMIT_S
        self.token_life_s = TOKEN_LIFE_S
        self.seen: list[SeenInteraction] = []
        self._posts = posts
        self._world = posts.world
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
        """Let a person do something: the bot is told, and its three seconds begin."""
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
        self.seen.append(interaction)
        self._start_timer(interaction)
        self._dispatch(interaction)
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return interaction

    def _start_timer(self, interaction: SeenInteraction) -> None:
        def ring() -> None:
            self._timers.discard(handle)
            self._give_up(interaction)

        handle = asyncio.get_running_loop().call_later(self.acknowledge_limit_s, ring)
        self._timers.add(handle)

    def _give_up(self, interaction: SeenInteraction) -> None:
        if not interaction.acknowledged and interaction.failed is None:
            interaction.failed = _FAILURES[interaction.type]
            self._world.bus.publish(Topic.INTERACTION, interaction)

    def check_deadlines(self) -> None:
        """Give up on what is overdue, after the clock jumped."""
        now = self._world.clock.time()
        for interaction in self.seen:
            if now - interaction.created_at > self.acknowledge_limit_s:
                self._give_up(interaction)

    def close(self) -> None:
        """Stop all timers."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # ---- the first response ----

    def answer(self, interaction_id: int, token: str, payload: Json, files: list[SeenFile]) -> Json:
        """The first response; returns what `with_response` asks for.

        Raises:
            DiscordError: 10062 unknown or too late, 40060 a second one, 50035 a response that cannot be.
        """
        interaction = self._to_answer(interaction_id, token)
        kind = responses.kind_of(payload.get("type"), interaction)
        data = payload.get("data")
        if data is not None and not is_object(data):
            raise invalid_field(
                ("data",), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType."
            )
        self._check_thread(interaction)
        self._perform(interaction, kind, data or {}, files)
        interaction.acknowledged_at = self._world.clock.time()
        interaction.response_type = kind
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return interaction_payloads.callback_response(self._world, interaction, kind)

    def _to_answer(self, interaction_id: int, token: str) -> SeenInteraction:
        found = next((i for i in self.seen if i.id == interaction_id and i.token == token), None)
        if found is None:
            raise errors.unknown_interaction()
        if found.acknowledged:
            raise errors.already_acknowledged()
        late = self._world.clock.time() - found.created_at > self.acknowledge_limit_s
        if found.failed or late:
            raise errors.unknown_interaction()
        return found

    def _check_thread(self, interaction: SeenInteraction) -> None:
        channel = interaction.channel
        if channel.id not in self._world.channels:
            raise errors.unknown_channel()
        if channel.archived and channel.locked:
            raise errors.thread_archived(403)

    def _perform(
        self, interaction: SeenInteraction, kind: ResponseType, data: Json, files: list[SeenFile]
    ) -> None:
        if kind is ResponseType.MESSAGE:
            draft = self._draft(interaction, data, files, path=("data",))
            draft.require_something()
            interaction.response = self._create(interaction, draft)
        elif kind is ResponseType.DEFERRED:
            draft = forms.check(responses.only_flags(data), [], Rules(0, MessageFlag.EPHEMERAL, ("data",)))
            draft.flags |= MessageFlag.LOADING
            interaction.response = self._create(interaction, draft)
        elif kind is ResponseType.DEFERRED_UPDATE:
            interaction.response = interaction.source
        elif kind is ResponseType.UPDATE and interaction.source is not None:
            if interaction.source.deleted:
                raise errors.unknown_message()
            interaction.response = self._edit(interaction, interaction.source, data, files, path=("data",))
        elif kind is ResponseType.CHOICES:
            interaction.choices = responses.choices_of(data, interaction.focused_type)
        else:
            interaction.modal = responses.modal_of(data)

    def _create(
        self,
        interaction: SeenInteraction,
        draft: Draft,
        replies_to: Message | None = None,
        *,
        is_followup: bool = False,
    ) -> Message:
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
        ephemeral = bool(draft.flags & MessageFlag.EPHEMERAL)
        origin = Origin(
            kind,
            ephemeral_for=interaction.user.id if ephemeral else None,
            interaction_id=interaction.id,
            interaction_metadata=interaction_payloads.metadata(interaction, is_followup=is_followup),
            webhook_id=self._world.bot.id,
            replies_to=target,
        )
        return self._posts.create(interaction.channel, draft, origin)

    def _draft(
        self, interaction: SeenInteraction, data: Json, files: list[SeenFile], *, path: tuple[str, ...] = ()
    ) -> Draft:
        limit = self._world.file_limit_bytes(interaction.channel)
        return forms.check(data, files, Rules(limit, forms.INTERACTION_FLAGS, path))

    # ---- everything after it ----

    def by_token(self, application_id: int, token: str) -> SeenInteraction:
        """The interaction behind a webhook.

        Raises:
            DiscordError: 50027 a wrong token or one older than 15 minutes, 10015 not acknowledged yet.
        """
        if application_id != self._world.bot.id:
            raise errors.unknown_webhook()
        found = next((i for i in self.seen if i.token == token), None)
        if found is None or self._world.clock.time() - found.created_at > self.token_life_s:
            raise errors.invalid_webhook_token()
        if not found.acknowledged:
            raise errors.unknown_webhook()
        return found

    def follow_up(self, interaction: SeenInteraction, payload: Json, files: list[SeenFile]) -> Message:
        """A further message. While the original is still loading, the first one replaces it."""
        self._check_thread(interaction)
        draft = self._draft(interaction, payload, files)
        draft.require_something()
        original = interaction.response
        if original is not None and original.loading and not original.deleted:
            return self._announce(interaction, self._posts.change(original, draft, pings=True))
        if interaction.user_installed and interaction.followup_count >= USER_INSTALL_FOLLOWUPS:
            raise errors.too_many_followups()
        interaction.followup_count += 1
        message = self._create(interaction, draft, original, is_followup=True)
        interaction.followups.append(message)
        return self._announce(interaction, message)

    def message(self, interaction: SeenInteraction, ref: str) -> Message:
        """The original response (`@original`), or a message that this interaction made, by its ID."""
        if ref == ORIGINAL:
            found = interaction.response
        else:
            own = [interaction.response, *interaction.followups]
            found = next((m for m in own if m is not None and m.id == snowflake(ref)), None)
        if found is None or found.deleted:
            raise errors.unknown_message()
        return found

    def edit(self, interaction: SeenInteraction, ref: str, payload: Json, files: list[SeenFile]) -> Message:
        """Edit one of the interaction's messages, ephemeral ones included."""
        message = self.message(interaction, ref)
        self._check_thread(interaction)
        return self._announce(interaction, self._edit(interaction, message, payload, files))

    def _edit(
        self,
        interaction: SeenInteraction,
        message: Message,
        payload: Json,
        files: list[SeenFile],
        *,
        path: tuple[str, ...] = (),
    ) -> Message:
        rules = Rules(self._world.file_limit_bytes(interaction.channel), forms.EDIT_FLAGS, path)
        draft = forms.check(payload, files, rules, Existing(message.files, message.flags))
        changed = self._posts.change(message, draft)
        interaction.updated = interaction.updated or message is interaction.source
        return changed

    def delete(self, interaction: SeenInteraction, ref: str) -> None:
        """Delete one of the interaction's messages."""
        message = self.message(interaction, ref)
        self._posts.remove(message)
        self._announce(interaction, message)

    def _announce(self, interaction: SeenInteraction, message: Message) -> Message:
        self._world.bus.publish(Topic.INTERACTION, interaction)
        return message

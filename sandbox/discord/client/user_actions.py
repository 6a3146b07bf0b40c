"""What people do with the bot in Discord's client: use commands, press buttons, choose from lists, submit modals."""

from collections.abc import Mapping, Sequence

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.application.command_registry import CommandRegistry
from sandbox.discord.application.interaction import InteractionType, SeenInteraction
from sandbox.discord.application.interactions import Interactions
from sandbox.discord.client import command_input, form_input, references
from sandbox.discord.client.command_input import CommandInput, Refused
from sandbox.discord.client.references import Chooser, Reference
from sandbox.discord.json_types import Json
from sandbox.discord.rules import commands, fields
from sandbox.discord.rules.commands import CommandType
from sandbox.discord.rules.component_types import LINK_STYLE, SELECTS, ComponentType
from sandbox.discord.world import message_payloads
from sandbox.discord.world.model import Channel, Message, Upload, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import ChannelRef, UserRef
from sandbox.discord.world.world import World


class UserActions:
    """One method for each thing that a person can do; each raises `Refused` where Discord's client would not allow it."""

    world: World
    command_registry: CommandRegistry
    interactions: Interactions
    bot_messages: BotMessages

    async def command(
        self,
        *,
        user: UserRef,
        channel: ChannelRef,
        name: str,
        options: Mapping[str, object] | None = None,
        target_message: Message | None = None,
        target_user: UserRef | None = None,
        user_installed: bool = False,
    ) -> SeenInteraction:
        """Use a command; "job status" names a sub-command, a target that it is one of a context menu.

        An option that refers to a user, a role or a channel takes the object or its ID, one for a file an `Upload`.
        With `user_installed` the application belongs to the user alone, and may not be in the server at all; so it is by
        default where the bot is not, for people who have installed it.
        """
        person, place = self._actor(user, channel, needs_bot=not user_installed)
        user_installed = user_installed or self.world.is_foreign(place)
        if target_message is not None:
            return self._message_menu(person, place, name, target_message)
        if target_user is not None:
            return self._user_menu(person, place, name, self.world.user(target_user))
        # A slash command is typed where messages are; the menus above need no such permission.
        if not self.world.can_write(person, place):
            raise Refused("You do not have permission to send messages in this channel.")
        uploaded = {key: self._uploaded(place, value) for key, value in (options or {}).items()}
        command, given = self._input(person, place, name, uploaded, user_installed=user_installed)
        return self.interactions.open(
            InteractionType.COMMAND,
            person,
            place,
            _data(command, CommandType.CHAT_INPUT, given),
            name=name,
            command_type=CommandType.CHAT_INPUT,
            user_installed=user_installed,
        )

    def _uploaded(self, channel: Channel, value: object) -> object:
        """The client uploads a file before it sends the command."""
        if not isinstance(value, Upload):
            return value
        if len(value.content) > self.world.file_limit_bytes(channel):
            raise Refused("Your files are too powerful: this one is too large.")
        return self.bot_messages.store_file(channel.id, value)

    async def autocomplete(
        self,
        *,
        user: UserRef,
        channel: ChannelRef,
        name: str,
        focused: str,
        options: Mapping[str, object] | None = None,
    ) -> SeenInteraction:
        """Type into an option; `options[focused]` is its text so far."""
        person, place = self._actor(user, channel)
        command, given = self._input(person, place, name, options or {}, focused=focused)
        data = _data(command, CommandType.CHAT_INPUT, given)
        return self.interactions.open(
            InteractionType.AUTOCOMPLETE,
            person,
            place,
            data,
            name=name,
            focused_type=given.focused_type,
            user_installed=self.world.is_foreign(place),
        )

    def _input(
        self,
        person: User,
        channel: Channel,
        name: str,
        options: Mapping[str, object],
        *,
        focused: str | None = None,
        user_installed: bool = False,
    ) -> tuple[Json, CommandInput]:
        root, *path = name.split()
        by_user = user_installed or self.world.is_foreign(channel)
        command = self._usable_command(person, channel, root, CommandType.CHAT_INPUT, by_user=by_user)
        by = self._chooser(person, channel)
        return command, command_input.check(by, command, path, options, focused=focused)

    def _chooser(self, person: User, channel: Channel) -> Chooser:
        return Chooser(self.world, self.world.guild_of(channel), person)

    def _usable_command(
        self, person: User, channel: Channel, name: str, kind: CommandType, *, by_user: bool
    ) -> Json:
        usable = self.command_registry.usable_in(channel.guild_id)
        command = next((c for c in usable if c["name"] == name and c["type"] == kind), None)
        if command is None or not commands.is_available(command, context=channel.context, by_user=by_user):
            raise Refused(f"There is no command {name!r} here.")
        permissions = self.world.permissions(person, channel)
        if not permissions & Permission.USE_APPLICATION_COMMANDS:
            raise Refused("You do not have permission to use commands in this channel.")
        if self.command_registry.is_disabled(name, channel):
            raise Refused(f"The command {name!r} is disabled here.")
        # In direct messages, a setting of the person's account decides instead.
        if command.get("nsfw") and channel.guild_id is not None and not self.world.is_age_restricted(channel):
            raise Refused(f"{name!r} is for age-restricted channels only.")
        if channel.guild_id is not None and not commands.may_use(command, permissions):
            raise Refused(f"You do not have permission to use {name!r}.")
        return command

    def usable_commands(self, person: User, channel: Channel) -> list[Json]:
        """The commands of every kind that Discord's client offers to a person in a channel."""
        by_user = self.world.is_foreign(channel)
        if by_user and not person.has_app:
            return []
        found: list[Json] = []
        for command in self.command_registry.usable_in(channel.guild_id):
            try:
                found.append(
                    self._usable_command(person, channel, command["name"], command["type"], by_user=by_user)
                )
            except Refused:
                continue
        return found

    def _message_menu(self, person: User, channel: Channel, name: str, message: Message) -> SeenInteraction:
        if message.channel_id != channel.id or not self.world.can_see_message(person, message):
            raise Refused("There is no such message here.")
        resolved = {"messages": {str(message.id): message_payloads.message(self.world, message)}}
        return self._menu(person, channel, name, CommandType.MESSAGE, message.id, resolved)

    def _user_menu(self, person: User, channel: Channel, name: str, target: User) -> SeenInteraction:
        resolved: dict[str, Json] = {}
        references.resolve(self._chooser(person, channel), target, ("user",), resolved)
        return self._menu(person, channel, name, CommandType.USER, target.id, resolved)

    def _menu(
        self,
        person: User,
        channel: Channel,
        name: str,
        kind: CommandType,
        target_id: int,
        resolved: dict[str, Json],
    ) -> SeenInteraction:
        by_user = self.world.is_foreign(channel)
        command = self._usable_command(person, channel, name, kind, by_user=by_user)
        data = _data(command, kind, CommandInput([], resolved)) | {"target_id": str(target_id)}
        return self.interactions.open(
            InteractionType.COMMAND,
            person,
            channel,
            data,
            name=name,
            command_type=kind,
            user_installed=by_user,
        )

    async def press(
        self, *, user: UserRef, message: Message, custom_id: str | None = None, label: str | None = None
    ) -> SeenInteraction:
        """Press a button, named by its custom ID or its label."""
        person, place = self._at_message(user, message)
        button = _component(message, (ComponentType.BUTTON,), custom_id, label)
        if button.get("style") == LINK_STYLE:
            raise Refused("This button is a link.")
        return self._use_component(person, place, message, button, {})

    async def select(
        self, *, user: UserRef, message: Message, values: Sequence[Reference], custom_id: str | None = None
    ) -> SeenInteraction:
        """Choose from a list: texts, users, roles or channels. The message's only list needs no custom ID."""
        person, place = self._at_message(user, message)
        select = _component(message, SELECTS, custom_id)
        resolved: dict[str, Json] = {}
        by = self._chooser(person, place)
        data: Json = {"values": form_input.selected(by, select, values, resolved)}
        # Texts refer to nothing; chosen users, roles and channels are sent along.
        if select["type"] != ComponentType.STRING_SELECT:
            data["resolved"] = resolved
        return self._use_component(person, place, message, select, data)

    def _use_component(
        self, person: User, channel: Channel, message: Message, component: Json, data: Json
    ) -> SeenInteraction:
        if component.get("disabled"):
            raise Refused("This component is disabled.")
        custom_id = component["custom_id"]
        data |= {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component.get("id", 0),
        }
        return self.interactions.open(
            InteractionType.COMPONENT,
            person,
            channel,
            data,
            name=custom_id,
            source=message,
            user_installed=self.world.is_foreign(channel),
        )

    def _at_message(self, user: UserRef, message: Message) -> tuple[User, Channel]:
        person, place = self._actor(user, message.channel_id)
        if message.deleted or not self.world.can_see_message(person, message):
            raise Refused("There is no such message here.")
        return person, place

    async def submit_modal(
        self, opener: SeenInteraction, values: Mapping[str, object], *, custom_id: str | None = None
    ) -> SeenInteraction:
        """Fill in the modal that `opener` was answered with, and submit it.

        The values go by the field's custom ID or label: a text, or a list of what was chosen.
        """
        modal = opener.modal
        if modal is None or custom_id not in (None, modal["custom_id"]):
            raise Refused("No such modal is open.")
        data = form_input.modal_data(self._chooser(opener.user, opener.channel), modal, values)
        return self.interactions.open(
            InteractionType.MODAL,
            opener.user,
            opener.channel,
            data,
            name=modal["custom_id"],
            source=opener.source,
            opened_by=opener,
            user_installed=opener.user_installed,
        )

    def _actor(self, user: UserRef, channel: ChannelRef, *, needs_bot: bool = True) -> tuple[User, Channel]:
        """The user and the channel that are meant, once the user sees the channel and the bot is in the server."""
        try:
            person, place = self.world.user(user), self.world.channel(channel)
        except LookupError:
            raise Refused("There is no such user or channel.") from None
        if not self.world.can(person, place, Permission.VIEW_CHANNEL):
            raise Refused("You cannot see this channel.")
        if needs_bot and self.world.is_foreign(place) and not person.has_app:
            raise Refused("The application is not in this server.")
        return person, place


def _data(command: Json, kind: CommandType, given: CommandInput) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": int(kind)}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if given.options:
        data["options"] = given.options
    if given.resolved:
        data["resolved"] = given.resolved
    return data


def _component(
    message: Message, kinds: Sequence[ComponentType], custom_id: str | None, label: str | None = None
) -> Json:
    """The component of one of these types that is meant; the only one where nothing names it."""
    found = [
        component
        for component in fields.walk(message.components)
        if component["type"] in kinds
        and (custom_id is None or component.get("custom_id") == custom_id)
        and (label is None or component.get("label") == label)
    ]
    if len(found) != 1:
        raise Refused("The message has no such component." if not found else "Which component?")
    return found[0]

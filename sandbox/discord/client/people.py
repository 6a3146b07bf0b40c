"""What people do with a bot: they type commands, press buttons, choose from lists and fill in modals."""

from collections.abc import Mapping, Sequence

from sandbox.discord.application.bot_messages import Posts
from sandbox.discord.application.command_registry import CommandRegister
from sandbox.discord.application.interaction import InteractionType, SeenInteraction
from sandbox.discord.application.interactions import Interactions
from sandbox.discord.client import command_input, form_input, references
from sandbox.discord.client.command_input import Refused, Typed
from sandbox.discord.client.references import Named
from sandbox.discord.json_types import Json
from sandbox.discord.rules import commands, fields
from sandbox.discord.rules.commands import CommandType
from sandbox.discord.rules.component_types import LINK_STYLE, SELECTS, Kind
from sandbox.discord.world import payloads
from sandbox.discord.world.model import Channel, Message, Upload, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import ChannelRef, Places, UserRef


class People:
    """Acts as the users of a world; whatever Discord's client would not let them do is `Refused`."""

    def __init__(
        self, world: Places, register: CommandRegister, interactions: Interactions, posts: Posts
    ) -> None:
        self._world = world
        self._register = register
        self._interactions = interactions
        self._posts = posts

    def command(
        self,
        user: UserRef,
        channel: ChannelRef,
        name: str,
        options: Mapping[str, object],
        *,
        target_message: Message | None = None,
        target_user: UserRef | None = None,
        user_installed: bool = False,
    ) -> SeenInteraction:
        """Use a command: a typed one ("job status"), or one of the menu of a message or a user.

        With `user_installed` the application belongs to the user alone, and may not be in the server at all.
        """
        person, place = self._who_where(user, channel, needs_bot=not user_installed)
        if target_message is not None:
            return self._message_menu(person, place, name, target_message)
        if target_user is not None:
            return self._user_menu(person, place, name, self._world.user(target_user))
        if not self._world.can_write(person, place):
            raise Refused("You do not have permission to send messages in this channel.")
        given = {key: self._handed_over(place, value) for key, value in options.items()}
        command, typed = self._typed(person, place, name, given, focused=None)
        data = _data(command, CommandType.CHAT_INPUT, typed)
        return self._interactions.open(
            InteractionType.COMMAND,
            person,
            place,
            data,
            name=name,
            command_type=CommandType.CHAT_INPUT,
            user_installed=user_installed,
        )

    def _handed_over(self, place: Channel, value: object) -> object:
        """A file is with Discord before the command is sent."""
        if not isinstance(value, Upload):
            return value
        if len(value.content) > self._world.file_limit_bytes(place):
            raise Refused("Your files are too powerful: this one is too large.")
        return self._posts.keep(place.id, value)

    def autocomplete(
        self, user: UserRef, channel: ChannelRef, name: str, options: Mapping[str, object], focused: str
    ) -> SeenInteraction:
        """Type into an option that completes what is typed."""
        person, place = self._who_where(user, channel)
        command, typed = self._typed(person, place, name, options, focused=focused)
        data = _data(command, CommandType.CHAT_INPUT, typed)
        return self._interactions.open(
            InteractionType.AUTOCOMPLETE, person, place, data, name=name, focused_type=typed.focused_type
        )

    def _typed(
        self, person: User, place: Channel, name: str, options: Mapping[str, object], *, focused: str | None
    ) -> tuple[Json, Typed]:
        root, *path = name.split()
        command = self._find(person, place, root, CommandType.CHAT_INPUT)
        guild = self._world.guild_of(place)
        return command, command_input.typed(self._world, guild, command, path, options, focused=focused)

    def _find(self, person: User, place: Channel, name: str, kind: CommandType) -> Json:
        usable = self._register.usable_in(place.guild_id)
        command = next((c for c in usable if c["name"] == name and c["type"] == kind), None)
        if command is None or not commands.reaches(command, in_dm=place.is_dm):
            raise Refused(f"There is no command {name!r} here.")
        permissions = self._world.permissions(person, place)
        if not place.is_dm and not permissions & Permission.USE_APPLICATION_COMMANDS:
            raise Refused("You do not have permission to use commands in this channel.")
        if self._register.is_disabled(name, place):
            raise Refused(f"The command {name!r} is disabled here.")
        if not place.is_dm and not commands.may_use(command, permissions):
            raise Refused(f"You do not have permission to use {name!r}.")
        return command

    def finds(self, person: User, place: Channel) -> list[Json]:
        """The commands of every kind that Discord's client offers to a person in a channel."""
        guild = self._world.guild_of(place)
        if guild is not None and self._world.bot.id not in guild.members:
            return []
        permissions = self._world.permissions(person, place)
        if not place.is_dm and not permissions & Permission.USE_APPLICATION_COMMANDS:
            return []
        return [
            command
            for command in self._register.usable_in(place.guild_id)
            if commands.reaches(command, in_dm=place.is_dm)
            and not self._register.is_disabled(command["name"], place)
            and (place.is_dm or commands.may_use(command, permissions))
        ]

    def _message_menu(self, person: User, place: Channel, name: str, message: Message) -> SeenInteraction:
        if message.channel_id != place.id or not self._world.can_see_message(person, message):
            raise Refused("There is no such message here.")
        command = self._find(person, place, name, CommandType.MESSAGE)
        resolved = {"messages": {str(message.id): payloads.message(self._world, message)}}
        data = _data(command, CommandType.MESSAGE, Typed([], resolved)) | {"target_id": str(message.id)}
        return self._interactions.open(
            InteractionType.COMMAND, person, place, data, name=name, command_type=CommandType.MESSAGE
        )

    def _user_menu(self, person: User, place: Channel, name: str, target: User) -> SeenInteraction:
        command = self._find(person, place, name, CommandType.USER)
        resolved: dict[str, Json] = {}
        references.resolve(self._world, self._world.guild_of(place), target, ("user",), resolved)
        data = _data(command, CommandType.USER, Typed([], resolved)) | {"target_id": str(target.id)}
        return self._interactions.open(
            InteractionType.COMMAND, person, place, data, name=name, command_type=CommandType.USER
        )

    def press(
        self, user: UserRef, message: Message, custom_id: str | None, *, label: str | None = None
    ) -> SeenInteraction:
        """Press a button, named by its custom ID or its label."""
        person, place = self._at_message(user, message)
        button = _component(message, (Kind.BUTTON,), custom_id, label)
        if button.get("style") == LINK_STYLE:
            raise Refused("This button is a link.")
        return self._component_used(person, place, message, button, {})

    def select(
        self, user: UserRef, message: Message, custom_id: str | None, values: Sequence[Named]
    ) -> SeenInteraction:
        """Choose from a list, the only one where it is not named."""
        person, place = self._at_message(user, message)
        select = _component(message, SELECTS, custom_id)
        resolved: dict[str, Json] = {}
        picked = form_input.chosen(self._world, self._world.guild_of(place), select, values, resolved)
        more: Json = {"values": picked}
        if select["type"] != Kind.STRING_SELECT:
            more["resolved"] = resolved
        return self._component_used(person, place, message, select, more)

    def _component_used(
        self, person: User, place: Channel, message: Message, component: Json, more: Json
    ) -> SeenInteraction:
        if component.get("disabled"):
            raise Refused("This component is disabled.")
        data: Json = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component.get("id", 0),
            **more,
        }
        return self._interactions.open(
            InteractionType.COMPONENT, person, place, data, name=component["custom_id"], source=message
        )

    def _at_message(self, user: UserRef, message: Message) -> tuple[User, Channel]:
        person, place = self._who_where(user, message.channel_id)
        if message.deleted or not self._world.can_see_message(person, message):
            raise Refused("There is no such message here.")
        return person, place

    def submit_modal(
        self, opener: SeenInteraction, values: Mapping[str, object], *, custom_id: str | None = None
    ) -> SeenInteraction:
        """Fill in the modal that an interaction opened, and send it."""
        modal = opener.modal
        if modal is None or custom_id not in (None, modal["custom_id"]):
            raise Refused("No such modal is open.")
        data = form_input.submitted(self._world, self._world.guild_of(opener.channel), modal, values)
        return self._interactions.open(
            InteractionType.MODAL,
            opener.user,
            opener.channel,
            data,
            name=modal["custom_id"],
            source=opener.source,
            opened_by=opener,
        )

    def _who_where(
        self, user: UserRef, channel: ChannelRef, *, needs_bot: bool = True
    ) -> tuple[User, Channel]:
        try:
            person, place = self._world.user(user), self._world.channel(channel)
        except LookupError:
            raise Refused("There is no such user or channel.") from None
        if not self._world.can(person, place, Permission.VIEW_CHANNEL):
            raise Refused("You cannot see this channel.")
        guild = self._world.guild_of(place)
        if needs_bot and guild is not None and self._world.bot.id not in guild.members:
            raise Refused("The application is not in this server.")
        return person, place


def _data(command: Json, kind: CommandType, typed: Typed) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": int(kind)}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if typed.options:
        data["options"] = typed.options
    if typed.resolved:
        data["resolved"] = typed.resolved
    return data


def _component(
    message: Message, kinds: Sequence[Kind], custom_id: str | None, label: str | None = None
) -> Json:
    """The component of one of these kinds that is meant; the only one where nothing names it."""
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

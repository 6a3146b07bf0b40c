"""Discord's rules for application commands: their form, who may use them, and in which contexts they exist."""

import re
from enum import IntEnum
from math import inf

from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import fields
from sandbox.discord.rules.choices import check_choice, localised
from sandbox.discord.rules.errors import FieldErrors, FormErrors
from sandbox.discord.rules.selects import CHANNEL_TYPES
from sandbox.discord.world.permissions import Permission

MAX_CHAT_COMMANDS = 100
MAX_MENU_COMMANDS = 15
MAX_COMMAND_CHARS = 8000
MAX_PERMISSIONS = 2**54 - 1
MAX_OPTIONS = 25
_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")

USER_INSTALL = 1
"""The type of installation by which an application belongs to a user."""


class CommandType(IntEnum):
    """The types of command."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """The types of option."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTED = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
_WITH_CHOICES = (OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER)


def check_all(payload: list[Json]) -> None:
    """Check the commands of one bulk overwrite.

    Raises:
        DiscordError: 50035 with the path of every error.
    """
    errors = FormErrors()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(payload):
        place = errors.at(index)
        _command(place, command)
        # A slash command and a menu command may share a name; two of one type may not, in whatever case.
        identity = (type_of(command), str(command.get("name", "")).lower())
        if identity in seen:
            place.at("name").add(
                "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(identity)
    _check_counts(errors, payload)
    errors.raise_if_any()


def _check_counts(errors: FormErrors, payload: list[Json]) -> None:
    for kind, limit in ((1, MAX_CHAT_COMMANDS), (2, MAX_MENU_COMMANDS), (3, MAX_MENU_COMMANDS)):
        if sum(type_of(command) == kind for command in payload) > limit:
            errors.at().add(
                "APPLICATION_COMMANDS_TOO_MANY", f"At most {limit} commands of type {kind} are allowed"
            )


def type_of(command: Json) -> int:
    """The type of a command; 0 where it is not a number."""
    number = command.get("type") or CommandType.CHAT_INPUT
    return number if isinstance(number, int) else 0


def _command(errors: FieldErrors, raw: Json) -> None:
    kind = type_of(raw)
    if kind not in tuple(CommandType):
        errors.at("type").not_one_of(raw.get("type"), (1, 2, 3))
        return
    if kind == CommandType.CHAT_INPUT:
        _names(errors, raw)
        _descriptions(errors, raw)
        _options(errors.at("options"), raw.get("options"), depth=0)
    else:
        fields.text(errors.at("name"), raw.get("name"), low=1, high=32, required=True)
        for key in ("description", "options"):
            if raw.get(key):
                errors.at(key).add(
                    "CONTEXT_MENU_NO_DESCRIPTION", "Context menu commands have no description or options"
                )
        for place, name in localised(errors.at("name_localizations"), raw.get("name_localizations")):
            fields.text(place, name, low=1, high=32, required=True)
        list(localised(errors.at("description_localizations"), raw.get("description_localizations")))
    _check_availability(errors, raw)
    if _char_count(raw) > MAX_COMMAND_CHARS:
        errors.add("APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_COMMAND_CHARS})")


def _check_availability(errors: FieldErrors, raw: Json) -> None:
    permissions = raw.get("default_member_permissions")
    if isinstance(permissions, str) and permissions.isdigit():
        permissions = int(permissions)
    fields.integer(errors.at("default_member_permissions"), permissions, low=0, high=MAX_PERMISSIONS)
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        fields.some_of(errors.at(key), raw.get(key), allowed)
        if raw.get(key) == []:
            errors.at(key).bad_length(1, len(allowed))
    fields.boolean(errors.at("dm_permission"), raw.get("dm_permission"))
    fields.one_of(errors.at("handler"), raw.get("handler"), (1, 2, 3))
    fields.object_id(errors.at("id"), raw.get("id"))


def _names(errors: FieldErrors, raw: Json) -> None:
    _name(errors.at("name"), raw.get("name"))
    for place, name in localised(errors.at("name_localizations"), raw.get("name_localizations")):
        _name(place, name)


def _name(errors: FieldErrors, value: object) -> None:
    name = fields.text(errors, value, low=1, high=32, required=True)
    if name and (not _NAME.fullmatch(name) or name != name.lower()):
        errors.add("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _descriptions(errors: FieldErrors, raw: Json) -> None:
    fields.text(errors.at("description"), raw.get("description"), low=1, high=100, required=True)
    descriptions = errors.at("description_localizations")
    for place, description in localised(descriptions, raw.get("description_localizations")):
        fields.text(place, description, low=1, high=100, required=True)


def _options(errors: FieldErrors, value: object, *, depth: int) -> None:
    found = fields.json_objects(errors, value, high=MAX_OPTIONS)
    kinds = [option.get("type") for _, option in found]
    if any(kind in NESTED for kind in kinds) and not all(kind in NESTED for kind in kinds):
        errors.add("APPLICATION_COMMAND_OPTIONS_MIXED", "Sub-commands and options cannot be mixed")
    names: set[str] = set()
    optional_before = False
    for place, option in found:
        _option(place, option, depth=depth)
        name = str(option.get("name"))
        if name in names:
            place.at("name").add("APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option names must be unique")
        names.add(name)
        if option.get("required") and optional_before:
            place.add(
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_before = optional_before or not option.get("required")
    _check_localised_names(found)


def _check_localised_names(found: list[tuple[FieldErrors, Json]]) -> None:
    """In each locale, an option's name differs from the English and the localised names of all other options."""
    for place, option in found:
        others = [other for _, other in found if other is not option]
        for locale, name in fields.object_or_empty(option.get("name_localizations")).items():
            # Lists, not sets: a name of a wrong type, which is refused elsewhere, may not be hashable.
            taken = [other.get("name") for other in others]
            taken += [fields.object_or_empty(other.get("name_localizations")).get(locale) for other in others]
            if name in taken:
                place.at("name_localizations", locale).add(
                    "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option names must be unique"
                )


def _option(errors: FieldErrors, raw: Json, *, depth: int) -> None:
    _names(errors, raw)
    _descriptions(errors, raw)
    kind = raw.get("type")
    if kind not in tuple(OptionType):
        errors.at("type").not_one_of(kind, tuple(int(t) for t in OptionType))
        return
    for key in ("required", "autocomplete"):
        fields.boolean(errors.at(key), raw.get(key))
    if kind in NESTED:
        # Groups stand at the top; sub-commands at the top or in a group.
        if depth >= (1 if kind == OptionType.SUB_COMMAND_GROUP else 2):
            errors.at("type").add(
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option types are nested too deep"
            )
        _options(errors.at("options"), raw.get("options"), depth=depth + 1)
        return
    _check_choices(errors, raw, OptionType(kind))
    _check_range(errors, raw, OptionType(kind))


def _check_choices(errors: FieldErrors, raw: Json, kind: OptionType) -> None:
    choices = fields.json_objects(errors.at("choices"), raw.get("choices"), high=25)
    if (choices or raw.get("autocomplete")) and kind not in _WITH_CHOICES:
        errors.at("choices").add(
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This option type takes no choices"
        )
    if choices and raw.get("autocomplete"):
        errors.at("autocomplete").add(
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Choices and autocomplete exclude each other"
        )
    names: set[str] = set()
    for place, choice in choices:
        check_choice(place, choice, option_type=kind)
        name = str(choice.get("name"))
        if name in names:
            place.at("name").add(
                "APPLICATION_COMMAND_OPTIONS_CHOICES_NAME_DUPLICATED", "Choice names must be unique"
            )
        names.add(name)


def _check_range(errors: FieldErrors, raw: Json, kind: OptionType) -> None:
    if kind is OptionType.STRING:
        low = fields.integer(errors.at("min_length"), raw.get("min_length"), low=0, high=6000)
        high = fields.integer(errors.at("max_length"), raw.get("max_length"), low=1, high=6000)
        if low is not None and high is not None and low > high:
            errors.at("min_length").add("STRING_MIN_OVER_MAX", "min_length must not exceed max_length")
    elif raw.get("min_length") is not None or raw.get("max_length") is not None:
        errors.at("min_length").add("APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID", "Only texts have a length")
    numeric = kind in (OptionType.INTEGER, OptionType.NUMBER)
    for key in ("min_value", "max_value"):
        if kind is OptionType.INTEGER:
            fields.integer(errors.at(key), raw.get(key), low=-fields.MAX_INT53, high=fields.MAX_INT53)
        elif kind is OptionType.NUMBER:
            fields.number(errors.at(key), raw.get(key), low=-inf, high=inf)
    if kind is OptionType.CHANNEL:
        fields.some_of(errors.at("channel_types"), raw.get("channel_types"), CHANNEL_TYPES)
    if not numeric and (raw.get("min_value") is not None or raw.get("max_value") is not None):
        errors.at("min_value").add(
            "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID", "Only numbers have a smallest value"
        )


def _char_count(raw: Json) -> int:
    texts = _longest(raw, "name") + _longest(raw, "description")
    choices = sum(_longest(c, "name") + len(str(c.get("value", ""))) for c in objects(raw.get("choices")))
    return texts + choices + sum(_char_count(option) for option in objects(raw.get("options")))


def _longest(raw: Json, key: str) -> int:
    # Of each text the longest translation counts (documentation: Application Commands, "Limits").
    localised = fields.object_or_empty(raw.get(f"{key}_localizations"))
    return max(len(str(text)) for text in (raw.get(key) or "", *localised.values()))


def may_use(command: Json, permissions: Permission) -> bool:
    """Whether the command's default permissions let a member use it."""
    required = command.get("default_member_permissions")
    if required is None or permissions & Permission.ADMINISTRATOR:
        return True
    # "0" is for administrators only.
    return int(required) != 0 and int(permissions) & int(required) == int(required)


def is_available(command: Json, *, context: int, by_user: bool = False) -> bool:
    """Whether the command exists in a context: 0 a guild, 1 direct messages with the bot, 2 other private channels.

    `by_user`: through a person's own installation; else through that of the guild, and in the bot's direct messages.
    """
    if by_user and USER_INSTALL not in (command.get("integration_types") or ()):
        return False
    # Without contexts a command is in guilds and in the bot's direct messages, but in no other private channel.
    contexts = command.get("contexts")
    return (
        context in contexts
        if contexts is not None
        else context == 0 or (context == 1 and bool(command.get("dm_permission", True)))
    )

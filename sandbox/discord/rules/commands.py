"""Discord's rules for application commands: how they must look, who may use them, and where they exist."""

import re
from collections.abc import Iterable
from enum import IntEnum

from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import fields
from sandbox.discord.rules.choices import check_choice
from sandbox.discord.rules.errors import FaultsAt, FormFaults
from sandbox.discord.world.permissions import Permission

MAX_CHAT_COMMANDS = 100
MAX_MENU_COMMANDS = 15
MAX_COMMAND_CHARS = 8000
MAX_OPTIONS = 25
_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2}|-419)?")


class CommandType(IntEnum):
    """What a command hangs on."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """What an option holds."""

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
        DiscordError: 400 with the place of every fault.
    """
    faults = FormFaults()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(payload):
        place = faults.at(index)
        _command(place, command)
        identity = (type_of(command), str(command.get("name", "")).lower())
        if identity in seen:
            place.at("name").add(
                "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(identity)
    _check_counts(faults, payload)
    faults.raise_if_any()


def _check_counts(faults: FormFaults, payload: list[Json]) -> None:
    for kind, limit in ((1, MAX_CHAT_COMMANDS), (2, MAX_MENU_COMMANDS), (3, MAX_MENU_COMMANDS)):
        if sum(type_of(command) == kind for command in payload) > limit:
            faults.at().add(
                "APPLICATION_COMMANDS_TOO_MANY", f"At most {limit} commands of type {kind} are allowed"
            )


def type_of(command: Json) -> int:
    """What a command hangs on; 0 where that is no number."""
    number = command.get("type") or CommandType.CHAT_INPUT
    return number if isinstance(number, int) else 0


def _command(faults: FaultsAt, raw: Json) -> None:
    kind = type_of(raw)
    if kind not in tuple(CommandType):
        faults.at("type").not_one_of(raw.get("type"), (1, 2, 3))
        return
    if kind == CommandType.CHAT_INPUT:
        _names(faults, raw)
        _descriptions(faults, raw)
        _options(faults.at("options"), raw.get("options"), depth=0)
    else:
        fields.text(faults.at("name"), raw.get("name"), low=1, high=32, required=True)
        if raw.get("description") or raw.get("options"):
            faults.at("description").add(
                "CONTEXT_MENU_NO_DESCRIPTION", "Context menu commands have no description or options"
            )
    _check_reach(faults, raw)
    if _chars(raw) > MAX_COMMAND_CHARS:
        faults.add("APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_COMMAND_CHARS})")


def _check_reach(faults: FaultsAt, raw: Json) -> None:
    permissions = raw.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdigit():
        faults.at("default_member_permissions").wrong_type("string")
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        values = fields.array(faults.at(key), raw.get(key), high=len(allowed))
        for index, value in enumerate(values):
            if value not in allowed:
                faults.at(key, index).not_one_of(value, allowed)
        if raw.get(key) == []:
            faults.at(key).bad_length(1, len(allowed))


def _names(faults: FaultsAt, raw: Json) -> None:
    _name(faults.at("name"), raw.get("name"))
    for locale, name in _localised(faults.at("name_localizations"), raw.get("name_localizations")):
        _name(faults.at("name_localizations", locale), name)


def _name(faults: FaultsAt, value: object) -> None:
    name = fields.text(faults, value, low=1, high=32, required=True)
    if name and (not _NAME.fullmatch(name) or name != name.lower()):
        faults.add("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _descriptions(faults: FaultsAt, raw: Json) -> None:
    fields.text(faults.at("description"), raw.get("description"), low=1, high=100, required=True)
    for locale, words in _localised(
        faults.at("description_localizations"), raw.get("description_localizations")
    ):
        fields.text(faults.at("description_localizations", locale), words, low=1, high=100, required=True)


def _localised(faults: FaultsAt, value: object) -> Iterable[tuple[str, object]]:
    for locale, words in (fields.form(faults, value) or {}).items():
        if not _LOCALE.fullmatch(locale):
            faults.at(locale).not_one_of(locale, ("a locale of Discord's",))
        yield locale, words


def _options(faults: FaultsAt, value: object, *, depth: int) -> None:
    found = fields.forms(faults, value, high=MAX_OPTIONS)
    kinds = [option.get("type") for _, option in found]
    if any(kind in NESTED for kind in kinds) and not all(kind in NESTED for kind in kinds):
        faults.add("APPLICATION_COMMAND_OPTIONS_MIXED", "Sub-commands and options cannot be mixed")
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


def _option(faults: FaultsAt, raw: Json, *, depth: int) -> None:
    _names(faults, raw)
    _descriptions(faults, raw)
    kind = raw.get("type")
    if kind not in tuple(OptionType):
        faults.at("type").not_one_of(kind, tuple(int(t) for t in OptionType))
        return
    if kind in NESTED:
        if depth >= (1 if kind == OptionType.SUB_COMMAND_GROUP else 2):
            faults.at("type").add(
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option types are nested too deep"
            )
        _options(faults.at("options"), raw.get("options"), depth=depth + 1)
        return
    _check_choices(faults, raw, OptionType(kind))
    _check_range(faults, raw, OptionType(kind))


def _check_choices(faults: FaultsAt, raw: Json, kind: OptionType) -> None:
    choices = fields.forms(faults.at("choices"), raw.get("choices"), high=25)
    if (choices or raw.get("autocomplete")) and kind not in _WITH_CHOICES:
        faults.at("choices").add(
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This option type takes no choices"
        )
    if choices and raw.get("autocomplete"):
        faults.at("autocomplete").add(
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


def _check_range(faults: FaultsAt, raw: Json, kind: OptionType) -> None:
    if kind is OptionType.STRING:
        low = fields.integer(faults.at("min_length"), raw.get("min_length"), low=0, high=6000)
        high = fields.integer(faults.at("max_length"), raw.get("max_length"), low=1, high=6000)
        if low is not None and high is not None and low > high:
            faults.at("min_length").add("STRING_MIN_OVER_MAX", "min_length must not exceed max_length")
    elif raw.get("min_length") is not None or raw.get("max_length") is not None:
        faults.at("min_length").add("APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID", "Only texts have a length")
    numeric = kind in (OptionType.INTEGER, OptionType.NUMBER)
    if not numeric and (raw.get("min_value") is not None or raw.get("max_value") is not None):
        faults.at("min_value").add(
            "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID", "Only numbers have a smallest value"
        )


def _chars(raw: Json) -> int:
    own = _longest(raw, "name") + _longest(raw, "description")
    choices = sum(_longest(c, "name") + len(str(c.get("value", ""))) for c in objects(raw.get("choices")))
    return own + choices + sum(_chars(option) for option in objects(raw.get("options")))


def _longest(raw: Json, key: str) -> int:
    localised = fields.form_or_empty(raw.get(f"{key}_localizations"))
    return max(len(str(words)) for words in (raw.get(key) or "", *localised.values()))


def may_use(command: Json, permissions: Permission) -> bool:
    """Whether a member with these permissions finds the command."""
    wanted = command.get("default_member_permissions")
    if wanted is None or permissions & Permission.ADMINISTRATOR:
        return True
    return int(wanted) != 0 and int(permissions) & int(wanted) == int(wanted)


def reaches(command: Json, *, in_dm: bool) -> bool:
    """Whether the command exists in a guild's channels, or in direct messages with the bot."""
    contexts = command.get("contexts")
    return (
        (1 if in_dm else 0) in contexts
        if contexts is not None
        else not in_dm or bool(command.get("dm_permission", True))
    )

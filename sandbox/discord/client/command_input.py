"""The options that a person gives a command, checked as Discord's client checks them before it sends anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord.client import references
from sandbox.discord.client.references import Chooser
from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules.commands import NESTED, OptionType
from sandbox.discord.world import message_payloads
from sandbox.discord.world.model import Attachment

_REFERENCE_KINDS = {
    OptionType.USER: ("user",),
    OptionType.CHANNEL: ("channel",),
    OptionType.ROLE: ("role",),
    OptionType.MENTIONABLE: ("user", "role"),
}


class Refused(Exception):
    """Discord's client would not let a person do this; the text is what they read."""


@dataclass(slots=True)
class CommandInput:
    """A command's data as it is sent: the nested options, and the objects that they refer to."""

    options: list[Json]
    resolved: dict[str, Json] = field(default_factory=dict[str, Json])
    focused_type: int = OptionType.STRING


def check(
    by: Chooser,
    command: Json,
    path: list[str],
    values: Mapping[str, object],
    *,
    focused: str | None = None,
) -> CommandInput:
    """Check `values` against the options of `command`; `path` names its sub-commands.

    With `focused` it is an autocompletion: required options may be missing, and that option is marked.

    Raises:
        Refused: the values do not fit the command.
    """
    nested: list[Json] = []
    options = objects(command.get("options"))
    for name in path:
        step = next((o for o in options if o["type"] in NESTED and o["name"] == name), None)
        if step is None:
            raise Refused(f"There is no sub-command {name!r}.")
        nested.append(step)
        options = objects(step.get("options"))
    if any(o["type"] in NESTED for o in options):
        raise Refused("This command needs one of its sub-commands.")
    result = _options(by, options, values, focused)
    # From the inside out: each level holds the one below as its only option.
    for step in reversed(nested):
        result.options = [{"type": step["type"], "name": step["name"], "options": result.options}]
    return result


def _options(
    by: Chooser,
    options: list[Json],
    values: Mapping[str, object],
    focused: str | None,
) -> CommandInput:
    known = {str(option["name"]): option for option in options}
    for name in (*values, *([focused] if focused else [])):
        if name not in known:
            raise Refused(f"This command has no option {name!r}.")
    result = CommandInput([])
    for name, option in known.items():
        if name == focused:
            result.focused_type = option["type"]
            result.options.append(_focused_option(option, values.get(name, "")))
        elif values.get(name) is not None:
            value = _value(by, option, values[name], result.resolved, strict=focused is None)
            result.options.append({"type": option["type"], "name": name, "value": value})
        elif option.get("required") and focused is None:
            raise Refused(f"The option {name!r} is required.")
    return result


def _focused_option(option: Json, value: object) -> Json:
    if not option.get("autocomplete"):
        raise Refused(f"The option {option['name']!r} does not complete what is typed.")
    return {"type": option["type"], "name": option["name"], "value": str(value), "focused": True}


def _value(
    by: Chooser,
    option: Json,
    value: object,
    resolved: dict[str, Json],
    *,
    strict: bool,
) -> object:
    kind = OptionType(option["type"])
    match kind:
        case OptionType.STRING:
            checked: object = _text(option, value, strict=strict)
        case OptionType.INTEGER | OptionType.NUMBER:
            checked = _number(option, value, whole=kind is OptionType.INTEGER)
        case OptionType.BOOLEAN:
            if not isinstance(value, bool):
                raise Refused(f"The option {option['name']!r} is true or false.")
            checked = value
        case OptionType.ATTACHMENT:
            checked = _file(option, value, resolved)
        case _:
            checked = _reference(by, option, value, resolved)
    choices = objects(option.get("choices"))
    # After the conversion: the choices of numbers are numbers.
    if choices and checked not in [choice["value"] for choice in choices]:
        raise Refused(f"The option {option['name']!r} takes one of its choices only.")
    return checked


def _file(option: Json, value: object, resolved: dict[str, Json]) -> str:
    if not isinstance(value, Attachment):
        raise Refused(f"The option {option['name']!r} takes a file.")
    file = message_payloads.attachment(value) | {"ephemeral": True}
    resolved.setdefault("attachments", {})[str(value.id)] = file
    return str(value.id)


def _text(option: Json, value: object, *, strict: bool) -> str:
    if not isinstance(value, str):
        raise Refused(f"The option {option['name']!r} takes a text.")
    low, high = option.get("min_length") or 0, option.get("max_length") or 6000
    # While a person still types, a text may be too short.
    if strict and not low <= len(value) <= high:
        raise Refused(f"The option {option['name']!r} takes {low} to {high} characters.")
    if strict and option.get("required") and not value:
        raise Refused(f"The option {option['name']!r} is required.")
    return value


def _number(option: Json, value: object, *, whole: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise Refused(f"The option {option['name']!r} takes a {'whole ' if whole else ''}number.")
    low, high = option.get("min_value"), option.get("max_value")
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused(f"The option {option['name']!r} takes {low} to {high}.")
    return value


def _reference(by: Chooser, option: Json, value: object, resolved: dict[str, Json]) -> str:
    kinds, types = _REFERENCE_KINDS[OptionType(option["type"])], option.get("channel_types") or ()
    found = references.resolve(by, value, kinds, resolved, channel_types=types)
    if found is None:
        raise Refused(f"The option {option['name']!r} refers to nothing that is there.")
    return found

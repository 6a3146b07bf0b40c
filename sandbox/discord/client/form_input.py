"""What people choose from lists and write into modals, checked as the Discord client checks it before it sends it."""

from collections.abc import Mapping, Sequence

from sandbox.discord.client import references
from sandbox.discord.client.command_input import Refused
from sandbox.discord.json_types import Json, is_array, objects
from sandbox.discord.rules import fields
from sandbox.discord.rules.component_types import PICKERS, SELECTS, Kind
from sandbox.discord.world.model import Guild
from sandbox.discord.world.state import Places

MAX_TEXT_CHARS = 4000


def chosen(
    world: Places, guild: Guild | None, select: Json, values: Sequence[object], resolved: dict[str, Json]
) -> list[str]:
    """The values of a list as they are sent; what they refer to is added to `resolved`.

    Raises:
        Refused: too few, too many, the same twice, or something that the list does not offer.
    """
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    plain = [str(references.plain(value)) for value in values]
    if not least <= len(plain) <= most or len(set(plain)) != len(plain):
        raise Refused(f"Choose {least} to {most} of the options.")
    if select["type"] == Kind.STRING_SELECT:
        offered = {option["value"] for option in objects(select.get("options"))}
        if not set(plain) <= offered:
            raise Refused("That is not one of the options.")
        return plain
    return [_picked(world, guild, select, value, resolved) for value in plain]


def _picked(world: Places, guild: Guild | None, select: Json, value: str, resolved: dict[str, Json]) -> str:
    kinds, types = PICKERS[Kind(select["type"])], select.get("channel_types") or ()
    found = references.resolve(world, guild, value, kinds, resolved, channel_types=types)
    if found is None:
        raise Refused(f"The list does not offer {value!r}.")
    return found


def submitted(world: Places, guild: Guild | None, modal: Json, values: Mapping[str, object]) -> Json:
    """The data of a modal that was filled in with `values`, by custom ID or label.

    What is left out stays as it was when the modal opened.

    Raises:
        Refused: a field that the modal does not have, or a value that its field does not take.
    """
    everything = fields.walk(modal["components"])
    inputs = {c["custom_id"] for c in everything if c.get("custom_id")}
    labels = {c["label"]: c["component"]["custom_id"] for c in everything if c["type"] == Kind.LABEL}
    values = {labels.get(name, name): value for name, value in values.items()}
    unknown = set(values) - inputs
    if unknown:
        raise Refused(f"The modal has no field {unknown.pop()!r}.")
    resolved: dict[str, Json] = {}
    parts = [_part(world, guild, component, values, resolved) for component in modal["components"]]
    return {"custom_id": modal["custom_id"], "components": parts, "resolved": resolved}


def _part(
    world: Places, guild: Guild | None, raw: Json, values: Mapping[str, object], resolved: dict[str, Json]
) -> Json:
    kind = raw["type"]
    part: Json = {"type": kind, "id": raw.get("id", 0)}
    if kind == Kind.ROW:
        return part | {"components": [_part(world, guild, c, values, resolved) for c in raw["components"]]}
    if kind == Kind.LABEL:
        return part | {"component": _part(world, guild, raw["component"], values, resolved)}
    if kind == Kind.TEXT:
        return part
    return part | {"custom_id": raw["custom_id"]} | _answer(world, guild, raw, values, resolved)


def _answer(
    world: Places, guild: Guild | None, raw: Json, values: Mapping[str, object], resolved: dict[str, Json]
) -> Json:
    kind, value = raw["type"], values.get(raw["custom_id"])
    if kind == Kind.TEXT_INPUT:
        return {"value": _written(raw, value)}
    if kind in SELECTS:
        return {"values": _chosen_in_modal(world, guild, raw, value, resolved)}
    if kind in (Kind.CHECKBOX_GROUP, Kind.FILE_UPLOAD):
        return {"values": value if is_array(value) else []}
    return {"value": value}


def _written(component: Json, value: object) -> str:
    words = str(component.get("value") or "" if value is None else value)
    required = component.get("required", True)
    if not words and not required:
        return words
    least = component.get("min_length") or (1 if required else 0)
    most = component.get("max_length") or MAX_TEXT_CHARS
    if not least <= len(words) <= most:
        raise Refused(f"The field {component['custom_id']!r} takes {least} to {most} characters.")
    return words


def _chosen_in_modal(
    world: Places, guild: Guild | None, select: Json, value: object, resolved: dict[str, Json]
) -> list[str]:
    values = _defaults(select) if value is None else value if is_array(value) else [value]
    if not values and not select.get("required", True):
        return []
    return chosen(world, guild, select, values, resolved)


def _defaults(select: Json) -> list[str]:
    picked = [default["id"] for default in objects(select.get("default_values"))]
    return picked or [o["value"] for o in objects(select.get("options")) if o.get("default")]

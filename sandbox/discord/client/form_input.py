"""What people choose from lists and enter in modals, checked as Discord's client checks it before it sends anything."""

from collections.abc import Mapping, Sequence

from sandbox.discord.client import references
from sandbox.discord.client.command_input import Refused
from sandbox.discord.client.references import Chooser
from sandbox.discord.json_types import Json, is_array, objects
from sandbox.discord.rules import fields
from sandbox.discord.rules.component_types import ENTITY_SELECTS, SELECTS, ComponentType

MAX_TEXT_CHARS = 4000


def selected(by: Chooser, select: Json, values: Sequence[object], resolved: dict[str, Json]) -> list[str]:
    """The values of a select as they are sent; the objects that they refer to are added to `resolved`.

    Raises:
        Refused: too few, too many, a value given twice, or one that the list does not offer.
    """
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    plain = [str(references.id_or_value(value)) for value in values]
    if not least <= len(plain) <= most or len(set(plain)) != len(plain):
        raise Refused(f"Choose {least} to {most} of the options.")
    if select["type"] == ComponentType.STRING_SELECT:
        offered = {option["value"] for option in objects(select.get("options"))}
        if not set(plain) <= offered:
            raise Refused("That is not one of the options.")
        return plain
    return [_resolved(by, select, value, resolved) for value in plain]


def _resolved(by: Chooser, select: Json, value: str, resolved: dict[str, Json]) -> str:
    kinds, types = ENTITY_SELECTS[ComponentType(select["type"])], select.get("channel_types") or ()
    found = references.resolve(by, value, kinds, resolved, channel_types=types)
    if found is None:
        raise Refused(f"The list does not offer {value!r}.")
    return found


def modal_data(by: Chooser, modal: Json, values: Mapping[str, object]) -> Json:
    """The data of a submitted modal; `values` go by custom ID or label, fields that are left out keep their defaults.

    Raises:
        Refused: a field that the modal does not have, or a value that its field does not take.
    """
    everything = fields.walk(modal["components"])
    inputs = {c["custom_id"] for c in everything if c.get("custom_id")}
    labels = {c["label"]: c["component"]["custom_id"] for c in everything if c["type"] == ComponentType.LABEL}
    values = {labels.get(name, name): value for name, value in values.items()}
    unknown = set(values) - inputs
    if unknown:
        raise Refused(f"The modal has no field {unknown.pop()!r}.")
    resolved: dict[str, Json] = {}
    parts = [_component_data(by, component, values, resolved) for component in modal["components"]]
    return {"custom_id": modal["custom_id"], "components": parts, "resolved": resolved}


def _component_data(by: Chooser, raw: Json, values: Mapping[str, object], resolved: dict[str, Json]) -> Json:
    kind = raw["type"]
    data: Json = {"type": kind, "id": raw.get("id", 0)}
    if kind == ComponentType.ROW:
        return data | {"components": [_component_data(by, c, values, resolved) for c in raw["components"]]}
    if kind == ComponentType.LABEL:
        return data | {"component": _component_data(by, raw["component"], values, resolved)}
    if kind == ComponentType.TEXT:
        return data
    return data | {"custom_id": raw["custom_id"]} | _field_data(by, raw, values, resolved)


def _field_data(by: Chooser, raw: Json, values: Mapping[str, object], resolved: dict[str, Json]) -> Json:
    kind, value = raw["type"], values.get(raw["custom_id"])
    if kind == ComponentType.TEXT_INPUT:
        return {"value": _entered_text(raw, value)}
    if kind in SELECTS:
        return {"values": _selected_in_modal(by, raw, value, resolved)}
    if kind == ComponentType.CHECKBOX_GROUP:
        return {"values": _checked(raw, value)}
    if kind == ComponentType.RADIO_GROUP:
        return {"value": _picked(raw, value)}
    if kind == ComponentType.CHECKBOX:
        return {"value": bool(raw.get("default")) if value is None else value is True}
    return {"values": value if is_array(value) else []}


def _checked(group: Json, value: object) -> list[str]:
    """The checked boxes of a group: as many as it takes, of those that it has."""
    offered = [option["value"] for option in objects(group.get("options"))]
    values = _defaults(group) if value is None else value if is_array(value) else [value]
    checked = [str(each) for each in values]
    if not set(checked) <= set(offered) or len(set(checked)) != len(checked):
        raise Refused("That is not one of the boxes.")
    least, most = group.get("min_values") or 0, group.get("max_values") or len(offered)
    # A group that is required needs one box, even where its limits allow none.
    least = max(least, 1) if group.get("required", True) else least
    if not least <= len(checked) <= most and (checked or group.get("required", True)):
        raise Refused(f"Check {least} to {most} of the boxes.")
    return checked


def _picked(group: Json, value: object) -> str | None:
    """The radio button that is on; None where none has to be and none is."""
    picked = next(iter(_defaults(group)), None) if value is None else str(value)
    if picked is None and group.get("required", True):
        raise Refused("Pick one of the options.")
    if picked is not None and picked not in {option["value"] for option in objects(group.get("options"))}:
        raise Refused("That is not one of the options.")
    return picked


def _entered_text(component: Json, value: object) -> str:
    text = str(component.get("value") or "" if value is None else value)
    required = component.get("required", True)
    # Left empty, an optional field is exempt from its smallest length.
    if not text and not required:
        return text
    least = component.get("min_length") or (1 if required else 0)
    most = component.get("max_length") or MAX_TEXT_CHARS
    if not least <= len(text) <= most:
        raise Refused(f"The field {component['custom_id']!r} takes {least} to {most} characters.")
    return text


def _selected_in_modal(by: Chooser, select: Json, value: object, resolved: dict[str, Json]) -> list[str]:
    values = _defaults(select) if value is None else value if is_array(value) else [value]
    if not values and not select.get("required", True):
        return []
    return selected(by, select, values, resolved)


def _defaults(select: Json) -> list[str]:
    ids = [default["id"] for default in objects(select.get("default_values"))]
    return ids or [o["value"] for o in objects(select.get("options")) if o.get("default")]

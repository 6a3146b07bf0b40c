"""The small checks that every form of Discord's is made of. Each notes its faults and returns what it could use."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.discord.json_types import Json, is_array, is_object, objects
from sandbox.discord.rules.errors import FaultsAt

HTTP = ("http", "https")
HTTP_OR_ATTACHMENT = (*HTTP, "attachment")
MAX_URL_CHARS = 2048


def text(faults: FaultsAt, value: object, *, high: int, low: int = 0, required: bool = False) -> str:
    """A text of `low` to `high` characters, stripped as Discord strips it; empty where there is none."""
    if value is None:
        if required:
            faults.required()
        return ""
    if not isinstance(value, str):
        faults.wrong_type("string")
        return ""
    stripped = value.strip()
    if not stripped and required:
        faults.required()
    elif low and not low <= len(stripped) <= high:
        faults.bad_length(low, high)
    elif len(stripped) > high:
        faults.too_long(high)
    return stripped


def url(
    faults: FaultsAt, value: object, *, schemes: Collection[str] = HTTP, high: int = MAX_URL_CHARS
) -> str:
    """A URL with one of these schemes and a host; empty where there is none or it is not one."""
    address = text(faults, value, high=high)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname)
    except ValueError:
        faults.add("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return ""
    if parts.scheme.lower() not in schemes and parts.scheme:
        named = ", ".join(map(repr, sorted(schemes)))
        faults.add("URL_TYPE_INVALID_SCHEME", f'Scheme "{parts.scheme}" must be one of ({named}).')
        return ""
    if not parts.scheme or not has_host or any(c.isspace() for c in address):
        faults.add("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return ""
    return address


def integer(faults: FaultsAt, value: object, *, low: int, high: int) -> int | None:
    """A whole number within its limits, None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        faults.wrong_type("int")
        return None
    if not low <= value <= high:
        faults.add("NUMBER_TYPE_RANGE", f"int value should be between {low} and {high}.")
        return None
    return value


def boolean(faults: FaultsAt, value: object) -> bool:
    """True or false; false where there is none."""
    if value is None or isinstance(value, bool):
        return bool(value)
    faults.wrong_type("bool")
    return False


def timestamp(faults: FaultsAt, value: object) -> None:
    """An ISO 8601 timestamp, or none."""
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        faults.add("DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")


def form(faults: FaultsAt, value: object, *, required: bool = False) -> Json | None:
    """An object, None where there is none."""
    if value is None:
        if required:
            faults.required()
        return None
    if not is_object(value):
        faults.add("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
        return None
    return value


def array(faults: FaultsAt, value: object, *, high: int, low: int = 0) -> list[Any]:
    """A list of `low` to `high` items; empty where there is none."""
    if value is None and low == 0:
        return []
    if not is_array(value):
        faults.required() if value is None else faults.wrong_type("list")
        return []
    if not low <= len(value) <= high:
        faults.bad_length(low, high) if low else faults.add(
            "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length."
        )
    return value


def forms(faults: FaultsAt, value: object, *, high: int, low: int = 0) -> list[tuple[FaultsAt, Json]]:
    """A list of objects, each with the place of its own faults."""
    found: list[tuple[FaultsAt, Json]] = []
    for index, item in enumerate(array(faults, value, high=high, low=low)):
        place = faults.at(index)
        if (checked := form(place, item, required=True)) is not None:
            found.append((place, checked))
    return found


def form_or_empty(value: object) -> Json:
    """The object in a body that was not checked; empty where it holds something else."""
    return value if is_object(value) else {}


def walk(components: object) -> list[Json]:
    """Every component of a message or modal, those inside of others included, from the outside in."""
    found: list[Json] = []
    for component in objects(components):
        found.append(component)
        found.extend(walk(component.get("components")))
        found.extend(walk([component.get("component"), component.get("accessory")]))
    return found

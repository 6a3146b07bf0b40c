"""Checks of single values in a form. Each adds its errors and returns the value, or an empty one where it is invalid."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.discord.json_types import Json, is_array, is_object, objects, snowflake
from sandbox.discord.rules.errors import FieldErrors

HTTP = ("http", "https")
HTTP_OR_ATTACHMENT = (*HTTP, "attachment")
MAX_URL_CHARS = 2048
MAX_TEXT_CHARS = 152_133
"""The length of texts that have no limit of their own."""
MAX_INT32 = 2**31 - 1
MAX_INT53 = 2**53 - 1


def text(errors: FieldErrors, value: object, *, high: int, low: int = 0, required: bool = False) -> str:
    """A text of `low` to `high` characters, stripped as Discord does; empty where there is none."""
    if value is None:
        if required:
            errors.required()
        return ""
    if not isinstance(value, str):
        errors.wrong_type("string")
        return ""
    stripped = value.strip()
    if not stripped and required:
        errors.required()
    elif low and not low <= len(stripped) <= high:
        errors.bad_length(low, high)
    elif len(stripped) > high:
        errors.too_long(high)
    return stripped


def url(
    errors: FieldErrors, value: object, *, schemes: Collection[str] = HTTP, high: int = MAX_URL_CHARS
) -> str:
    """A URL with one of these schemes and a host; empty where there is none or it is not one."""
    address = text(errors, value, high=high)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        # Raises ValueError, too, for example of an unclosed bracket.
        has_host = bool(parts.hostname)
    except ValueError:
        errors.add("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return ""
    if parts.scheme.lower() not in schemes and parts.scheme:
        named = ", ".join(map(repr, sorted(schemes)))
        errors.add("URL_TYPE_INVALID_SCHEME", f'Scheme "{parts.scheme}" must be one of ({named}).')
        return ""
    if not parts.scheme or not has_host or any(c.isspace() for c in address):
        errors.add("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return ""
    return address


def integer(errors: FieldErrors, value: object, *, low: int, high: int) -> int | None:
    """A whole number within its limits, None where there is none."""
    if value is None:
        return None
    # In Python a bool is an int; in JSON it is not.
    if isinstance(value, bool) or not isinstance(value, int):
        errors.wrong_type("int")
        return None
    if not low <= value <= high:
        errors.add("NUMBER_TYPE_RANGE", f"int value should be between {low} and {high}.")
        return None
    return value


def number(errors: FieldErrors, value: object, *, low: float, high: float) -> None:
    """A number within its limits, or none."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        errors.wrong_type("float")
    elif not low <= value <= high:
        errors.add("NUMBER_TYPE_RANGE", f"float value should be between {low} and {high}.")


def one_of(errors: FieldErrors, value: object, allowed: Collection[int]) -> None:
    """One of these whole numbers, or none."""
    if value is not None and (isinstance(value, bool | float) or value not in allowed):
        errors.not_one_of(value, allowed)


def object_id(errors: FieldErrors, value: object, *, required: bool = False) -> int | None:
    """An ID, None where there is none."""
    if value is None:
        if required:
            errors.required()
        return None
    if (found := snowflake(value)) is None:
        errors.add("NUMBER_TYPE_COERCE", f"Value {value!r} is not snowflake.")
    return found


def boolean(errors: FieldErrors, value: object) -> bool:
    """True or false; false where there is none."""
    if value is None or isinstance(value, bool):
        return bool(value)
    errors.wrong_type("bool")
    return False


def timestamp(errors: FieldErrors, value: object) -> None:
    """An ISO 8601 timestamp, or none."""
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        errors.add("DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")


def json_object(errors: FieldErrors, value: object, *, required: bool = False) -> Json | None:
    """An object, None where there is none."""
    if value is None:
        if required:
            errors.required()
        return None
    if not is_object(value):
        errors.add("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
        return None
    return value


def array(errors: FieldErrors, value: object, *, high: int, low: int = 0) -> list[Any]:
    """A list of `low` to `high` items; empty where there is none."""
    if value is None and low == 0:
        return []
    if not is_array(value):
        errors.required() if value is None else errors.wrong_type("list")
        return []
    if not low <= len(value) <= high:
        errors.bad_length(low, high) if low else errors.add(
            "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length."
        )
    return value


def unique(errors: FieldErrors, values: list[Any]) -> None:
    """No value twice."""
    for index, value in enumerate(values):
        # In a list: values of any JSON type come here, and not all are hashable.
        if value in values[:index]:
            errors.add("SET_TYPE_ALREADY_CONTAINS_VALUE", f"The set already contains {value!r}.")


def some_of(errors: FieldErrors, value: object, allowed: Collection[int]) -> list[Any]:
    """A list of some of these whole numbers, each once; empty where there is none."""
    values = array(errors, value, high=len(allowed))
    unique(errors, values)
    for index, item in enumerate(values):
        if item is None:
            errors.at(index).required()
        one_of(errors.at(index), item, allowed)
    return values


def json_objects(
    errors: FieldErrors, value: object, *, high: int, low: int = 0
) -> list[tuple[FieldErrors, Json]]:
    """A list of objects, each with the collector of its own errors."""
    found: list[tuple[FieldErrors, Json]] = []
    for index, item in enumerate(array(errors, value, high=high, low=low)):
        place = errors.at(index)
        if (checked := json_object(place, item, required=True)) is not None:
            found.append((place, checked))
    return found


def object_or_empty(value: object) -> Json:
    """`value` where it is a JSON object, else an empty one."""
    return value if is_object(value) else {}


def walk(components: object) -> list[Json]:
    """Every component of a message or modal, nested ones included, parents first."""
    found: list[Json] = []
    for component in objects(components):
        found.append(component)
        found.extend(walk(component.get("components")))
        found.extend(walk([component.get("component"), component.get("accessory")]))
    return found

"""JSON types for the type checker, and helpers to read unchecked JSON."""

import json
from typing import Any, TypeGuard

Json = dict[str, Any]
MAX_ID_DIGITS = 20


def is_object(value: object) -> TypeGuard[Json]:
    """Whether `value` is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether `value` is a JSON array."""
    return isinstance(value, list)


def objects(value: object) -> list[Json]:
    """The JSON objects in an array; empty where `value` is not one."""
    return [item for item in value if is_object(item)] if is_array(value) else []


def parse_object(text: str | bytes) -> Json | None:
    """The JSON object in `text`, None where it holds anything else."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if is_object(value) else None


def snowflake(value: object) -> int | None:
    """The ID in `value`: a string of digits, or as Discord tolerates a number; None where it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value > 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        return int(value)
    return None

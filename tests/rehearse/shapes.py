"""Shapes of traffic: keys and JSON types without values, and routes without IDs and tokens."""

import re
from collections.abc import Iterator, Mapping

from sandbox.discord.json_types import is_array, is_object

Shape = set[tuple[str, str]]
"""Pairs of a path, such as `response.embeds[].title`, and a JSON type found there."""

ID, TOKEN = "{id}", "{token}"
_BEFORE_TOKEN = ("webhooks", "interactions")
_WORD = re.compile(r"@?[a-z][a-z0-9-]{0,30}")
_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_]{0,40}")


def shape_of(value: object, path: str) -> Iterator[tuple[str, str]]:
    """The type of a JSON value and of everything in it. Keys that are no plain names become `*`: they may be IDs."""
    yield path, json_type(value)
    if is_object(value):
        for key, each in value.items():
            yield from shape_of(each, f"{path}.{key if _KEY.fullmatch(key) else '*'}")
    elif is_array(value):
        for each in value:
            yield from shape_of(each, f"{path}[]")


def json_type(value: object) -> str:
    """The JSON type of a value; `other` for anything that is no JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object" if isinstance(value, Mapping) else "other"


def route(path: str) -> str:
    """A path without what identifies anything: `/webhooks/{id}/{token}/messages/@original`."""
    parts = path.strip("/").split("/")
    return "".join(f"/{_segment(parts, place)}" for place in range(len(parts)))


def _segment(parts: list[str], place: int) -> str:
    # Judged by the place and not by the form: a token may look like a word.
    if place >= 2 and parts[place - 2] in _BEFORE_TOKEN:
        return TOKEN
    if place >= 1 and parts[place - 1] in (*_BEFORE_TOKEN, "jobs"):
        return ID
    return parts[place] if _WORD.fullmatch(parts[place]) else ID

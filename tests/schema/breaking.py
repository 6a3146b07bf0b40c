"""Every way in which a body that is valid can break the schema: each limit, type, enumeration and required key once."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox.discord.json_types import is_array, is_object
from tests.schema.published import Json, Path_, Published

ABSENT: Final = object()
"""Stands for the value of a key that is not there, and for a key to be removed."""

Change = tuple[Path_, str, Any]
"""Where, the keyword that is broken, and the value to be put there."""

_WRONG_TYPES: dict[str, Any] = {
    "string": {"x": 1},
    "integer": "x",
    "number": "x",
    "boolean": "x",
    "array": "x",
    "object": "x",
}
_FORMATS: dict[str, Any] = {"uri": "no address", "date-time": "yesterday"}


@dataclass(frozen=True, slots=True)
class Break:
    """A broken body. `name` says where and how, the same for every place in a list."""

    name: str
    path: Path_
    keyword: str
    body: Any


def breaks(published: Published, schema: Json, body: Any) -> Iterator[Break]:
    """Every break of a body that is valid."""
    for path, keyword, value in _changes(published, schema, body, ()):
        if path:
            yield Break(f"{_name(body, path)} {keyword}", path, keyword, _changed(body, path, value))


def places_in(body: Any) -> Iterator[str]:
    """The places of a body that hold something, as they are named in breaks."""
    yield "$"
    for key, value in _items(body):
        yield from (f"{_name(body, (key,))}{place[1:]}" for place in places_in(value))


def _items(value: Any) -> list[tuple[str | int, Any]]:
    if is_object(value):
        return list(value.items())
    return list(enumerate(value)) if is_array(value) else []


def _changed(body: Any, path: Path_, value: Any) -> Any:
    """The body with another value at a path; what is not on the path is shared with the body."""
    if not path:
        return value
    key: Any = path[0]
    changed = copy.copy(body)
    if value is ABSENT and len(path) == 1:
        del changed[key]
    elif is_object(body) and key not in body:
        changed[key] = value
    else:
        changed[key] = _changed(body[key], path[1:], value)
    return changed


def _name(body: Any, path: Path_) -> str:
    """The path; a place in a list is written as the type of the component or option there, or as `*`."""
    parts, value = ["$"], body
    for key in path:
        value = dict(_items(value)).get(key)
        if isinstance(key, int):
            kind = value.get("type") if is_object(value) else None
            parts.append(f"*{kind}" if isinstance(kind, int) else "*")
        else:
            parts.append(key)
    return ".".join(parts)


def _changes(published: Published, schema: Json, value: Any, path: Path_) -> Iterator[Change]:
    branches = _branches(published, schema)
    kinds = {kind for branch in branches for kind in _kinds(branch)}
    meant = _closest_branch(published, branches, value)
    yield from _wrong_type(kinds, path)
    if value is not ABSENT and "null" not in kinds and None not in meant.get("enum", ()):
        yield path, "null", None
    if "enum" in meant and "boolean" not in kinds:
        yield path, "enum", 9999 if kinds & {"integer", "number"} else "nothing-like-it"
    else:
        yield from _out_of_bounds(meant, value, path)
    yield from _broken_children(published, meant, value, path)


def _branches(published: Published, schema: Json) -> list[Json]:
    schema = published.resolved(schema)
    if "anyOf" not in schema:
        return [schema]
    return [found for branch in schema["anyOf"] for found in _branches(published, branch)]


def _kinds(schema: Json) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def _closest_branch(published: Published, branches: list[Json], value: Any) -> Json:
    """The branch that a value takes; of one that is not there the first that is not null."""
    present = [branch for branch in branches if _kinds(branch) != ["null"]]
    if value is ABSENT or len(present) == 1:
        return present[0]
    if is_object(value):
        kind = value.get("type")
        same = [
            branch
            for branch in present
            if kind in branch.get("properties", {}).get("type", {}).get("enum", ())
        ]
        present = same or present
    return min(present, key=lambda branch: len(list(published.differences(branch, value))))


def _wrong_type(kinds: set[str], path: Path_) -> Iterator[Change]:
    if wrong := next((_WRONG_TYPES[kind] for kind in sorted(kinds - {"null"})), None):
        fits = isinstance(wrong, str) and "string" in kinds
        yield path, "type", {"x": 1} if fits else wrong
    if "integer" in kinds and "number" not in kinds:
        yield path, "type (fraction)", 1.5


def _out_of_bounds(schema: Json, value: Any, path: Path_) -> Iterator[Change]:
    if "maxLength" in schema:
        start = "https://example.com/" if schema.get("format") == "uri" else ""
        yield path, "maxLength", start + "x" * (schema["maxLength"] + 1 - len(start))
    if schema.get("minLength", 0) > 0:
        yield path, "minLength", "x" * (schema["minLength"] - 1)
    if "minimum" in schema:
        yield path, "minimum", schema["minimum"] - 1
    if "maximum" in schema:
        yield path, "maximum", schema["maximum"] + 1
    if "pattern" in schema:
        yield path, "pattern", "x-1"
    if schema.get("format") in _FORMATS:
        yield path, "format", _FORMATS[schema["format"]]
    if is_array(value) and value:
        yield from _wrong_length(schema, value, path)


def _wrong_length(schema: Json, value: list[Any], path: Path_) -> Iterator[Change]:
    if "maxItems" in schema:
        yield path, "maxItems", [*value, *[value[0]] * (schema["maxItems"] + 1 - len(value))]
    if schema.get("minItems", 0) > 0:
        yield path, "minItems", value[: schema["minItems"] - 1]
    if schema.get("uniqueItems"):
        yield path, "uniqueItems", [*value, value[0]]


def _broken_children(published: Published, schema: Json, value: Any, path: Path_) -> Iterator[Change]:
    if is_array(value):
        for index, item in enumerate(value):
            yield from _changes(published, schema["items"], item, (*path, index))
    if not is_object(value):
        return
    for key in set(schema.get("required", ())) & value.keys():
        yield (*path, key), "required", ABSENT
    properties: Json = schema.get("properties", {})
    for key, child in properties.items():
        yield from _changes(published, child, value.get(key, ABSENT), (*path, key))
    if more := schema.get("additionalProperties"):
        for key in value.keys() - properties.keys():
            yield from _changes(published, more, value[key], (*path, key))

"""Discord's published OpenAPI schema: what it says of an operation or an object, and how a value differs from that.

Objects are closed: a key that the schema does not list is an error, although Discord itself ignores such keys.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from sandbox.discord.json_types import is_object

Json = dict[str, Any]
Path_ = tuple[str | int, ...]

_DOCUMENT = "urn:discord:api"
_COMPONENT = "#/components/schemas/"
_PARAMETER = re.compile(r"\{[^}]+\}")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_BRANCHES = ("anyOf", "oneOf")

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(_RFC_3339.fullmatch(value) and datetime.fromisoformat(value))


@formats.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@formats.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a value is not as the schema says: the path, the keyword of JSON Schema ("unknown": a key too many), the words."""

    path: Path_
    keyword: str
    message: str


class Published:
    """The schema of a file. Component schemas go by their names, such as "MessageResponse"."""

    def __init__(self, file: Path) -> None:
        document: Json = json.loads(file.read_text(encoding="utf-8"))
        self._open: Json = document["components"]["schemas"]
        self.components: Json = {name: self._closed(schema) for name, schema in self._open.items()}
        self._operations = {
            (method.upper(), _PARAMETER.sub("{}", path)): operation
            | {"parameters": _parameters(item, operation)}
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        }
        self._responses: Json = document["components"]["responses"]
        contents = {"components": {"schemas": self.components}}
        resource: Any = Resource(contents=contents, specification=DRAFT202012)
        registry: Any = Registry
        self._registry = registry().with_resource(_DOCUMENT, resource)
        self._validator = cache(self._new_validator)

    # ---- operations ----

    def operation(self, method: str, route: str) -> Json | None:
        """The operation of a route, in which `{...}` stands for any parameter; None where there is none."""
        return self._operations.get((method, _PARAMETER.sub("{}", route)))

    def request_schema(self, operation: Json) -> Json | None:
        """The schema of the JSON body; None where the operation takes none."""
        content = operation.get("requestBody", {}).get("content", {})
        return self._closed(content["application/json"]["schema"]) if "application/json" in content else None

    def query_schemas(self, operation: Json) -> dict[str, Json]:
        """The schemas of the query's parameters."""
        found = (p for p in operation["parameters"] if p["in"] == "query")
        return {p["name"]: self._closed(p["schema"]) for p in found}

    def response_schema(self, operation: Json, status: int) -> Json | None:
        """The schema of an answer's JSON body, {"not": {}} where it has none; None where no such status is listed."""
        responses = operation["responses"]
        response = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if response is None:
            return None
        if "$ref" in response:
            response = self._responses[response["$ref"].rpartition("/")[2]]
        content = response.get("content", {})
        return self._closed(content["application/json"]["schema"]) if content else {"type": "null"}

    # ---- schemas ----

    def resolved(self, schema: Json) -> Json:
        """The schema itself in place of a reference to it."""
        while "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        return schema

    def differences(self, schema: Json, value: object) -> Iterator[Difference]:
        """Every difference of a value from a schema."""
        for error in self._validator(json.dumps(schema)).iter_errors(value):
            yield from self._flattened(error)

    def _new_validator(self, schema: str) -> Any:
        return Draft202012Validator(json.loads(schema), registry=self._registry, format_checker=formats)

    def _flattened(self, error: ValidationError) -> Iterator[Difference]:
        """The errors of the branch that was meant, where there are several."""
        keyword, path = str(error.validator), tuple(error.absolute_path)
        schema: Json = cast("Json", error.schema)
        value: Any = error.instance
        if keyword in _BRANCHES and error.context:
            for inner in _closest_branch(error):
                yield from self._flattened(inner)
        elif keyword == "additionalProperties":
            for key in value.keys() - schema.get("properties", {}).keys():
                yield Difference((*path, key), "unknown", "is not in the schema")
        elif keyword == "required":
            for key in set(schema["required"]) - value.keys():
                yield Difference((*path, key), "required", "is missing")
        else:
            yield Difference(path, keyword, error.message[:160])

    def _closed(self, schema: Any) -> Any:
        """The schema with absolute references, merged `allOf`, enumerations as `enum`, and closed objects."""
        if not is_object(schema):
            return schema
        node = dict(schema)
        if "$ref" in node:
            return {"$ref": _DOCUMENT + node["$ref"]}
        if "allOf" in node:
            node = self._merged(node)
        branches = node.pop("oneOf", None) or node.pop("anyOf", None)
        if branches and all("const" in branch for branch in branches):
            node["enum"] = [branch["const"] for branch in branches]
        elif branches:
            node["anyOf"] = [self._closed(branch) for branch in branches]
        if "properties" in node:
            node["properties"] = {key: self._closed(value) for key, value in node["properties"].items()}
        for key in ("items", "additionalProperties"):
            if key in node:
                node[key] = self._closed(node[key])
        if "properties" in node:
            node.setdefault("additionalProperties", False)
        return node

    def _merged(self, node: Json) -> Json:
        """One object in place of several that all hold; a value's enumeration is narrower than that of its type."""
        parts = [self._open_part(part) for part in node["allOf"]]
        merged = {key: value for key, value in node.items() if key != "allOf"}
        for part in parts:
            if "properties" not in part:
                continue
            merged["properties"] = merged.get("properties", {}) | part["properties"]
            merged["required"] = [*merged.get("required", []), *part.get("required", [])]
        return merged

    def _open_part(self, part: Json) -> Json:
        part = self._open[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        return self._merged(part) if "allOf" in part else part


def _parameters(item: Json, operation: Json) -> list[Json]:
    return [*item.get("parameters", []), *operation.get("parameters", [])]


def _closest_branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the branch that a value comes closest to: its `type` is the branch's, most keys are, and there are few errors."""
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)

    def distance(errors: list[ValidationError]) -> tuple[bool, bool, bool, int, int]:
        depths = [(tuple(e.path), e.validator) for e in errors]
        other_kind = any(path == () and keyword == "type" for path, keyword in depths)
        other_type = any(path == ("type",) and keyword == "enum" for path, keyword in depths)
        is_null = any(e.schema == {"type": "null"} for e in errors)
        return is_null, other_kind, other_type, sum(map(_unknown_keys, errors)), len(depths)

    return min(branches.values(), key=distance)


def _unknown_keys(error: ValidationError) -> int:
    """How many keys of the value itself, not of what is in it, a branch does not have."""
    if error.validator != "additionalProperties" or error.path:
        return 0
    schema: Json = cast("Json", error.schema)
    return len(cast("Json", error.instance).keys() - schema.get("properties", {}).keys())


def ref(name: str) -> Json:
    """A reference to a component's schema."""
    return {"$ref": _DOCUMENT + _COMPONENT + name}

"""The page of settings: descriptions from `.env.example`, types and bounds from `bot.settings`."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.settings import Settings
from scripts.reference.markdown import code, listed, page

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
INTRODUCTION = (
    "Settings come from the environment and from a file named `.env`; the environment overrides the file. Copy "
    "[.env.example](../../.env.example) and fill in the two required values. An invalid value, or a file that is unreadable or "
    "not UTF-8, ends the start with exit code 78 and one line for each fault. Values are taken as written: `${NAME}` is not "
    "expanded. Unknown names have no effect. The start logs a warning for each one in `.env`, and for those in the "
    "environment that are close to a setting's name."
)
KINDS: dict[Any, str] = {
    SecretStr: "text, kept secret",
    str: "text",
    Path: "a path",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    frozenset[str]: "a list, separated by commas",
    frozenset[int]: "whole numbers and ranges of them, separated by commas",
}
BOUNDS: dict[type, tuple[str, str]] = {
    Ge: ("ge", "at least"),
    Gt: ("gt", "more than"),
    Le: ("le", "at most"),
    Lt: ("lt", "less than"),
}
_SECTION = re.compile(r"# -+ (.+?) -+$")
_VARIABLE = re.compile(r"#?([A-Z_]+)=.*$")


def text() -> str:
    """The page."""
    return page("# Settings", INTRODUCTION, *_blocks(EXAMPLE.read_text(encoding="utf-8").splitlines()))


def _blocks(lines: list[str]) -> Iterator[str]:
    """A heading for each section and variable; a comment applies to all variables up to the next comment."""
    comment: list[str] = []
    is_told = False
    for line in lines:
        if section := _SECTION.match(line):
            comment, is_told = [], False
            yield f"## {section[1]}"
        elif variable := _VARIABLE.match(line):
            is_told = True
            yield f"### `{variable[1]}`"
            yield _figures(Settings.model_fields[variable[1].lower()])
            yield "\n".join(comment)
        elif line.startswith("# "):
            comment = [*([] if is_told else comment), line.removeprefix("# ")]
            is_told = False


def _figures(field: FieldInfo) -> str:
    kind, bounds = _taken(field.annotation)
    takes = ", ".join([kind, *bounds, *_bounds(field.metadata)])
    return f"{takes[0].upper()}{takes[1:]} · {_default(field)}"


def _taken(annotation: Any) -> tuple[str, list[str]]:
    """The values of a type in words, and its bounds; None, a default, cannot be set."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return listed([code(value) for value in parts]), []
    if origin is Annotated:
        kind, bounds = _taken(parts[0])
        return kind, [*bounds, *_bounds(parts[1:])]
    if origin in (Union, UnionType):
        (only,) = (part for part in parts if part is not NoneType)
        return _taken(only)
    return KINDS[annotation], []


def _bounds(metadata: Iterable[Any]) -> Iterator[str]:
    for bound in metadata:
        if type(bound) in BOUNDS:
            name, words = BOUNDS[type(bound)]
            yield f"{words} {getattr(bound, name):,g}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value in (None, frozenset()):
        return "default empty"
    shown = (
        f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else value
    )
    return f"default {code(shown)}" if shown else "default empty"

"""A recording: which shapes were seen in which steps. Two of them are compared step by step."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rehearse.recorder import Record

Types = dict[str, set[str]]
"""The types found at each path of an operation."""

Paths = dict[str, dict[str, set[str]]]
"""The types at each path of an operation, each with the steps in which it was seen."""

STATUS = "status"


@dataclass(slots=True)
class Recording:
    """`seen[operation][path][type]` is the set of steps in which it was seen."""

    steps: tuple[str, ...]
    seen: dict[str, Paths] = field(default_factory=dict[str, Paths])

    def add(self, step: str, records: Iterable[Record]) -> None:
        """Add what was seen in a step."""
        for record in records:
            paths = self.seen.setdefault(record.operation, {})
            for path, kinds in record.shape.items():
                for kind in kinds:
                    paths.setdefault(path, {}).setdefault(kind, set()).add(step)

    def within(self, steps: Collection[str]) -> dict[str, Types]:
        """The types at each path of each operation, as far as they were seen in these steps."""
        chosen: dict[str, Types] = {}
        for operation, paths in self.seen.items():
            for path, kinds in paths.items():
                if found := {kind for kind, where in kinds.items() if where.intersection(steps)}:
                    chosen.setdefault(operation, {})[path] = found
        return chosen

    def write(self, file: Path) -> None:
        """Write it as JSON, one line for each operation.

        Paths are nested; where there are longer ones, a path's own types are under an empty key. A type is followed by its
        steps, which are bits of a hexadecimal number.
        """
        lines = [
            f"{json.dumps(operation)}: {json.dumps(self._nested(paths), separators=(',', ':'))}"
            for operation, paths in sorted(self.seen.items())
        ]
        text = ",\n".join([f'"steps": {json.dumps(self.steps)}', '"seen": {\n' + ",\n".join(lines) + "\n}"])
        file.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")

    def _nested(self, paths: Paths) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for path, kinds in sorted(paths.items()):
            node = tree
            for part in path.replace("[]", ".[]").split("."):
                node = node.setdefault(part, {})
            node[""] = " ".join(f"{kind}:{self._mask(kinds[kind]):x}" for kind in sorted(kinds))
        return {part: _shortened(node) for part, node in tree.items()}

    def _mask(self, steps: set[str]) -> int:
        return sum(1 << place for place, step in enumerate(self.steps) if step in steps)


def read(file: Path) -> Recording:
    """The recording in a file that `Recording.write` made."""
    raw = json.loads(file.read_text(encoding="utf-8"))
    recording = Recording(tuple(raw["steps"]))
    for operation, tree in raw["seen"].items():
        recording.seen[operation] = {
            path: {
                kind: {step for place, step in enumerate(recording.steps) if int(mask, 16) >> place & 1}
                for kind, mask in (each.split(":") for each in text.split())
            }
            for path, text in _flat(tree, "")
        }
    return recording


def _shortened(tree: dict[str, Any]) -> dict[str, Any] | str:
    if tree.keys() == {""}:
        return tree[""]
    return {part: node if part == "" else _shortened(node) for part, node in tree.items()}


def _flat(tree: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for part, node in tree.items():
        inner = f"{path}.{part}".strip(".").replace(".[]", "[]")
        if isinstance(node, str):
            yield inner, node
        else:
            yield from _flat(node, inner)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in one place. One that `may_be_content` can come from the content alone: null, or an empty list."""

    operation: str
    path: str
    what: str
    may_be_content: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, self.path))) + f": {self.what}"


def differences(here: Recording, stand_in: Recording, steps: Collection[str]) -> list[Difference]:
    """The differences between a recording and that of the stand-ins, in the steps that were done here."""
    ours, theirs = here.within(steps), stand_in.within(steps)
    found: list[Difference] = []
    for operation in sorted({*ours, *theirs}):
        if operation not in theirs:
            found.append(Difference(operation, "", "only here; unknown to the stand-in"))
        elif operation not in ours:
            found.append(Difference(operation, "", "only with the stand-in"))
        else:
            found += _of_operation(operation, ours[operation], theirs[operation])
    return found


def _of_operation(operation: str, ours: Types, theirs: Types) -> Iterator[Difference]:
    for path in sorted({*ours, *theirs}):
        one, other = ours.get(path), theirs.get(path)
        if one is None or other is None:
            yield from _missing(operation, path, ours if one is None else theirs, is_here=one is not None)
        elif one != other:
            what = f"{_words(one)} here, {_words(other)} with the stand-in"
            yield Difference(
                operation, path, what, may_be_content=path != STATUS and _differ_by_null(one, other)
            )


def _missing(operation: str, path: str, lacking: Types, *, is_here: bool) -> Iterator[Difference]:
    """The difference for a path that one side lacks; none where that side has nothing that could hold it."""
    where = "only here" if is_here else "only with the stand-in"
    parent, holder = _parent(path)
    if not parent:
        yield Difference(operation, path, where)
    elif holder in lacking.get(parent, set()):
        yield Difference(operation, path, where, may_be_content=holder == "array")


def _parent(path: str) -> tuple[str, str]:
    """The path of what holds this one, and its type; an empty path for a whole body."""
    if path.endswith("[]"):
        return path[:-2], "array"
    return path.rpartition(".")[0], "object"


def _differ_by_null(one: set[str], other: set[str]) -> bool:
    return one - {"null"} == other - {"null"} or {"null"} in (one, other)


def _words(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))

"""A small Dockerfile parser, sufficient for this project's: instructions in order, and the image they describe."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its keyword in capitals, and the rest on one line."""

    word: str
    rest: str

    def listed(self) -> list[str]:
        """What a JSON list in it holds: a command in exec form."""
        return [str(each) for each in json.loads(self.rest[self.rest.index("[") :])]


@dataclass(slots=True)
class Stage:
    """One stage: its base image and its instructions."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list[Instruction])

    def only(self, word: str) -> Instruction:
        """The last instruction of a kind: the one that holds. Raises KeyError where there is none."""
        for instruction in reversed(self.instructions):
            if instruction.word == word:
                return instruction
        raise KeyError(word)


def instructions(text: str) -> Iterator[Instruction]:
    """All instructions, without comments and line continuations."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.strip().partition(" ")
        yield Instruction(word.upper(), rest.strip())


def stages(file: Path) -> list[Stage]:
    """The stages of a Dockerfile; the last one is the image."""
    found: list[Stage] = []
    for instruction in instructions(file.read_text(encoding="utf-8")):
        if instruction.word == "FROM":
            base, _, name = instruction.rest.partition(" AS ")
            found.append(Stage(base, name or str(len(found))))
        else:
            found[-1].instructions.append(instruction)
    return found


def variables(rest: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables that an ENV instruction sets; `$NAME` refers to those set before."""
    pairs = (pair.partition("=") for pair in rest.split())
    return {
        name: re.sub(r"\$(\w+)", lambda match: known.get(match[1], ""), value) for name, _, value in pairs
    }

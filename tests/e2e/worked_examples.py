"""The worked examples of CONTRIBUTING.md, read from the page."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.project_copy import ROOT

PAGE = ROOT / "CONTRIBUTING.md"
_EXAMPLES = re.compile(r"^### (Add .+)$", re.MULTILINE)
_SECTION = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edit:
    """A new file, or a change of one: `text` is the whole of it or the change."""

    path: str
    text: str
    is_new: bool

    def apply(self, root: Path) -> None:
        """Make it. Raises AssertionError when the change does not fit what stands there."""
        file = root / self.path
        if self.is_new:
            assert not file.exists(), f"{self.path} is there already"
            file.write_text(self.text, encoding="utf-8")
            return
        content = file.read_text(encoding="utf-8")
        for hunk in self.text.split("@@\n"):
            before, after = _sides(hunk)
            assert content.count(before) == 1, (
                f"{self.path} has {content.count(before)} places with:\n{before}"
            )
            content = content.replace(before, after)
        file.write_text(content, encoding="utf-8")


def _sides(hunk: str) -> tuple[str, str]:
    """What stands there before a change, and after."""
    lines = hunk.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    return before, "".join(line[1:] for line in lines if line[0] != "-")


def examples() -> dict[str, list[Edit]]:
    """Each example's edits, by its title."""
    _, *pieces = _EXAMPLES.split(PAGE.read_text(encoding="utf-8"))
    return {
        title: _edits(_SECTION.split(text)[0]) for title, text in zip(pieces[::2], pieces[1::2], strict=True)
    }


def _edits(text: str) -> list[Edit]:
    """A block belongs to the file that was named last before it."""
    edits: list[Edit] = []
    before, *blocks = re.split(r"^```(python|diff)\n", text, flags=re.MULTILINE)
    for language, rest in zip(blocks[::2], blocks[1::2], strict=True):
        path = re.findall(r"`([\w./-]+\.(?:py|md))`", before)[-1]
        body, before = rest.split("```\n", 1)
        edits.append(Edit(path, body, is_new=language == "python"))
    return edits

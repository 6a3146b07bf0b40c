"""The worked examples of CONTRIBUTING.md work as written."""

import re
from pathlib import Path

from tests.e2e.worked_examples import PAGE, examples
from tests.project_copy import ROOT, copied, run

EXAMPLES = examples()
SHOWN = {
    "Add a command": ("commands.md", "| `/waiting` |"),
    "Add a kind of limit": ("commands.md", "*each channel, songs at a time*"),
    "Add a metric": ("metrics.md", "| `whisul_bot_likes_total` | counter | did |"),
}
UNTYPED = ("bot/client/music_bot.py", "bot/domain/policy/model.py")
"""Their new lines name a module and a field; to check the types of everything that they import takes longest."""


def test_the_worked_examples_work_one_after_the_other(tmp_path: Path) -> None:
    root = copied(tmp_path / "copy")
    edits = [edit for title in SHOWN for edit in EXAMPLES[title]]
    for edit in edits:
        edit.apply(root)
    code = sorted({edit.path for edit in edits if edit.path.endswith(".py")})
    tests = [path for path in code if path.startswith("tests/")]
    run(root, "ruff", "format", "--check", "--no-cache", ".")
    run(root, "ruff", "check", "--no-cache", ".")
    run(root, "lint-imports", "--no-cache")
    run(root, "basedpyright", *(path for path in code if path not in UNTYPED))
    run(root, "python", "-m", "scripts.reference")
    for page, line in SHOWN.values():
        assert line in (root / "docs" / "reference" / page).read_text(encoding="utf-8")
    said = run(root, "pytest", "-q", "-n0", "-pno:cacheprovider", *tests, "tests/ops/test_metrics.py")
    assert "passed" in said


def test_every_example_of_the_page_is_tried() -> None:
    assert set(EXAMPLES) == set(SHOWN)
    assert all(edits[-1].path.startswith("tests/") for edits in EXAMPLES.values())


def test_the_map_names_only_places_that_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition("## Where do I change what?")[2].partition("## ")[0]
    named = re.findall(r"`([\w.]+(?:/[\w.]*)+|\.[\w.]+)`", table)
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []

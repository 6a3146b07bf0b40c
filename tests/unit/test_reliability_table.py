"""The table of faults in the documentation names only tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def test_every_test_that_the_table_names_exists() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")))
    defined = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in DEFINED.findall(file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert named - defined == set()

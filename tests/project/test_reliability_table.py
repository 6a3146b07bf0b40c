"""The tables of faults and attacks in the documentation name existing tests only."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("document", ["reliability.md", "security.md"])
def test_every_test_that_a_table_names_exists(document: str) -> None:
    named = set(NAMED.findall((ROOT / "docs" / document).read_text(encoding="utf-8")))
    defined = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in DEFINED.findall(file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert named - defined == set()

"""The operations page covers every log line that needs action, and every exit code."""

import re
from pathlib import Path

from bot.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
CALL = re.compile(r"log\.(?:warning|error|exception)\(\s*\"(\w+)\"")


def first_column(heading: str) -> list[str]:
    """The first cells of the tables under a heading, as they stand."""
    section = PAGE.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]


def test_the_page_says_what_to_do_about_every_line_that_asks_for_it() -> None:
    sources = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]
    events = {event for file in sources for event in CALL.findall(file.read_text(encoding="utf-8"))}
    told = {event for cell in first_column("## Logs") for event in re.findall(r"`(\w+)`", cell)}
    assert len(events) > 15
    assert events - told == set()


def test_the_page_knows_every_exit_code() -> None:
    codes = [str(code.value) for code in sorted(ExitCode)]
    assert [cell for cell in first_column("## Exit codes") if cell.isdigit()] == codes

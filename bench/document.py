"""The tables of docs/performance.md, made from bench/results.json so that they cannot differ from it.

A second file, bench/other_results.json, has the figures of another run, on an earlier day or another machine.
"""

import json
import re
from pathlib import Path
from typing import Any

from bench.figures import shown

RESULTS = Path(__file__).parent / "results.json"
OTHER_RESULTS = Path(__file__).parent / "other_results.json"
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
COLUMNS = {
    "figure": "figure",
    "case": "case",
    "median": "median",
    "min": "least",
    "max": "most",
    "other": "other run",
    "limit": "limit",
    "wanted_at_most": "wanted at most",
}
_TABLE = re.compile(r"(<!-- table: ([^>]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def renew() -> None:
    """Write the tables anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_tables(text, loaded(RESULTS), loaded(OTHER_RESULTS)), encoding="utf-8")


def loaded(file: Path) -> dict[str, Any]:
    """The results of a run."""
    return json.loads(file.read_text(encoding="utf-8"))


def with_tables(text: str, results: dict[str, Any], other: dict[str, Any]) -> str:
    """The document with each `<!-- table: NAMES -->` filled with the figures whose names begin with one of them.

    `<!-- table: run -->` gets a line on when, where and with what everything was measured, and one for the other run.
    """
    medians = {(row["figure"], row["case"]): row["median"] for row in other["figures"]}
    rows = [row | {"other": medians.get((row["figure"], row["case"]))} for row in results["figures"]]

    def filled(found: re.Match[str]) -> str:
        names = tuple(found[2].split())
        body = (
            f"Tables: {_run(results)}\n\nColumn *other run*: {_run(other)}"
            if names == ("run",)
            else _table(rows, names)
        )
        return f"{found[1]}{body}\n{found[3]}"

    return _TABLE.sub(filled, text)


def _table(rows: list[dict[str, Any]], names: tuple[str, ...]) -> str:
    chosen = [row for row in rows if row["figure"].startswith(names)]
    if not chosen:
        return "(not measured in the last run)"
    columns = [name for name in COLUMNS if any(row[name] is not None for row in chosen)]
    lines = ["| " + " | ".join(COLUMNS[name] for name in columns) + " |", "|---" * len(columns) + "|"]
    for row in chosen:
        cells = [shown(row[name]) if row[name] is not None else "" for name in columns]
        cells[columns.index("median")] = f"**{cells[columns.index('median')]}**" + (
            "" if row["met"] else " (too much)"
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _run(results: dict[str, Any]) -> str:
    machine, versions = results["machine"], results["versions"]
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"{results['made_at'][:10]} on {machine['cores']} cores of {machine['processor']} ({machine['system']}), "
        f"in {results['took_s']:g} s, with {packages}; seeds {', '.join(map(str, results['seeds']))}."
    )

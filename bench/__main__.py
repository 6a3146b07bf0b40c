"""`python -m bench`: measure everything, print a table, write bench/results.json and the tables of docs/performance.md.

`python -m bench NAME …` measures these alone and prints their table; `--docs` writes the document's tables anew from
results.json.
"""

import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.acks import ack_ms
from bench.admitting import admission_ms
from bench.document import RESULTS, renew
from bench.figures import Figure, table
from bench.following import baseline_sweep, jobs_followed
from bench.idle import idle
from bench.limiting import limits_ms
from bench.posts import post_ms
from bench.resuming import resume_s
from bench.scheduling import SEEDS, detection_delay_ratio, requests_per_job_ratio
from bench.taking_over import take_over_s

Benchmark = Callable[[], list[Figure]]

BENCHMARKS: dict[str, Benchmark] = {
    "detection_delay_ratio": detection_delay_ratio,
    "requests_per_job_ratio": requests_per_job_ratio,
    "baseline_sweep": baseline_sweep,
    "jobs_followed": jobs_followed,
    "ack_ms": ack_ms,
    "post_ms": post_ms,
    "resume_s": resume_s,
    "idle": idle,
    "limits_ms": limits_ms,
    "admission_ms": admission_ms,
    "take_over_s": take_over_s,
}
IN_ANOTHER = {"jobs_followed"}
"""What `baseline_sweep` measures on the way."""

PACKAGES = ("discord.py", "aiohttp", "sqlalchemy", "aiosqlite", "pydantic")


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; the exit code says whether the figures are where they should be."""
    if "--docs" in arguments:
        renew()
        return 0
    if unknown := set(arguments) - set(BENCHMARKS):
        print(
            f"error: there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}",
            file=sys.stderr,
        )
        return 2
    began = time.monotonic()
    rows = _measured(arguments or [name for name in BENCHMARKS if name not in IN_ANOTHER])
    print(table(rows))
    if not arguments:
        report = _report(rows, took_s=time.monotonic() - began)
        RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        renew()
    return 0 if all(row["met"] for row in rows) else 1


def _measured(names: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        began = time.monotonic()
        rows += [figure.row() for figure in BENCHMARKS[name]()]
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows


def _report(rows: list[dict[str, Any]], *, took_s: float) -> dict[str, Any]:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "seeds": list(SEEDS),
        "took_s": round(took_s, 1),
        "figures": rows,
    }


def _processor() -> str:
    """The processor's name where Linux tells it, else its architecture."""
    with suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

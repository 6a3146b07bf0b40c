"""Asks OSV whether a locked package has a known vulnerability: `python scripts/audit.py [LOCK_FILE ...]`.

Ends with 1 when one has, or when the lock files cannot be audited. A service that cannot be reached is no finding:
that is a line of warning and 0, so that the check can be run on a train.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK_FILES = sorted((ROOT / "requirements").glob("*.txt"))
OF_OTHER_ENVIRONMENTS = ("hikari.txt",)
OSV_URL = "https://api.osv.dev/v1/query"
ANSWER_TIMEOUT_S = 10
AUDIT_TIMEOUT_S = 180.0

# The last line of pip-audit 2 if the service or the network fails. It exits with 1 then too, as for a finding.
_AWAY = re.compile(
    r"^(?:requests\.exceptions\.\w+|pip_audit\._service\.interface\.(?:Service|Connection)Error)\b"
    r"|network may be blocking this service",
    re.MULTILINE,
)


class NotAudited(Exception):
    """There is no report. `is_away`: only because the service cannot be reached."""

    def __init__(self, said: str, *, is_away: bool) -> None:
        super().__init__(said)
        self.is_away = is_away


def main() -> int:
    """Audit the lock files; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock_files", nargs="*", type=Path, default=LOCK_FILES)
    parser.add_argument("--osv-url", default=OSV_URL)
    parser.add_argument("--answer-timeout", type=int, default=ANSWER_TIMEOUT_S, metavar="SECONDS")
    chosen = parser.parse_args()
    packages: list[dict[str, Any]] = []
    try:
        for lock_files in environments(chosen.lock_files):
            packages += report(lock_files, osv_url=chosen.osv_url, answer_timeout_s=chosen.answer_timeout)
    except NotAudited as error:
        print(f"{'warning' if error.is_away else 'error'}: the packages were not audited: {error}")
        return 0 if error.is_away else 1
    found = findings(packages)
    print("\n".join(found) or f"{len(packages)} locked packages, none with a known vulnerability")
    return 1 if found else 0


def environments(lock_files: list[Path]) -> list[list[Path]]:
    """The lock files by the environment that they are installed in: each has one version of a package, or pip-audit refuses it."""
    own = [file for file in lock_files if file.name in OF_OTHER_ENVIRONMENTS]
    return [group for group in ([file for file in lock_files if file not in own], own) if group]


def report(lock_files: list[Path], *, osv_url: str, answer_timeout_s: int) -> list[dict[str, Any]]:
    """What pip-audit found out of each package.

    Raises:
        NotAudited: there is no report.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "report.json")
        command = [
            *(sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--strict"),
            *("--vulnerability-service", "osv", "--osv-url", osv_url, "--timeout", str(answer_timeout_s)),
            *(
                "--progress-spinner",
                "off",
                "--cache-dir",
                folder,
                "--format",
                "json",
                "--output",
                str(output),
            ),
            *(part for lock_file in lock_files for part in ("--requirement", str(lock_file))),
        ]
        try:
            ended = subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
                command, capture_output=True, text=True, timeout=AUDIT_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotAudited(f"no end within {AUDIT_TIMEOUT_S:.0f} s", is_away=True) from None
        if not output.exists():
            lines = ended.stderr.strip().splitlines() or [f"pip-audit ended with {ended.returncode}"]
            raise NotAudited(lines[-1], is_away=_AWAY.search(ended.stderr) is not None)
        return json.loads(output.read_text(encoding="utf-8"))["dependencies"]


def findings(packages: list[dict[str, Any]]) -> list[str]:
    """One line for each known vulnerability."""
    return [
        f"error: {package['name']} {package['version']} has {vulnerability['id']}"
        f" (mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'})"
        for package in packages
        for vulnerability in package["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main())

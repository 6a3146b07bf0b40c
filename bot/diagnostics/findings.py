"""Pure: what a check has found, and how it is told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import ExitCode


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was looked at. `remedy` is None when all is well; `code` is how the program ends otherwise.

    `details` are shown below it, a line each.
    """

    name: str
    what: str
    remedy: str | None = None
    code: ExitCode = ExitCode.OK
    details: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.remedy is None


def exit_code(findings: Sequence[CheckResult]) -> ExitCode:
    """That of the first thing that is not well: the others may follow from it."""
    return next((finding.code for finding in findings if not finding.is_ok), ExitCode.OK)


def invalid_settings_results(faults: Sequence[str]) -> list[CheckResult]:
    """Settings that cannot be read, one finding for each: nothing else can be looked at without them."""
    correct_it = "Correct it in the environment or in .env; .env.example explains each."
    told = (fault.rstrip(".").partition(". ") for fault in faults)
    return [
        CheckResult("settings", what, f"{remedy}." if remedy else correct_it, ExitCode.SETTINGS)
        for what, _, remedy in told
    ]


def as_text(findings: Sequence[CheckResult]) -> str:
    """One line for each, and under it what to do where something is to be done."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'✓' if finding.is_ok else '✗'} {finding.name}: {finding.what}")
        lines += [f"    {detail}" for detail in finding.details]
        if finding.remedy:
            lines.append(f"  → {finding.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[CheckResult]) -> str:
    """`{"ok": bool, "checks": [{"name", "ok", "what", "details", "remedy"}]}`, in ASCII: so it is JSON in any encoding."""
    checks = [
        {
            "name": each.name,
            "ok": each.is_ok,
            "what": each.what,
            "details": each.details,
            "remedy": each.remedy,
        }
        for each in findings
    ]
    return json.dumps({"ok": all(each.is_ok for each in findings), "checks": checks})

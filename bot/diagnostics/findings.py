"""Pure: results of checks, and their output as text and JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import ExitCode


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `remedy` is None if it passed; `code` is the exit code if it failed.

    `details` are additional lines of output; `facts` are additional values of the JSON output, by their names there.
    """

    name: str
    what: str
    remedy: str | None = None
    code: ExitCode = ExitCode.OK
    details: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def is_ok(self) -> bool:
        """Whether the check passed."""
        return self.remedy is None


def exit_code(findings: Sequence[CheckResult]) -> ExitCode:
    """The exit code of the first failed check: later ones may have failed because of it."""
    return next((finding.code for finding in findings if not finding.is_ok), ExitCode.OK)


def invalid_settings_results(faults: Sequence[str]) -> list[CheckResult]:
    """One failed result for each invalid setting; nothing else can be checked without settings."""
    correct_it = "Fix it in .env or the environment; .env.example explains each setting."
    parts = (fault.rstrip(".").partition(". ") for fault in faults)
    return [
        CheckResult("settings", what, f"{remedy}." if remedy else correct_it, ExitCode.SETTINGS)
        for what, _, remedy in parts
    ]


def as_text(findings: Sequence[CheckResult]) -> str:
    """One line for each result, with its details and its remedy below."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'✓' if finding.is_ok else '✗'} {finding.name}: {finding.what}")
        lines += [f"    {detail}" for detail in finding.details]
        if finding.remedy:
            lines.append(f"  → {finding.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[CheckResult]) -> str:
    """`{"ok": bool, "checks": [{"name", "ok", "what", "details", "remedy"}]}`, in ASCII, so that it is valid in any encoding.

    A check with `facts` has these keys, too.
    """
    checks = [
        {
            "name": each.name,
            "ok": each.is_ok,
            "what": each.what,
            "details": each.details,
            "remedy": each.remedy,
            **each.facts,
        }
        for each in findings
    ]
    return json.dumps({"ok": all(each.is_ok for each in findings), "checks": checks})

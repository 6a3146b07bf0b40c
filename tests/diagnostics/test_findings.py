from bot.diagnostics.findings import CheckResult, as_text, exit_code
from bot.errors import ExitCode


def test_the_first_failed_check_decides_the_exit_code() -> None:
    first = CheckResult("a", "x", "do this", ExitCode.DATABASE)
    second = CheckResult("b", "y", "do that", ExitCode.SETTINGS)
    assert exit_code([CheckResult("c", "z"), first, second]) is ExitCode.DATABASE
    assert exit_code([CheckResult("c", "z")]) is ExitCode.OK
    assert as_text([CheckResult("c", "z"), first]).splitlines() == ["✓ c: z", "✗ a: x", "  → do this"]

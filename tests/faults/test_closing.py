"""The exercise fails if one run does: last line and exit code."""

from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.faults import __main__ as exercise
from tests.faults.points import Plan
from tests.faults.run import Outcome
from tests.faults.verdict import Verdict

NAMES = ("login:1:before", "poll:1:handled")


def carried_out_with(monkeypatch: pytest.MonkeyPatch, **wrong: list[str]) -> Result:
    """Carry two runs out of which the second ends with that verdict."""
    verdicts = {NAMES[0]: Verdict(), NAMES[1]: Verdict(**wrong)}

    async def carried_out(plan: Plan, _folder: Any) -> Outcome:
        return Outcome(plan, verdicts[str(plan)], kills=1, took_s=1.0, log_tail="the end of a log")

    monkeypatch.setattr(exercise, "carried_out", carried_out)
    return CliRunner().invoke(exercise.main, [part for name in NAMES for part in ("--only", name)])


def test_with_nothing_wrong_it_ends_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    result = carried_out_with(monkeypatch)
    assert result.exit_code == 0
    assert (
        result.output.splitlines()[-1]
        == "faults: 2 runs, lost 0, duplicated 0, double-submitted 0, published after erasure 0"
    )


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("lost", "faults: 2 runs, lost 1, duplicated 0, double-submitted 0, published after erasure 0"),
        ("duplicated", "faults: 2 runs, lost 0, duplicated 1, double-submitted 0, published after erasure 0"),
        (
            "double_submitted",
            "faults: 2 runs, lost 0, duplicated 0, double-submitted 1, published after erasure 0",
        ),
        (
            "published_after_erasure",
            "faults: 2 runs, lost 0, duplicated 0, double-submitted 0, published after erasure 1",
        ),
        ("other", "faults: 2 runs, lost 0, duplicated 0, double-submitted 0, published after erasure 0"),
    ],
)
def test_with_anything_wrong_it_says_what_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, kind: str, line: str
) -> None:
    result = carried_out_with(monkeypatch, **{kind: ["a song went wrong"]})
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == line
    assert f"FAILED {NAMES[1]}: {kind.replace('_', '-')}: a song went wrong" in result.output
    assert f"--only '{NAMES[1]}'" in result.output

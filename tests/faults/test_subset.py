"""A seeded part of `make faults` as ordinary tests: one kill at every point, some pairs, each kind of scene."""

from pathlib import Path

import pytest

from tests.faults.plan import plans
from tests.faults.points import Plan
from tests.faults.run import carried_out

RUNS = 26


@pytest.mark.parametrize("plan", plans(RUNS), ids=str)
async def test_nothing_is_lost_delivered_twice_or_submitted_twice(
    plan: Plan, tmp_path: Path, migrated_file: Path
) -> None:
    outcome = await carried_out(plan, tmp_path, migrated_file)
    assert outcome.verdict.is_good, f"{outcome.verdict.faults()}\n{outcome.log_tail}"

"""A few of the runs of `make faults ARGS="--processes 3"` as ordinary tests: those in which nothing lasts half a minute."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.databases import prepared_server
from tests.faults.group.plan import GroupPlan
from tests.faults.group.run import carried_out

NAMES = (
    "kill-two/message.create:2:handled",
    "stop-leader/submit:3:answered",
    "database-all/callback:4:handled",
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Generator[Path]:
    with prepared_server() as folder:
        yield folder


@pytest.mark.parametrize("name", NAMES)
async def test_a_group_loses_and_duplicates_nothing(name: str, server: Path, tmp_path: Path) -> None:
    outcome = await carried_out(GroupPlan.parse(name), server, tmp_path, processes=3)
    assert outcome.verdict.is_good, f"{outcome.verdict.faults()}\n{outcome.log_tail}"

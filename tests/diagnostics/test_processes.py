"""What `python -m bot check` says about the processes on one database."""

from dataclasses import replace

import pytest

from bot.diagnostics.findings import as_text, exit_code
from bot.diagnostics.processes import processes_results
from bot.domain.shards import Group, Member, ShardRow
from bot.errors import ExitCode

FIRST = Member(owner="a", shard_count=4, version="1.0", seen_s=0.4)
SECOND = Member(owner="b", shard_count=4, version="1.0", seen_s=1.6, pins=frozenset({2, 3}))
ROWS = {shard: ShardRow("a" if shard < 2 else "b", is_ready=shard != 3) for shard in range(4)}
WELL = Group(leader="a", members=(FIRST, SECOND), shards=ROWS)


def test_each_process_has_a_line_with_its_shards_and_who_leads() -> None:
    standby = Member(owner="c", shard_count=4, version="1.0", is_leaving=True)
    text = as_text(processes_results(replace(WELL, members=(FIRST, SECOND, standby)), wanted_shards=4))
    assert text.splitlines() == [
        "✓ processes: 3 running, with version 1.0",
        "    a: version 1.0, leads, shards 0-1 of 4, last seen 0 s ago",
        "    b: version 1.0, shards 2-3 of 4, no session yet for 3, SHARD_IDS=2-3, last seen 2 s ago",
        "    c: version 1.0, on standby, without a shard, is stopping, last seen 0 s ago",
    ]


def test_a_sqlite_database_and_an_unused_one_have_no_faults() -> None:
    assert processes_results(None, wanted_shards=4) == []
    (none,) = processes_results(Group(leader=None, members=(), shards={}), wanted_shards=4)
    assert (none.is_ok, none.what) == (True, "none is running")


@pytest.mark.parametrize(
    ("group", "name", "said", "code"),
    [
        (replace(WELL, leader=None), "leader", "no process leads", ExitCode.UNAVAILABLE),
        (
            replace(WELL, shards={0: ROWS[0], 2: ROWS[2], 3: ShardRow("gone", is_ready=True)}),
            "shards",
            "no process has 1,3 of 4",
            ExitCode.UNAVAILABLE,
        ),
        (
            replace(WELL, members=(FIRST, replace(SECOND, version="1.1"))),
            "versions",
            "1.0 and 1.1 run together",
            ExitCode.SETTINGS,
        ),
        (
            replace(WELL, members=(replace(FIRST, shard_count=2), SECOND)),
            "SHARD_COUNT",
            "the processes have 2 and 4 shards",
            ExitCode.SETTINGS,
        ),
    ],
    ids=["no leader", "unserved", "versions", "counts"],
)
def test_what_is_wrong_among_them_is_red(group: Group, name: str, said: str, code: ExitCode) -> None:
    findings = processes_results(group, wanted_shards=None)
    (red,) = (finding for finding in findings if not finding.is_ok)
    assert (red.name, exit_code(findings)) == (name, code)
    assert said in red.what


def test_another_shard_count_than_that_of_the_running_is_red() -> None:
    _, red = processes_results(WELL, wanted_shards=5)
    assert red.what == "it is 5 here, but the running processes have 4 shards"
    assert "SHARD_COUNT=4" in (red.remedy or "")

"""A quarter of a minute of `make soak`, and its arithmetic; growth shows in longer runs only."""

from pathlib import Path

import pytest

from tests.faults.verdict import Verdict
from tests.soak.run import MAX_MORE_FILES, Report, Sample, soaked

MINUTES = 0.25
MB = 2**20


@pytest.mark.timeout(240)
async def test_random_faults_lose_and_duplicate_nothing(tmp_path: Path) -> None:
    report = await soaked(tmp_path, minutes=MINUTES)
    assert report.faults > 0
    assert report.songs > 0
    assert report.verdict.is_good, f"{report.verdict.faults()}\n{report.log_tail}"


def report_of(*samples: Sample) -> Report:
    return Report(songs=3, unanswered=0, faults=1, took_s=90, verdict=Verdict(), samples=samples, log_tail="")


def test_what_grows_after_the_warm_up_is_a_fault() -> None:
    warm_up, level = [Sample(50 * MB, 10)] * 4, [Sample(100 * MB, 20)] * 4
    assert report_of(*warm_up, *level * 3).is_good
    assert not report_of(*warm_up, *level * 2, *[Sample(120 * MB, 20)] * 4).is_good
    assert not report_of(*warm_up, *level * 2, *[Sample(100 * MB, 21 + MAX_MORE_FILES)] * 4).is_good


def test_what_is_lost_is_a_fault_whatever_grows() -> None:
    report = report_of(*[Sample(100 * MB, 20)] * 12)
    report.verdict.lost.append("a song")
    assert not report.is_good
    assert str(report).startswith(
        "soak: 3 songs in 1.5 min, lost 1, duplicated 0, double-submitted 0, memory +0.0 MB"
    )

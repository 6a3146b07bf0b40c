"""The verdict on several bots detects each kind of fault."""

from sandbox.whisul.exchange import SeenRequest
from tests.faults.group.verdict import exceeded, not_silent, over_budget, unforeseen, wrongly_left


def a_call(at: float, *, status: int = 200) -> SeenRequest:
    return SeenRequest(kind="poll", method="GET", path="/", headers={}, body=b"", at=at, status=status)


def test_a_song_beyond_the_limit_is_a_fault_and_a_failed_one_is_not() -> None:
    rows = [{"guild_id": 1, "state": state} for state in ("queued", "completed", "failed")]
    assert exceeded(rows, allowed=2) == []
    assert len(exceeded([*rows, {"guild_id": 1, "state": "running"}], allowed=2)) == 1


def test_more_calls_than_the_budget_in_any_ten_seconds_are_a_fault() -> None:
    spread = [a_call(number / 5) for number in range(500)]
    assert over_budget(spread, per_s=5, burst=5) == []
    crowded = [*spread, *(a_call(50 + number / 100) for number in range(10))]
    assert len(over_budget(crowded, per_s=5, burst=5)) == 1


def test_a_call_within_the_wait_of_a_429_is_a_fault() -> None:
    told = a_call(10, status=429)
    assert not_silent([a_call(9), told, a_call(10.2), a_call(35)], wait_s=25) == []
    assert len(not_silent([told, a_call(20)], wait_s=25)) == 1


def test_a_server_that_counts_as_left_is_a_fault() -> None:
    assert wrongly_left([{"guild_id": 1, "left_at": None}]) == []
    assert len(wrongly_left([{"guild_id": 1, "left_at": "today"}])) == 1


def test_an_exception_in_the_log_is_a_fault_unless_the_database_was_away() -> None:
    away = '{"exception": [{"exc_type": "DatabaseUnusable"}], "event": "command_failed"}'
    assert unforeseen(f'{away}\n{{"event": "job_queued"}}') == []
    assert len(unforeseen(f'{away}\n{{"exception": [{{"exc_type": "KeyError"}}]}}')) == 1

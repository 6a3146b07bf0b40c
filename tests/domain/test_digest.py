"""When a digest is posted, and about which week."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.digest import due_week, next_due_at

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("now", "zone", "is_due"),
    [
        (datetime(2026, 3, 2, 8, 59, tzinfo=UTC), None, False),
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), None, True),
        (datetime(2026, 3, 4, 8, 59, tzinfo=UTC), None, True),
        (datetime(2026, 3, 4, 9, 0, tzinfo=UTC), None, False),
        (datetime(2026, 3, 1, 9, 0, tzinfo=UTC), None, False),
        (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), BERLIN, True),
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), "Pacific/Kiritimati", True),
    ],
)
def test_a_digest_is_due_from_monday_at_nine_for_two_days(
    now: datetime, zone: str | None, *, is_due: bool
) -> None:
    assert (due_week(now, zone) is not None) is is_due


def test_the_week_of_a_clock_change_has_an_hour_less() -> None:
    week = due_week(datetime(2026, 3, 30, 12, 0, tzinfo=UTC), BERLIN)
    assert week is not None
    assert week.start == datetime(2026, 3, 22, 23, 0, tzinfo=UTC)
    assert week.end == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert week.end - week.start == timedelta(days=7, hours=-1)
    assert week.due_at == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


def test_the_same_week_is_due_all_the_time() -> None:
    first = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    weeks = {due_week(first + timedelta(hours=hours), "UTC") for hours in range(48)}
    assert len(weeks) == 1


def test_the_next_digest_is_always_later() -> None:
    monday = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
    assert next_due_at(monday - timedelta(seconds=1), BERLIN) == monday
    # An hour earlier in UTC, because clocks have changed in between.
    assert next_due_at(monday, BERLIN) == monday + timedelta(days=7, hours=-1)

"""Calendar days, also of 23 and 25 hours, and where midnight is skipped or comes twice."""

from datetime import UTC, datetime

import pytest

from bot.domain.policy.days import day_end, day_start, zone_names
from bot.domain.policy.model import DAY_S, LONGER_DAY_S, Policy, Window


@pytest.mark.parametrize(
    ("zone", "moment", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-29T10:00", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("Europe/Berlin", "2026-10-25T10:00", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("Asia/Kolkata", "2026-06-01T18:30", "2026-06-01T18:30", "2026-06-02T18:30"),  # midnight itself
        ("Africa/Cairo", "2026-04-24T10:00", "2026-04-23T22:00", "2026-04-24T21:00"),  # midnight skipped
        ("America/Havana", "2026-11-01T04:30", "2026-11-01T04:00", "2026-11-02T05:00"),  # midnight twice
        ("Pacific/Kiritimati", "2026-01-01T09:59", "2025-12-31T10:00", "2026-01-01T10:00"),
        ("No/Such_Zone", "2026-01-01T09:59", "2026-01-01T00:00", "2026-01-02T00:00"),  # UTC
    ],
)
def test_a_day_begins_and_ends_at_midnight_there(zone: str, moment: str, start: str, end: str) -> None:
    at, begin, stop = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, start, end))
    assert (day_start(at, zone), day_end(at, zone)) == (begin, stop)
    assert (stop - begin).total_seconds() <= DAY_S + LONGER_DAY_S


def test_the_known_zones_are_those_of_the_iana_database() -> None:
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= set(zone_names())


def test_what_counts_for_a_long_day_is_kept_as_long() -> None:
    daily = Policy(member=(Window(songs=1, window_s=DAY_S),), retention_days=1, timezone="Europe/Berlin")
    assert daily.kept_s() == DAY_S + LONGER_DAY_S

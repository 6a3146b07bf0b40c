"""Songs by day, member and channel."""

from datetime import UTC, date, datetime, timedelta

from bot.domain import usage
from bot.domain.jobs import NOBODY, JobState, PastRequest

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)


def asked(at: str, *, member_id: int = 1, state: JobState = JobState.COMPLETED) -> PastRequest:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return PastRequest(member_id=member_id, channel_id=5, requested_at=moment, settled_at=moment, state=state)


def test_songs_are_counted_by_the_servers_days_also_where_one_has_23_hours() -> None:
    # In Berlin the 29th has 23 hours, and begins and ends at 23:00 and 22:00.
    past = [
        asked("2026-03-28T22:59"),
        asked("2026-03-28T23:00"),
        asked("2026-03-29T21:59", member_id=NOBODY),
        asked("2026-03-29T22:00"),
        asked("2026-03-29T22:01", state=JobState.FAILED),
    ]
    found = usage.count(past, now=NOW, days=2, zone="Europe/Berlin")
    assert usage.since(NOW, days=2, zone="Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert found.by_day == {date(2026, 3, 29): 2, date(2026, 3, 30): 1}
    assert found.by_member == {1: 2, NOBODY: 1}
    assert usage.as_csv(found).decode().splitlines() == [
        "day,channel_id,member_id,songs",
        "2026-03-29,5,,1",
        "2026-03-29,5,1,1",
        "2026-03-30,5,1,1",
    ]


def test_days_without_songs_are_shown_and_default_to_utc() -> None:
    found = usage.count([], now=NOW, days=30, zone=None)
    assert (len(found.by_day), found.zone) == (30, "UTC")
    assert min(found.by_day) == (NOW - timedelta(days=29)).date()

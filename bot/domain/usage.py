"""Pure: how many songs a server has requested, by day, member and channel."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.jobs import NOBODY, PastRequest
from bot.domain.policy.days import day_start, local_date

UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Songs in the last days; requests that ended without one are left out.

    Attributes:
        zone: the time zone of the days.
        by_day: every day with its number, the oldest first.
        by_member: by the member's ID, `NOBODY` for erased songs.
        by_channel: by the channel's ID, for a thread its parent's.
        counts: the number for each day, channel and member.
    """

    zone: str
    by_day: dict[date, int]
    by_member: Counter[int]
    by_channel: Counter[int]
    counts: Counter[tuple[date, int, int]]


def since(now: datetime, *, days: int, zone: str | None) -> datetime:
    """When the first of the last `days` days began, today included."""
    today = day_start(now, zone or UTC_ZONE)
    # Half a day more, and back to midnight: days may have 23 or 25 hours.
    return day_start(today - timedelta(days=days - 1) + timedelta(hours=12), zone or UTC_ZONE)


def count(past: Iterable[PastRequest], *, now: datetime, days: int, zone: str | None) -> Usage:
    """Count the songs of the last `days` days."""
    name = zone or UTC_ZONE
    start = since(now, days=days, zone=zone)
    songs = [each for each in past if each.counts_permanently and each.requested_at >= start]
    counts = Counter((local_date(each.requested_at, name), each.channel_id, each.member_id) for each in songs)
    first = local_date(start, name)
    by_day = {first + timedelta(days=number): 0 for number in range(days)}
    by_member, by_channel = Counter[int](), Counter[int]()
    for (day, channel_id, member_id), number in counts.items():
        by_day[day] = by_day.get(day, 0) + number
        by_channel[channel_id] += number
        by_member[member_id] += number
    return Usage(zone=name, by_day=by_day, by_member=by_member, by_channel=by_channel, counts=counts)


def as_csv(usage: Usage) -> bytes:
    """The counts as a CSV file in UTF-8: `day,channel_id,member_id,songs`; the member of erased songs is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("day", "channel_id", "member_id", "songs"))
    for (day, channel_id, member_id), number in sorted(usage.counts.items()):
        writer.writerow((day.isoformat(), channel_id, "" if member_id == NOBODY else member_id, number))
    return text.getvalue().encode()

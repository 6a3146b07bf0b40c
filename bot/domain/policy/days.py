"""Pure: calendar days in a server's time zone; daylight saving time makes some of them 23 or 25 hours long.

With `/config timezone` a limit per day counts from midnight there on instead of the last 24 hours. Zones come from the machine's IANA
database; where a stored one is missing, days begin at midnight UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

COMMON_ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Warsaw",
    "Europe/Moscow",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""Zones of many people, to choose from before anything is typed."""


@cache
def zone_names() -> tuple[str, ...]:
    """The names of all time zones that this machine knows, such as `Europe/Berlin`, sorted; reads files at the first call."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def day_start(moment: datetime, zone: str) -> datetime:
    """When the day of this moment began in the zone, in UTC. Where midnight was skipped, the day began right after it."""
    return moment_on(local_date(moment, zone), time(), zone)


def day_end(moment: datetime, zone: str) -> datetime:
    """When the day of this moment ends in the zone, in UTC: the start of the next day."""
    return moment_on(local_date(moment, zone) + timedelta(days=1), time(), zone)


def local_date(moment: datetime, zone: str) -> date:
    """The date in the zone at this moment."""
    return moment.astimezone(_zone(zone)).date()


def moment_on(day: date, at: time, zone: str) -> datetime:
    """This time of a day in the zone, in UTC. One that daylight saving time skips is as long after midnight as it says."""
    return datetime.combine(day, at, _zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    """A zone by its name; UTC if this machine no longer knows it, since requests have to be decided anyway."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")

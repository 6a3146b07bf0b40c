"""Pure: which week the digest of a server is about, and when it is posted."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.policy.days import local_date, moment_on
from bot.domain.usage import UTC_ZONE

POST_AT = time(9)
"""On Mondays, in the server's time zone."""

MAX_DELAY = timedelta(days=2)
"""A digest that could not be posted until then is left out: nobody wants last week's on a Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The days from Monday to Sunday in a time zone: `start` is the first midnight, `end` the last; posted from `due_at` on."""

    start: datetime
    end: datetime
    due_at: datetime


def due_week(now: datetime, zone: str | None) -> Week | None:
    """The week whose digest is to be posted now; None from `MAX_DELAY` after its time until the next Monday."""
    name = zone or UTC_ZONE
    monday = _monday(now, name)
    due_at = moment_on(monday, POST_AT, name)
    if not due_at <= now < due_at + MAX_DELAY:
        return None
    return Week(
        start=moment_on(monday - timedelta(days=7), time(), name),
        end=moment_on(monday, time(), name),
        due_at=due_at,
    )


def next_due_at(now: datetime, zone: str | None) -> datetime:
    """When the next digest is due after this moment."""
    name = zone or UTC_ZONE
    monday = _monday(now, name)
    this_week = moment_on(monday, POST_AT, name)
    return this_week if this_week > now else moment_on(monday + timedelta(days=7), POST_AT, name)


def _monday(now: datetime, zone: str) -> date:
    """The first day of the week of this moment."""
    today = local_date(now, zone)
    return today - timedelta(days=today.weekday())

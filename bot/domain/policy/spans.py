"""Pure: parses typed time spans into seconds: "hour", "24 hours", "7 days", "30m", "1h 30m"."""

import re
from collections.abc import Callable

from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import DAY_S, LONGEST_WINDOW_S, MINUTE_S

HOUR_S = 60 * MINUTE_S
MAX_CHARS = 50

_UNITS = {
    1: ("s", "sec", "secs", "second", "seconds"),
    MINUTE_S: ("m", "min", "mins", "minute", "minutes"),
    HOUR_S: ("h", "hr", "hrs", "hour", "hours", "hourly"),
    DAY_S: ("d", "day", "days", "daily"),
    7 * DAY_S: ("w", "wk", "week", "weeks", "weekly"),
    30 * DAY_S: ("month", "monthly"),
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "half": 0.5}
_LEADING = re.compile(r"^(?:(?:songs?|per|every|each|in|any|within)\s+|/\s*)", re.IGNORECASE)

InEnglish = Callable[[str], str]
"""Replaces the words of a member's language in typed text by those that are read here; `str` leaves the text as it is."""
_SPAN = re.compile(r"(?:(\d+(?:[.,]\d+)?|an?|one|two|three|half)(?:\s+an?)?[\s-]*)?([a-z]+)")


def parse_span_s(text: str, *, shortest_s: int = MINUTE_S, in_english: InEnglish = str) -> int:
    """The seconds of a typed time span.

    Raises:
        PolicyInvalid: it is not a time span, or is shorter than `shortest_s` or longer than 30 days.
    """
    wanted = in_english(text[:MAX_CHARS]).strip().casefold()
    # Repeatedly, for "in any hour".
    while (shorter := _LEADING.sub("", wanted)) != wanted:
        wanted = shorter
    total = 0.0
    # A comma before a digit is a decimal comma, any other separates two parts.
    rest = re.sub(r"\band\b|,(?!\d)", " ", wanted).strip()
    if not rest:
        raise _unreadable(text)
    while rest:
        found = _SPAN.match(rest)
        if found is None or found[2] not in _SECONDS:
            raise _unreadable(text)
        total += _number(found[1]) * _SECONDS[found[2]]
        rest = rest[found.end() :].strip()
    if not shortest_s <= total <= LONGEST_WINDOW_S:
        raise PolicyInvalid(Fault(FaultKind.SPAN_RANGE, value=_shown(text), limit=shortest_s))
    return round(total)


def _number(text: str | None) -> float:
    if text is None:
        return 1
    return _NUMBERS[text] if text in _NUMBERS else float(text.replace(",", "."))


def _unreadable(text: str) -> PolicyInvalid:
    return PolicyInvalid(Fault(FaultKind.SPAN_UNREADABLE, value=_shown(text)))


def _shown(text: str) -> str:
    return " ".join(text.split())[:MAX_CHARS]


def format_span(seconds: int) -> str:
    """A time span as text that `parse_span_s` reads back to the second."""
    if seconds == HOUR_S:
        return "hour"
    rest, parts = seconds, list[str]()
    for unit_s, name in ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute"), (1, "second")):
        if unit_s == DAY_S and seconds == DAY_S:
            continue  # "24 hours", as limits are written everywhere
        count, rest = divmod(rest, unit_s)
        if count:
            parts.append(f"{count} {name}{'s' * (count > 1)}")
    return " ".join(parts)

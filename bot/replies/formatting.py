"""Numbers, times and mentions for display. Functions that return None got a value that makes no sense to show."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from bot.replies.locales import N_, Value, _, ngettext, number, pgettext

MAX_BPM = 10_000.0
LONGEST_SONG_S = 24 * 3600.0

TimeStyle = Literal["R", "f", "t", "d"]


def user_mention(user_id: int) -> str:
    """A mention of a user; it pings only if the reply lists the ID in `mentions`."""
    return f"<@{user_id}>"


def channel_mention(channel_id: int) -> str:
    """A link to a channel or thread."""
    return f"<#{channel_id}>"


def plural(count: int, one: str, many: str, **values: Value) -> str:
    """The text for a number, with `{n}` and other placeholders: `1 song per hour`, `1,200 songs per hour`."""
    return ngettext(one, many, count, **values)


def listed(items: Iterable[str]) -> str:
    """The items in one line: `#songs, #lobby`."""
    # Translators: what stands between two entries of a list.
    return pgettext("between entries", ", ").join(items)


def labelled(label: str, value: str) -> str:
    """A label and its value in one line: `BPM: 140`."""
    return _("{label}: {value}", label=label, value=value)


def wait(wait_s: float) -> str:
    """A duration in seconds (finite, not negative): `45 s`, `2 min 24 s`, `1 h 3 min`."""
    whole_s = round(wait_s)
    if whole_s < 1:
        return _("under 1 s")
    minutes, rest_s = divmod(whole_s, 60)
    hours, rest_min = divmod(minutes, 60)
    parts = (
        _("{n} h", n=hours) if hours else "",
        _("{n} min", n=rest_min) if rest_min else "",
        _("{n} s", n=rest_s) if rest_s and not hours else "",
    )
    return " ".join(filter(None, parts))


def duration(duration_s: float) -> str | None:
    """The duration of a song as players show it: `2:47`, `1:02:03`; None unless it is between 0 and 24 hours."""
    if not 0 < duration_s <= LONGEST_SONG_S or (whole_s := round(duration_s)) == 0:
        return None
    minutes, rest_s = divmod(whole_s, 60)
    hours, rest_min = divmod(minutes, 60)
    return f"{hours}:{rest_min:02}:{rest_s:02}" if hours else f"{minutes}:{rest_s:02}"


def bpm(value: float) -> str | None:
    """A tempo with at most one decimal: `140`, `92.5`; None unless it is between 0 and 10,000."""
    rounded = round(value, 1) if 0 < value <= MAX_BPM else 0.0
    return number(rounded, "g") if rounded else None


def expected_range(median_s: float, p90_s: float) -> str:
    """The expected time as a range from median to 90th percentile: `2-3 min`, `about 2 min`, `20-35 s`."""
    if p90_s < 90:  # noqa: PLR2004 - below, seconds are easier to read than "1-2 min"
        low, high = _rounded_seconds(median_s, up=False), _rounded_seconds(p90_s, up=True)
        forms = N_("up to {high} s"), N_("about {high} s"), N_("{low}-{high} s")
    else:
        low, high = round(median_s / 60), math.ceil(p90_s / 60)
        forms = N_("up to {high} min"), N_("about {high} min"), N_("{low}-{high} min")
    form = forms[0] if low == 0 else forms[1] if low >= high else forms[2]
    return _(form, low=low, high=high)


def timestamp(moment: datetime, style: TimeStyle = "R") -> str:
    """Discord's timestamp markup, which clients render in the reader's time zone: relative (R), full (f) or time of day (t)."""
    return f"<t:{math.floor(moment.timestamp())}:{style}>"


def age(passed_s: float) -> str:
    """An age as plain text, for places without markdown: `just now`, `5 min ago`, `3 h ago`, `12 days ago`."""
    days, hours, minutes = (int(passed_s // unit_s) for unit_s in (86_400, 3600, 60))
    if days > 0:
        return plural(days, "{n} day ago", "{n} days ago")
    if hours > 0:
        return _("{n} h ago", n=hours)
    return _("{n} min ago", n=minutes) if minutes > 0 else _("just now")


def _rounded_seconds(wait_s: float, *, up: bool) -> int:
    """Rounded to whole seconds below 10 s, and to multiples of five above."""
    step = 5 if wait_s >= 10 else 1  # noqa: PLR2004 - see the docstring
    return (math.ceil(wait_s / step) if up else math.floor(wait_s / step)) * step

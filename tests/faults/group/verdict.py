"""Pure: what is wrong with a run of several bots, besides what can be wrong with any run."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.whisul.exchange import SeenRequest

COUNTED = ("queued", "submitting", "running", "detached", "completed")
WINDOW_S = 10.0
TOLERANCE = 1.05
ON_THE_WAY_S = 2.0
"""So long after the answer to a call another may arrive that was sent before, also where the processes get little time."""


def exceeded(rows: Iterable[Mapping[str, Any]], *, allowed: int) -> list[str]:
    """Servers with more songs than their limit allows."""
    songs = Counter(row["guild_id"] for row in rows if row["state"] in COUNTED)
    return [
        f"server {guild} has {number} songs, {allowed} are allowed"
        for guild, number in songs.items()
        if number > allowed
    ]


def over_budget(calls: Sequence[SeenRequest], *, per_s: float, burst: float) -> list[str]:
    """Ten seconds with more calls than the budget and 5 % allow, the worst ones."""
    times = sorted(call.at for call in calls)
    most = max((sum(at <= each < at + WINDOW_S for each in times) for at in times), default=0)
    allowed = (per_s * WINDOW_S + burst) * TOLERANCE
    return [f"{most} calls in {WINDOW_S:g} s, {allowed:g} are allowed"] if most > allowed else []


def not_silent(calls: Sequence[SeenRequest], *, wait_s: float) -> list[str]:
    """Calls after a 429, before its wait was over."""
    told = [call.at for call in calls if call.status == 429]
    early = [
        call.at - at for at in told for call in calls if ON_THE_WAY_S < call.at - at < wait_s - ON_THE_WAY_S
    ]
    return [f"{len(early)} calls during a wait, the first after {min(early):.1f} s"] if early else []


def wrongly_left(guilds: Iterable[Mapping[str, Any]]) -> list[str]:
    """Servers that count as left, though the bot is in all of them."""
    return [f"server {row['guild_id']} counts as left" for row in guilds if row["left_at"] is not None]


def unforeseen(log: str) -> list[str]:
    """Exceptions in the log, except that the database could not be reached: a suspended process finds its connections closed."""
    lines = [line for line in log.splitlines() if "Traceback" in line or '"exception"' in line]
    return [f"unforeseen: {line[:300]}" for line in lines if '"DatabaseUnusable"' not in line]

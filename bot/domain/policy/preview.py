"""Pure: replays the requests of the last days against changed limits, before an admin saves them.

A request that would have been refused does not count for later ones. Past roles are not stored, so everybody is treated as a
member without special roles. Requests that were refused are not stored either, so the effect of stricter limits is known, and
looser limits show no additional requests.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.jobs import PastRequest
from bot.domain.policy.limits import Caps, Limit, RequestContext, applicable_limits
from bot.domain.policy.model import DAY_S, LONGEST_WINDOW_S, MAX_SONGS, Policy, Rule, Whose, Window

PREVIEW_DAYS = 7
REPLAYED_PERIOD = timedelta(days=PREVIEW_DAYS)
LOOKBACK = REPLAYED_PERIOD + timedelta(seconds=LONGEST_WINDOW_S)
"""The age of the oldest request that can affect a preview."""

_UNLIMITED = 2**31
NO_CAPS = Caps(
    server_songs_per_day=_UNLIMITED,
    person_songs_per_day=_UNLIMITED,
    songs_per_day=_UNLIMITED,
    queued=_UNLIMITED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Of `requests` in the last days, how many would have been refused, by rule, and of how many members."""

    requests: int
    refused: int
    members: int
    by_rule: dict[Rule, int]


def preview(policy: Policy, past: Iterable[PastRequest], *, guild_id: int, now: datetime) -> Preview:
    """Replay the requests of one server: older ones all count, those of the last days are judged by `policy`."""
    admitted = _AdmittedRequests()
    requests = 0
    refused: list[PastRequest] = []
    by_rule = Counter[Rule]()
    for asked in sorted(past, key=lambda each: each.requested_at):
        if asked.requested_at > now - REPLAYED_PERIOD:
            requests += 1
            context = RequestContext(
                guild_id=guild_id, channel_id=asked.channel_id, member_id=asked.member_id
            )
            limits = applicable_limits(policy, NO_CAPS, context)
            rule = next((limit.rule for limit in limits if admitted.exhausts(limit, asked)), None)
            if rule is not None:
                refused.append(asked)
                by_rule[rule] += 1
                continue
        admitted.add(asked)
    members = len({asked.member_id for asked in refused})
    return Preview(requests=requests, refused=len(refused), members=members, by_rule=dict(by_rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Two limits of each member's songs in a window, by the songs of the last days.

    Attributes:
        window: `songs` is the lowest limit that would have refused none of these songs.
        halving: the highest limit that would have refused half of them or more; None if no limit would have.
        halving_refused: how many that would have refused, of `songs`.
    """

    window: Window
    songs: int
    halving: int | None
    halving_refused: int


def suggest(
    past: Iterable[PastRequest], *, window_s: int, zone: str | None, now: datetime
) -> Suggestion | None:
    """Limits to choose from, by what was requested in the last days; None without a song.

    Only songs are counted: requests that ended without one are never refused for long.
    """
    limit = Limit(Rule.MEMBER, MAX_SONGS, window_s, zone if window_s == DAY_S else None)
    by_member = defaultdict[int, list[_Counted]](list)
    for asked in sorted(past, key=lambda each: each.requested_at):
        if asked.counts_permanently:
            moment = asked.requested_at
            is_judged = moment > now - REPLAYED_PERIOD
            by_member[asked.member_id].append(_Counted(moment, limit.since(moment) or moment, is_judged))
    members = list(by_member.values())
    total = sum(song.is_judged for songs in members for song in songs)
    if not total:
        return None
    numbers = range(1, min(MAX_SONGS, max(map(len, members))) + 1)
    # Both searches halve the numbers: a higher limit never refuses more.
    none_refused = numbers[
        min(bisect_left(numbers, 1, key=lambda n: _refused(members, n) == 0), len(numbers) - 1)
    ]
    halved = bisect_left(numbers, 1, key=lambda n: 2 * _refused(members, n) < total) - 1
    halving = numbers[halved] if halved >= 0 else None
    return Suggestion(
        window=Window(songs=none_refused, window_s=window_s),
        songs=total,
        halving=halving,
        halving_refused=0 if halving is None else _refused(members, halving),
    )


class _Counted(NamedTuple):
    """A song, the time after which songs count for its limit, and whether it is one of the last days."""

    requested_at: datetime
    since: datetime
    is_judged: bool


def _refused(members: Iterable[Sequence[_Counted]], most: int) -> int:
    """How many songs a limit of `most` would have refused; those that it would have do not count for later ones."""
    refused = 0
    for songs in members:
        counting = deque[datetime]()
        for song in songs:
            while counting and counting[0] <= song.since:
                counting.popleft()
            if song.is_judged and len(counting) >= most:
                refused += 1
            else:
                counting.append(song.requested_at)
    return refused


_Subject = tuple[str, int]


class _AdmittedRequests:
    """The admitted requests so far, by the member, channel or server that a limit counts.

    Requests are added and judged in the order of their times. So what has ended, or is older than a window, never counts
    again, and each entry is skipped once: a replay takes linear time.
    """

    def __init__(self) -> None:
        self._open = defaultdict[_Subject, list[PastRequest]](list)
        self._lasting = defaultdict[_Subject, list[datetime]](list)
        self._left_behind = defaultdict[tuple[_Subject, int | None, str | None], int](int)

    def add(self, asked: PastRequest) -> None:
        """Count an admitted request."""
        for whose in (("server", 0), ("member", asked.member_id), ("channel", asked.channel_id)):
            self._open[whose].append(asked)
            if asked.counts_permanently:
                self._lasting[whose].append(asked.requested_at)

    def exhausts(self, limit: Limit, asked: PastRequest) -> bool:
        """Whether the admitted requests leave nothing of a limit for this request."""
        whose, moment = _subject(limit.rule, asked), asked.requested_at
        still_open = [other for other in self._open[whose] if other.is_open_at(moment)]
        self._open[whose] = still_open
        if (since := limit.since(moment)) is None:
            return len(still_open) >= limit.songs
        passing = sum(not other.counts_permanently and other.requested_at > since for other in still_open)
        return passing + self._lasting_since(since, whose, limit) >= limit.songs

    def _lasting_since(self, since: datetime, whose: _Subject, limit: Limit) -> int:
        key = (whose, limit.window_s, limit.zone)
        times, start = self._lasting[whose], self._left_behind[key]
        while start < len(times) and times[start] <= since:
            start += 1
        self._left_behind[key] = start
        return len(times) - start


def _subject(rule: Rule, asked: PastRequest) -> _Subject:
    match rule.whose:
        case Whose.MEMBER:
            return "member", asked.member_id
        case Whose.CHANNEL:
            return "channel", asked.channel_id
        case Whose.SERVER | Whose.PERSON | Whose.EVERYBODY:
            return "server", 0

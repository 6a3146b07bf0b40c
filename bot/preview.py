"""Pure: what limits would have done to the requests of the last days, before an admin saves them.

The past is played again: a request that would have been refused would not have counted afterwards. Which roles members
had at the time is not known, so everybody is taken for somebody without any; and what was refused in truth is not in the
rows, so stricter limits can be judged by it, and looser ones show no more than what was asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from bot.limits import Asker, Caps, Limit, Rule, applying
from bot.models import Asked
from bot.policy import LONGEST_WINDOW_S, Policy

PREVIEW_DAYS = 7
PLAYED = timedelta(days=PREVIEW_DAYS)
REACHES_BACK = PLAYED + timedelta(seconds=LONGEST_WINDOW_S)
"""How old requests may be that a preview can depend on."""

UNCAPPED = Caps(server_songs_per_day=2**31, songs_per_day=2**31, queued=2**31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Of `requests` in the last days, `refused` would have been, which concerns `members` members."""

    requests: int
    refused: int
    members: int
    by_rule: dict[Rule, int]


def preview(policy: Policy, past: Iterable[Asked], *, guild_id: int, now: datetime) -> Preview:
    """Play the requests of one server again, those of the last days as if `policy` had been set by then."""
    admitted = _Admitted()
    requests = 0
    refused: list[Asked] = []
    by_rule = Counter[Rule]()
    for asked in sorted(past, key=lambda each: each.asked_at):
        if asked.asked_at > now - PLAYED:
            requests += 1
            asker = Asker(guild_id=guild_id, channel_id=asked.channel_id, member_id=asked.member_id)
            limits = applying(policy, UNCAPPED, asker)
            rule = next((limit.rule for limit in limits if admitted.uses_up(limit, asked)), None)
            if rule is not None:
                refused.append(asked)
                by_rule[rule] += 1
                continue
        admitted.add(asked)
    members = len({asked.member_id for asked in refused})
    return Preview(requests=requests, refused=len(refused), members=members, by_rule=dict(by_rule))


_Whose = tuple[str, int]


class _Admitted:
    """Who got through so far, by whom a limit concerns. Requests are added in the order of their times."""

    def __init__(self) -> None:
        self._all = defaultdict[_Whose, list[Asked]](list)
        self._open = defaultdict[_Whose, list[Asked]](list)

    def add(self, asked: Asked) -> None:
        """Let a request through."""
        for whose in (("server", 0), ("member", asked.member_id), ("channel", asked.channel_id)):
            self._all[whose].append(asked)
            self._open[whose].append(asked)

    def uses_up(self, limit: Limit, asked: Asked) -> bool:
        """Whether those who got through leave nothing of a limit for this request."""
        whose = _whose(limit.rule, asked)
        if limit.window_s is None:
            # Time only moves on: what has ended will not be open again.
            still_open = [other for other in self._open[whose] if other.is_open_at(asked.asked_at)]
            self._open[whose] = still_open
            return len(still_open) >= limit.songs
        since = asked.asked_at - timedelta(seconds=limit.window_s)
        inside = takewhile(lambda other: other.asked_at > since, reversed(self._all[whose]))
        counted = (other for other in inside if other.counts_at(asked.asked_at))
        return sum(1 for _ in islice(counted, limit.songs)) >= limit.songs


def _whose(rule: Rule, asked: Asked) -> _Whose:
    if rule in (Rule.MEMBER, Rule.COOLDOWN, Rule.MEMBER_AT_ONCE):
        return "member", asked.member_id
    return ("channel", asked.channel_id) if rule is Rule.CHANNEL else ("server", 0)

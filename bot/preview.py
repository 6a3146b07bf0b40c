"""Pure: what limits would have done to the requests of the last days, before an admin saves them.

The past is played again: a request that would have been refused would not have counted afterwards. Which roles members
had at the time is not known, so everybody is taken for somebody without any; and what was refused in truth is not in the
rows, so stricter limits can be judged by it, and looser ones show no more than what was asked for.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.limits import Asker, Caps, Limit, Rule, applying
from bot.models import JobState
from bot.policy import LONGEST_WINDOW_S, Policy

PREVIEW_DAYS = 7
PLAYED = timedelta(days=PREVIEW_DAYS)
REACHES_BACK = PLAYED + timedelta(seconds=LONGEST_WINDOW_S)
"""How old requests may be that a preview can depend on."""

UNCAPPED = Caps(server_songs_per_day=2**31, songs_per_day=2**31, queued=2**31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of the past. `channel_id` is the channel, for a thread its parent."""

    member_id: int
    channel_id: int
    asked_at: datetime
    settled_at: datetime | None
    state: JobState

    def counts_at(self, moment: datetime) -> bool:
        """Whether it counted for windows then: what came to nothing counted only until it had."""
        return not self.state.is_final or self.state is JobState.COMPLETED or self.is_open_at(moment)

    def is_open_at(self, moment: datetime) -> bool:
        """Whether it was on its way then."""
        return self.asked_at <= moment and (self.settled_at is None or self.settled_at > moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Of `requests` in the last days, `refused` would have been, which concerns `members` members."""

    requests: int
    refused: int
    members: int
    by_rule: dict[Rule, int]


def preview(policy: Policy, past: Iterable[Asked], *, guild_id: int, now: datetime) -> Preview:
    """Play the requests of one server again, those of the last days as if `policy` had been set by then."""
    admitted: list[Asked] = []
    requests = 0
    refused: list[Asked] = []
    by_rule = Counter[Rule]()
    for asked in sorted(past, key=lambda each: each.asked_at):
        if asked.asked_at > now - PLAYED:
            requests += 1
            asker = Asker(guild_id=guild_id, channel_id=asked.channel_id, member_id=asked.member_id)
            rule = _refused_by(applying(policy, UNCAPPED, asker), asked, admitted)
            if rule is not None:
                refused.append(asked)
                by_rule[rule] += 1
                continue
        admitted.append(asked)
    members = len({asked.member_id for asked in refused})
    return Preview(requests=requests, refused=len(refused), members=members, by_rule=dict(by_rule))


def _refused_by(limits: Iterable[Limit], asked: Asked, admitted: list[Asked]) -> Rule | None:
    return next((limit.rule for limit in limits if _is_used_up(limit, asked, admitted)), None)


def _is_used_up(limit: Limit, asked: Asked, admitted: list[Asked]) -> bool:
    if limit.songs >= len(admitted) + 1:
        return False
    moment = asked.asked_at
    used = 0
    for other in reversed(admitted):
        if limit.window_s is not None and other.asked_at <= moment - timedelta(seconds=limit.window_s):
            break
        if _concerns(limit.rule, other, asked) and (
            other.is_open_at(moment) if limit.window_s is None else other.counts_at(moment)
        ):
            used += 1
            if used >= limit.songs:
                return True
    return False


def _concerns(rule: Rule, other: Asked, asked: Asked) -> bool:
    if rule in (Rule.MEMBER, Rule.COOLDOWN, Rule.MEMBER_AT_ONCE):
        return other.member_id == asked.member_id
    return rule is not Rule.CHANNEL or other.channel_id == asked.channel_id

"""Pure: which limits apply to a request, how much of each is left, and when a slot becomes free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.policy.days import day_end, day_start
from bot.domain.policy.errors import ChannelClosed, MemberBlocked, RoleBlocked
from bot.domain.policy.model import (
    DAY_S,
    ChannelMode,
    Measure,
    Policy,
    RoleKind,
    RoleRule,
    Rule,
    Whose,
    Window,
)
from bot.errors import RequestError

DIRECT_SONGS_AT_ONCE = 1
"""Songs that one person may have in progress at the same time in direct messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The operator's limits, which apply in addition to those of admins: the operator pays.

    `retention_days` is how long prompts and results are kept at most; None: for ever.
    """

    server_songs_per_day: int
    person_songs_per_day: int
    songs_per_day: int
    queued: int
    retention_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """The requester and the place.

    `guild_id` is None in a direct message, `channel_id` the channel or a thread's parent, `category_id` the channel's category.
    """

    guild_id: int | None
    channel_id: int
    member_id: int
    role_ids: frozenset[int] = frozenset()
    category_id: int | None = None

    def is_in(self, channel_ids: frozenset[int]) -> bool:
        """Whether the channel, or its category, is in the list."""
        return self.channel_id in channel_ids or self.category_id in channel_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the limits of a request depend on beside the policy."""

    context: RequestContext
    caps: Caps


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `songs` in any `window_s` seconds; without a window: open at the same time.

    With a `zone` the window is the calendar day in this time zone.
    """

    rule: Rule
    songs: int
    window_s: int | None = None
    zone: str | None = None

    def since(self, now: datetime) -> datetime | None:
        """The time after which songs count; None without a window."""
        if self.window_s is None:
            return None
        if self.zone is not None:
            # Songs count that were requested later: those of midnight itself do.
            return day_start(now, self.zone) - timedelta.resolution
        return now - timedelta(seconds=self.window_s)

    def frees_at(self, oldest: datetime) -> datetime | None:
        """When a song stops counting that was requested at `oldest`; None without a window."""
        if self.window_s is None:
            return None
        return oldest + timedelta(seconds=self.window_s) if self.zone is None else day_end(oldest, self.zone)


@dataclass(frozen=True, slots=True)
class LimitUsage:
    """A limit and its usage.

    Attributes:
        used: songs that count now, capped at the limit.
        frees_at: when the next one stops counting; None where none counts, or where only the end of a job frees a slot.
    """

    limit: Limit
    used: int
    frees_at: datetime | None = None

    @property
    def left(self) -> int:
        """How many more songs this limit admits."""
        return max(0, self.limit.songs - self.used)


class LimitReached(RequestError):
    """At least one limit is used up; `usages` has every limit that applies."""

    def __init__(self, usages: Sequence[LimitUsage]) -> None:
        super().__init__(", ".join(each.limit.rule.value for each in usages if each.left == 0))
        self.usages = usages


def access_refusal(policy: Policy, context: RequestContext) -> RequestError | None:
    """Why this requester may not request songs there at all, whatever the limits are; None where they may."""
    if context.member_id in policy.blocked_member_ids:
        return MemberBlocked()
    # A blocked role overrides all other roles.
    if any(rule.kind is RoleKind.BLOCKED for rule in _roles(policy, context)):
        return RoleBlocked()
    listed = policy.channels
    if listed is not None and context.is_in(listed.ids) is not (listed.mode is ChannelMode.ALLOW):
        return ChannelClosed(listed)
    return None


def applicable_limits(policy: Policy, caps: Caps, context: RequestContext) -> list[Limit]:
    """Every limit that the request must pass, in the order in which refusals name them.

    In a direct message no admin has set any: there the operator's own limits for one person apply.
    """
    operators = [
        Limit(Rule.OPERATOR_SERVER_DAY, caps.server_songs_per_day, DAY_S),
        Limit(Rule.OPERATOR_PERSON_DAY, caps.person_songs_per_day, DAY_S),
        Limit(Rule.OPERATOR_PERSON_AT_ONCE, DIRECT_SONGS_AT_ONCE),
        Limit(Rule.OPERATOR_DAY, caps.songs_per_day, DAY_S),
        Limit(Rule.QUEUE, caps.queued),
    ]
    limits = [] if context.guild_id is None else _of_server(policy, context)
    return limits + [limit for limit in operators if limit.rule.whose.counts_in(context.guild_id)]


def _of_server(policy: Policy, context: RequestContext) -> list[Limit]:
    """The limits that the admins have set."""
    unlimited, member_windows = _for_member(policy, context)
    limits: list[Limit] = []
    for rule in Rule:
        if rule.field is None or (unlimited and rule.whose is Whose.MEMBER):
            continue
        value = member_windows if rule is Rule.MEMBER else policy.limit(rule)
        limits += _limits_of(rule, value, policy.timezone)
    return limits


def exceeded_cap(policy: Policy, caps: Caps) -> Limit | None:
    """The operator's cap for the server where a limit of the server's allows more than it; None where none does."""
    roles = [rule.window for rule in policy.roles.values() if rule.window is not None]
    windows = [*policy.member, *policy.channel, *policy.server, *roles]
    # The cap counts by the day: a longer window may admit as much on each of its days.
    if any(window.songs > caps.server_songs_per_day * max(1, window.window_s / DAY_S) for window in windows):
        return Limit(Rule.OPERATOR_SERVER_DAY, caps.server_songs_per_day, DAY_S)
    return None


def usage_from_counts(limit: Limit, used: int, oldest: datetime | None) -> LimitUsage:
    """The usage of a limit, from the newest songs that count for it, at most as many as it allows.

    `oldest` is when the oldest of these was requested, None where there is none.
    """
    return LimitUsage(limit, used, None if oldest is None else limit.frees_at(oldest))


def longest_refusal(usages: Iterable[LimitUsage]) -> LimitUsage | None:
    """The limit that refuses the next song; of several the one that holds longest, so that the answer is true."""
    # Those that free up at a known time come first: only they can tell when to try again.
    exhausted = [each for each in usages if each.left == 0]
    timed = [each for each in exhausted if each.frees_at is not None]
    untimed = [each for each in exhausted if each.frees_at is None]
    if timed:
        return max(timed, key=_frees_at)
    return untimed[0] if untimed else None


def _frees_at(each: LimitUsage) -> datetime:
    if each.frees_at is None:
        raise ValueError("frees at no known time")
    return each.frees_at


def _for_member(policy: Policy, context: RequestContext) -> tuple[bool, Sequence[Window]]:
    """Whether no member limit applies, and else the windows that do: of several limited roles the most generous one."""
    rules = _roles(policy, context)
    if any(rule.kind is RoleKind.UNLIMITED for rule in rules):
        return True, ()
    windows = [rule.window for rule in rules if rule.window is not None]
    if windows:
        return False, (max(windows, key=lambda window: (window.songs_per_s, window.songs)),)
    return False, policy.member


def _roles(policy: Policy, context: RequestContext) -> list[RoleRule]:
    return [rule for role_id, rule in policy.roles.items() if role_id in context.role_ids]


def _limits_of(rule: Rule, value: Sequence[Window] | int | None, zone: str | None) -> list[Limit]:
    """The limits that a field of the policy stands for."""
    if value is None:
        return []
    if not isinstance(value, int):
        return [
            Limit(rule, window.songs, window.window_s, zone if window.window_s == DAY_S else None)
            for window in value
        ]
    return [Limit(rule, 1, value) if rule.measure is Measure.INTERVAL else Limit(rule, value)]

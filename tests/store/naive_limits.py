"""A naive model of the limits: a list of all songs, counted from scratch each time."""

from dataclasses import dataclass, field
from datetime import date as date_type
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.domain.jobs import JobState
from bot.domain.policy.limits import Caps, Limit, RequestContext
from bot.domain.policy.model import DAY_S, Policy, RoleKind, Rule, Window
from tests.factories import NOW

OPEN = {JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED}
COUNTED = OPEN | {JobState.COMPLETED}
OF_ONE = {
    Rule.MEMBER,
    Rule.COOLDOWN,
    Rule.MEMBER_AT_ONCE,
    Rule.OPERATOR_PERSON_DAY,
    Rule.OPERATOR_PERSON_AT_ONCE,
}


def is_within(at_ms: int, now_ms: int, window_s: int, zone: str | None) -> bool:
    """Whether a window of a day in a time zone has the same or a later date, any other its length."""
    if zone is None or window_s != DAY_S:
        return at_ms > now_ms - window_s * 1000

    def date(ms: int) -> date_type:
        return (NOW + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone)).date()

    return date(at_ms) >= date(now_ms)


@dataclass
class NaiveSong:
    asker: RequestContext
    asked_at_ms: int
    state: JobState = JobState.QUEUED
    is_erased: bool = False


@dataclass
class NaiveLimits:
    policies: dict[int | None, Policy] = field(default_factory=dict[int | None, Policy])
    songs: list[NaiveSong] = field(default_factory=list[NaiveSong])

    def blocks(self, asker: RequestContext) -> bool:
        policy = self.policies.get(asker.guild_id, Policy())
        blocked_roles = {role for role, rule in policy.roles.items() if rule.kind is RoleKind.BLOCKED}
        return asker.member_id in policy.blocked_member_ids or bool(asker.role_ids & blocked_roles)

    def erase(self, member_id: int) -> None:
        """Queued songs are cancelled and running ones detached; all count as their state says."""
        becomes = {JobState.QUEUED: JobState.CANCELLED, JobState.RUNNING: JobState.DETACHED}
        for song in self.songs:
            if song.asker.member_id == member_id:
                song.is_erased = True
                song.state = becomes.get(song.state, song.state)

    def counting(self, limit: Limit, asker: RequestContext, now_ms: int) -> list[int]:
        """The times at which the songs were requested that count for a limit."""
        songs = self.songs
        if limit.rule not in (Rule.OPERATOR_DAY, Rule.QUEUE):
            songs = [song for song in songs if song.asker.guild_id == asker.guild_id]
        if limit.rule in OF_ONE:
            songs = [song for song in songs if song.asker.member_id == asker.member_id]
        if limit.rule is Rule.CHANNEL:
            songs = [song for song in songs if song.asker.channel_id == asker.channel_id]
        if limit.rule is Rule.QUEUE:
            return [song.asked_at_ms for song in songs if song.state is JobState.QUEUED]
        if limit.window_s is None:
            return [song.asked_at_ms for song in songs if song.state in OPEN]
        counted = [song.asked_at_ms for song in songs if song.state in COUNTED]
        return [at for at in counted if is_within(at, now_ms, limit.window_s, limit.zone)]

    def admits(self, asker: RequestContext, caps: Caps, now_ms: int) -> bool:
        policy = self.policies.get(asker.guild_id, Policy())
        here = [song for song in self.songs if song.asker.guild_id == asker.guild_id]
        own = [song for song in here if song.asker.member_id == asker.member_id]
        in_channel = [song for song in here if song.asker.channel_id == asker.channel_id]
        roles = [policy.roles[role] for role in asker.role_ids if role in policy.roles]

        def fits(
            songs: list[NaiveSong], most: int, window_s: int, zone: str | None = policy.timezone
        ) -> bool:
            times = [song.asked_at_ms for song in songs if song.state in COUNTED]
            return sum(is_within(at, now_ms, window_s, zone) for at in times) < most

        def few_open(songs: list[NaiveSong], most: int | None) -> bool:
            return most is None or sum(s.state in OPEN for s in songs) < most

        everywhere = [
            fits(self.songs, caps.songs_per_day, DAY_S, None),
            sum(s.state is JobState.QUEUED for s in self.songs) < caps.queued,
        ]
        if asker.guild_id is None:
            return all([*everywhere, fits(own, caps.person_songs_per_day, DAY_S), few_open(own, 1)])
        checks = [
            *everywhere,
            *(fits(in_channel, w.songs, w.window_s) for w in policy.channel),
            *(fits(here, w.songs, w.window_s) for w in policy.server),
            few_open(here, policy.server_at_once),
            fits(here, caps.server_songs_per_day, DAY_S, None),
        ]
        if not any(rule.kind is RoleKind.UNLIMITED for rule in roles):
            numbers = sorted(
                (rule.window for rule in roles if rule.window), key=lambda w: (w.songs / w.window_s, w.songs)
            )
            windows: tuple[Window, ...] = (numbers[-1],) if numbers else policy.member
            checks += [fits(own, w.songs, w.window_s) for w in windows]
            checks += [few_open(own, policy.member_at_once)]
            checks += [policy.cooldown_s is None or fits(own, 1, policy.cooldown_s)]
        return all(checks)

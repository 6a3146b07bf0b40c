from datetime import UTC, datetime, timedelta

from bot.domain.jobs import JobState, PastRequest
from bot.domain.policy.model import Policy, Rule, Window
from bot.domain.policy.preview import preview, suggest

NOW = datetime(2026, 2, 17, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked(
    ago: timedelta,
    member_id: int = 1,
    channel_id: int = 1,
    state: JobState = JobState.COMPLETED,
    took: timedelta = HOUR / 30,
) -> PastRequest:
    at = NOW - ago
    settled_at = at + took if state.is_final else None
    return PastRequest(
        member_id=member_id, channel_id=channel_id, requested_at=at, settled_at=settled_at, state=state
    )


def test_a_preview_counts_refused_requests_and_their_members() -> None:
    past = [
        asked(HOUR * 5),
        asked(HOUR * 4.9),
        asked(HOUR * 4.8),
        asked(HOUR * 4.7, member_id=2),
        asked(HOUR),
    ]
    found = preview(Policy(member=(Window(songs=1, window_s=3600),)), past, guild_id=1, now=NOW)
    assert (found.requests, found.refused, found.members) == (5, 2, 1)
    assert found.by_rule == {Rule.MEMBER: 2}


def test_suggested_limits_refuse_nobody_or_half() -> None:
    week = [asked(HOUR * (24 * day + n / 10), member_id=n) for day in range(1, 7) for n in range(1, 5)]
    busy = [asked(HOUR * (30 + n / 10), member_id=9) for n in range(24)]
    failed = [asked(HOUR * n, member_id=8, state=JobState.FAILED) for n in range(1, 90)]
    found = suggest([*week, *busy, *failed], window_s=86_400, zone=None, now=NOW)
    assert found is not None
    assert (found.songs, found.window.songs, found.halving, found.halving_refused) == (48, 24, None, 0)
    found = suggest([*week, *busy, *busy], window_s=86_400, zone=None, now=NOW)
    assert found is not None
    assert (found.songs, found.window.songs, found.halving, found.halving_refused) == (72, 48, 12, 36)
    assert preview(Policy(member=(found.window,)), [*week, *busy, *busy], guild_id=1, now=NOW).refused == 0
    assert suggest(failed, window_s=86_400, zone=None, now=NOW) is None


def test_a_calendar_day_is_replayed_in_its_time_zone() -> None:
    policy = Policy(member=(Window(songs=1, window_s=86_400),), timezone="Asia/Tokyo")
    # NOW is 1 o'clock in Tokyo: these were requested at 22, 23 and 0 o'clock.
    past = [asked(HOUR * 3), asked(HOUR * 2), asked(HOUR)]
    assert preview(policy, past, guild_id=1, now=NOW).refused == 1


def test_refused_requests_do_not_count_for_later_ones() -> None:
    past = [asked(HOUR * 2), asked(HOUR * 1.5), asked(HOUR * 0.9)]
    found = preview(Policy(member=(Window(songs=1, window_s=3600),)), past, guild_id=1, now=NOW)
    assert found.refused == 1


def test_older_requests_count_and_are_not_counted_as_refused() -> None:
    past = [asked(timedelta(days=20)), asked(timedelta(days=19)), asked(timedelta(days=1))]
    found = preview(Policy(server=(Window(songs=2, window_s=30 * 86_400),)), past, guild_id=1, now=NOW)
    assert (found.requests, found.refused) == (1, 1)


def test_a_job_without_a_song_counts_only_until_it_ends() -> None:
    policy = Policy(member=(Window(songs=1, window_s=3600),))
    failed = asked(HOUR, state=JobState.FAILED, took=HOUR / 2)
    during = preview(policy, [failed, asked(HOUR * 0.75)], guild_id=1, now=NOW)
    after = preview(policy, [failed, asked(HOUR * 0.25)], guild_id=1, now=NOW)
    assert (during.refused, after.refused) == (1, 0)


def test_open_song_and_channel_limits_are_replayed() -> None:
    policy = Policy(member_at_once=1, channel=(Window(songs=1, window_s=3600),))
    overlapping = [
        asked(HOUR, took=HOUR / 2),
        asked(HOUR * 0.75, channel_id=2),
        asked(HOUR * 0.4, channel_id=3),
    ]
    assert preview(policy, overlapping, guild_id=1, now=NOW).by_rule == {Rule.MEMBER_AT_ONCE: 1}
    same_channel = [asked(HOUR / 2, member_id=1), asked(HOUR / 4, member_id=2)]
    assert preview(policy, same_channel, guild_id=1, now=NOW).by_rule == {Rule.CHANNEL: 1}


def test_without_limits_nothing_is_refused() -> None:
    found = preview(Policy(), [asked(HOUR)] * 3, guild_id=1, now=NOW)
    assert (found.requests, found.refused, found.members, found.by_rule) == (3, 0, 0, {})

from datetime import UTC, datetime

from bot.domain.policy.limits import Limit, LimitUsage
from bot.domain.policy.model import ChannelMode, Channels, Rule
from bot.replies import limits
from tests.replies.discord_limits import violations
from tests.replies.reply_text import lines_of

FREE_AT = datetime(2026, 2, 17, 16, 0, 0, 500_000, tzinfo=UTC)
MOMENT = int(FREE_AT.timestamp()) + 1
HOURLY = Limit(Rule.MEMBER, 5, 3600)


def test_every_limit_is_described() -> None:
    texts = {
        HOURLY: "5 songs per hour for each member",
        Limit(Rule.MEMBER, 1, 90 * 60): "1 song per 1 h 30 min for each member",
        Limit(Rule.CHANNEL, 10, 86_400): "10 songs per 24 hours in each channel",
        Limit(Rule.SERVER, 1000, 7 * 86_400): "1,000 songs per 7 days for the whole server",
        Limit(Rule.COOLDOWN, 1, 45): "45 s between a member's songs",
        Limit(Rule.MEMBER_AT_ONCE, 2): "2 songs at a time for each member",
        Limit(Rule.OPERATOR_DAY, 500, 86_400): "500 songs per 24 hours for everyone together",
        Limit(Rule.QUEUE, 500): "500 requests in the queue",
    }
    assert {limit: limits.describe(limit) for limit in texts} == texts


def test_refusal_names_the_limit_and_when_it_frees_up() -> None:
    reply = limits.limit_reached(
        [LimitUsage(HOURLY, 5, FREE_AT), LimitUsage(Limit(Rule.SERVER, 9, 3600), 3, FREE_AT)]
    )
    assert lines_of(reply) == [
        "I can't take your request right now. Server limit: 5 songs per hour for each member. Nothing was spent.",
        f"You can request a song again <t:{MOMENT}:R> (<t:{MOMENT}:f>).",
        "To see all limits that apply to you, use `/limits`.",
    ]


def test_refusal_by_several_limits_names_the_longest_first() -> None:
    later = FREE_AT.replace(hour=18)
    reply = limits.limit_reached(
        [
            LimitUsage(HOURLY, 5, FREE_AT),
            LimitUsage(Limit(Rule.OPERATOR_SERVER_DAY, 9, 86_400), 9, later),
            LimitUsage(Limit(Rule.MEMBER_AT_ONCE, 1), 1),
        ]
    )
    lines = lines_of(reply)
    assert lines[0].startswith("I can't take your request right now. Operator limit: 9 songs per 24 hours")
    assert lines[2:5] == [
        "Also reached:",
        f"- 5 songs per hour for each member (next one <t:{MOMENT}:R>)",
        "- 1 song at a time for each member",
    ]


def test_limit_without_a_window_says_what_frees_it() -> None:
    assert (
        "when one of your songs is done"
        in lines_of(limits.limit_reached([LimitUsage(Limit(Rule.MEMBER_AT_ONCE, 1), 1)]))[1]
    )
    assert (
        "one of the songs"
        in lines_of(limits.limit_reached([LimitUsage(Limit(Rule.SERVER_AT_ONCE, 1), 1)]))[1]
    )
    assert "few minutes" in lines_of(limits.limit_reached([LimitUsage(Limit(Rule.QUEUE, 5), 5)]))[1]


def test_a_day_in_a_time_zone_says_when_it_ends() -> None:
    daily = Limit(Rule.MEMBER, 5, 86_400, "Asia/Tokyo")
    refusal = lines_of(limits.limit_reached([LimitUsage(daily, 5, FREE_AT)]))
    assert "5 songs per day for each member" in refusal[0]
    assert refusal[1].startswith(f"The day ends <t:{MOMENT}:R> (<t:{MOMENT}:f>, midnight in Asia/Tokyo).")
    shown = lines_of(limits.usage([LimitUsage(daily, 2, FREE_AT)], title="Limits"))
    assert shown[2].endswith(f"**3** left, 2 used · the day ends <t:{MOMENT}:R>")
    assert "midnight (Asia/Tokyo)" in shown[3]


def test_usage_shows_what_is_left_of_each_limit() -> None:
    reply = limits.usage(
        [
            LimitUsage(HOURLY, 2, FREE_AT),
            LimitUsage(Limit(Rule.COOLDOWN, 1, 45), 0),
            LimitUsage(Limit(Rule.COOLDOWN, 1, 60), 1, FREE_AT),
            LimitUsage(Limit(Rule.OPERATOR_DAY, 500, 86_400), 0),
        ],
        title="What you may ask for",
    )
    assert lines_of(reply)[2:6] == [
        f"5 songs per hour for each member: **3** left, 2 used · next one available <t:{MOMENT}:R>",
        "45 s between a member's songs: No wait right now",
        f"1 min between a member's songs: Next song <t:{MOMENT}:R>",
        "500 songs per 24 hours for everyone together (operator limit): **500** left, 0 used",
    ]


def test_every_refusal_is_valid_and_says_that_nothing_was_spent() -> None:
    many = Channels(mode=ChannelMode.ALLOW, ids=frozenset(range(1, 101)))
    replies = [
        limits.member_blocked(),
        limits.role_blocked(),
        limits.channel_closed(many),
        limits.channel_closed(Channels(mode=ChannelMode.DENY, ids=frozenset({1}))),
        limits.prompt_blocked("`a" * 40),
        limits.private_forbidden(),
        limits.limit_reached(
            [LimitUsage(Limit(rule, 10_000, 2_592_000), 10_000, FREE_AT) for rule in Rule for _ in range(5)]
        ),
    ]
    for reply in replies:
        assert violations(reply) == []
        assert "Nothing was spent." in (reply.content or "")

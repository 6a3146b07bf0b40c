"""Limits as text: what each allows, how much of it is left, and when it frees up."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.discord_io.message import Reply
from bot.domain.policy.errors import ChannelClosed, RoleBlocked
from bot.domain.policy.limits import Limit, LimitUsage, longest_refusal
from bot.domain.policy.model import DAY_S, ChannelMode, Channels, Measure, Rule, Whose
from bot.domain.policy.spans import HOUR_S
from bot.replies import formatting
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.text import clamp, code, content, plain
from bot.services.requests import AdmissionPreview

MAX_CHANNELS_NAMED = 10
MAX_PHRASE_UNITS = 80
ROUNDING = timedelta(seconds=1)
"""Added to times that Discord shows in whole seconds, so that no displayed time is too early."""

_WHOSE = {
    Whose.MEMBER: "for each member",
    Whose.CHANNEL: "in each channel",
    Whose.SERVER: "for the whole server",
    Whose.EVERYBODY: "for all servers together",
}
WHOSE = {Whose.MEMBER: "each member", Whose.CHANNEL: "each channel", Whose.SERVER: "whole server"}
"""Whose songs a limit of the admins counts, as the settings name it."""

OPERATOR_RULES = (Rule.OPERATOR_SERVER_DAY, Rule.OPERATOR_DAY, Rule.QUEUE)


def describe(limit: Limit) -> str:
    """The limit in words: `5 songs in any hour for each member`."""
    if limit.rule is Rule.QUEUE:
        return f"{formatting.count(limit.songs, 'request')} waiting in the queue"
    if limit.rule is Rule.COOLDOWN and limit.window_s is not None:
        return f"{formatting.wait(limit.window_s)} between two songs of a member"
    when = "at the same time" if limit.window_s is None else f"in any {window(limit.window_s)}"
    whose = "for each server" if limit.rule is Rule.OPERATOR_SERVER_DAY else _WHOSE[limit.rule.whose]
    return f"{formatting.count(limit.songs, 'song')} {when} {whose}"


def choice_name(rule: Rule) -> str:
    """A kind of limit as a choice of `/config limit`."""
    if rule.measure is Measure.INTERVAL:
        return "cool-down: wait between two songs of a member"
    return WHOSE[rule.whose] + (", at the same time" if rule.measure is Measure.AT_ONCE else "")


def window(window_s: int) -> str:
    """A time window in words, to follow "in any": `hour`, `24 hours`, `7 days`, `1 h 30 min`."""
    if window_s == HOUR_S:
        return "hour"
    if window_s == DAY_S:
        return "24 hours"
    if window_s % DAY_S == 0:
        return f"{window_s // DAY_S} days"
    return f"{window_s // HOUR_S} hours" if window_s % HOUR_S == 0 else formatting.wait(window_s)


def limit_reached(usages: Sequence[LimitUsage]) -> Reply:
    """The refusal of a request: which limit, who set it, and when the next request is admitted."""
    used_up = [each for each in usages if each.left == 0]
    # Of several, the one that holds longest: the time given for the next request must be right.
    first = longest_refusal(usages)
    if first is None:
        raise ValueError("no limit is used up")
    others = [f"- {describe(each.limit)}{_again(each)}" for each in used_up if each is not first]
    text = content(
        f"{_headline(first.limit)} Nothing was spent.",
        _next_step(first),
        "\n".join(["Also used up:", *others]) if others else "",
        "`/limits` shows every limit that applies to you.",
    )
    return Reply(text)


def own_limits(preview: AdmissionPreview) -> Reply:
    """The answer to /limits."""
    refusal = _refusal_reason(preview)
    text = f"You can't ask for a song here now: {refusal}" if refusal else "You can ask for a song here now."
    text += " Songs in this channel are private drafts: only you see yours." if preview.is_draft else ""
    return usage(preview.limits, title="Your limits in this channel", text=text)


def simulated(preview: AdmissionPreview, member_id: int, channel_id: int) -> Reply:
    """The answer to /config simulate: the same for another member."""
    refusal = _refusal_reason(preview)
    request = f"If {formatting.user_mention(member_id)} asked for a song in {formatting.channel_mention(channel_id)} now, it would be"
    taken = "**taken** as a private draft, which only they see" if preview.is_draft else "**taken**"
    text = f"{request} **refused**: {refusal}" if refusal else f"{request} {taken}."
    return usage(preview.limits, title="Limits of a member", text=text)


def usage(usages: Iterable[LimitUsage], *, title: str, text: str = "") -> Reply:
    """Every limit that applies to somebody, and how much of it is left."""
    embed = build_embed(
        title=title,
        colour=Colour.NEUTRAL,
        body=[text, "Songs that cost nothing or came to nothing do not count."],
        fields=[EmbedField(_title(each.limit), _usage_text(each), inline=False) for each in usages],
        footer="Counted in rolling windows: each song stops counting when it is as old as the window",
    )
    return Reply(embeds=(embed,))


def role_blocked() -> Reply:
    """The member has a blocked role."""
    return _refusal(
        "The admins of this server have blocked one of your roles from asking for songs.",
        "Ask them if you think that is a mistake.",
    )


def channel_closed(channels: Channels) -> Reply:
    """The admins allow no songs in this channel."""
    if channels.mode is ChannelMode.DENY:
        return _refusal(
            "The admins have closed this channel for songs.",
            "Ask in another channel; you can do so right away.",
        )
    named = ", ".join(
        formatting.channel_mention(channel_id) for channel_id in sorted(channels.ids)[:MAX_CHANNELS_NAMED]
    )
    return _refusal(
        "Songs can't be asked for in this channel.",
        f"On this server that is done in {named}. You can ask there right away.",
    )


def prompt_blocked(phrase: str) -> Reply:
    """The prompt contains a blocked word or phrase."""
    shown = code(clamp(plain(phrase), MAX_PHRASE_UNITS))
    return _refusal(
        f"Your prompt holds something that the admins of this server have blocked: {shown}.",
        "Say it in other words and ask again; you can do so right away.",
    )


def private_forbidden() -> Reply:
    """Private drafts are forbidden on this server."""
    return _refusal(
        "The admins of this server don't allow private drafts.",
        "Ask without `private`, and the song is posted in the channel. You can do so right away.",
    )


def _refusal_reason(preview: AdmissionPreview) -> str:
    """Why the next request would be refused; empty if it would be admitted."""
    match preview.refusal:
        case RoleBlocked():
            return "a role is blocked from asking for songs."
        case ChannelClosed():
            return "songs can't be asked for in this channel."
        case _:
            pass
    first = longest_refusal(preview.limits)
    return "" if first is None else f"{describe(first.limit)}{_again(first)}."


def _refusal(reason: str, next_step: str) -> Reply:
    return Reply(content(f"{reason} Nothing was spent.", next_step))


def _headline(limit: Limit) -> str:
    if limit.rule is Rule.QUEUE:
        return f"So many requests are waiting already ({limit.songs:,}) that I take no more at the moment."
    if limit.rule in OPERATOR_RULES:
        return f"The limit that this bot's operator has set is reached: {describe(limit)}."
    return f"A limit of this server is reached: {describe(limit)}."


def _next_step(each: LimitUsage) -> str:
    if each.frees_at is not None:
        moment = each.frees_at + ROUNDING
        return f"You can ask again {formatting.timestamp(moment)} ({formatting.timestamp(moment, 'f')})."
    if each.limit.rule.whose is Whose.EVERYBODY:
        return "Try again in a few minutes."
    if each.limit.rule.whose is Whose.MEMBER:
        return "Ask again when one of your songs is done; `/songs` shows them."
    return "Ask again when one of the songs that are on their way is done."


def _again(each: LimitUsage) -> str:
    return f", again {formatting.timestamp(each.frees_at + ROUNDING)}" if each.frees_at is not None else ""


def _title(limit: Limit) -> str:
    by_operator = " (set by the bot's operator)" if limit.rule in OPERATOR_RULES else ""
    text = describe(limit)
    return f"{text[0].upper()}{text[1:]}{by_operator}"


def _usage_text(each: LimitUsage) -> str:
    if each.limit.rule is Rule.COOLDOWN:
        return (
            f"Again {formatting.timestamp(each.frees_at + ROUNDING)}"
            if each.frees_at is not None
            else "Free now"
        )
    left = f"**{each.left:,}** left, {each.used:,} used"
    if each.frees_at is None:
        return left
    return f"{left} · the next one frees up {formatting.timestamp(each.frees_at + ROUNDING)}"

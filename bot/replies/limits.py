"""Limits in words: what each allows, what is left of it, and when it frees up."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.discord_io.message import Reply
from bot.domain.policy.errors import ChannelClosed, RoleBlocked
from bot.domain.policy.limits import Limit, LimitUsage, Rule, Whose, longest_refusal
from bot.domain.policy.model import ChannelMode, Channels
from bot.replies import formatting, job_text
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.text import clamp, code, plain
from bot.services.requests import AdmissionPreview

HOUR_S = 3600
DAY_S = 24 * HOUR_S
MAX_CONTENT_UNITS = 2000
MAX_CHANNELS_NAMED = 10
MAX_PHRASE_UNITS = 80
ROUNDING = timedelta(seconds=1)
"""Added to moments that are shown in whole seconds, so that they are never too early."""

_WHOSE = {
    Whose.MEMBER: "for each member",
    Whose.CHANNEL: "in each channel",
    Whose.SERVER: "for the whole server",
    Whose.EVERYBODY: "for all servers together",
}
OPERATOR_RULES = (Rule.OPERATOR_SERVER_DAY, Rule.OPERATOR_DAY, Rule.QUEUE)


def describe(limit: Limit) -> str:
    """What a limit allows: `5 songs in any hour for each member`."""
    if limit.rule is Rule.QUEUE:
        return f"{_number(limit.songs, 'request')} waiting in the queue"
    if limit.rule is Rule.COOLDOWN and limit.window_s is not None:
        return f"{formatting.wait(limit.window_s)} between two songs of a member"
    when = "at the same time" if limit.window_s is None else f"in any {window(limit.window_s)}"
    whose = "for each server" if limit.rule is Rule.OPERATOR_SERVER_DAY else _WHOSE[limit.rule.whose]
    return f"{_number(limit.songs, 'song')} {when} {whose}"


def window(window_s: int) -> str:
    """A window in words, to follow "in any": `hour`, `24 hours`, `7 days`, `90 min`."""
    if window_s == HOUR_S:
        return "hour"
    if window_s == DAY_S:
        return "24 hours"
    if window_s % DAY_S == 0:
        return f"{window_s // DAY_S} days"
    return f"{window_s // HOUR_S} hours" if window_s % HOUR_S == 0 else formatting.wait(window_s)


def limit_reached(standings: Sequence[LimitUsage]) -> Reply:
    """The refusal of a request: which limit, whose it is, and when it works again."""
    used_up = [each for each in standings if each.left == 0]
    first = longest_refusal(standings)
    if first is None:
        raise ValueError("no limit is used up")
    others = [f"- {describe(each.limit)}{_again(each)}" for each in used_up if each is not first]
    paragraphs = [
        f"{_headline(first.limit)} Nothing was spent.",
        _what_now(first),
        "\n".join(["Also used up:", *others]) if others else "",
        "`/limits` shows every limit that applies to you.",
    ]
    return Reply(clamp("\n\n".join(filter(None, paragraphs)), MAX_CONTENT_UNITS))


def own_limits(preview: AdmissionPreview) -> Reply:
    """What /limits answers."""
    verdict = _verdict(preview)
    told = f"You can't ask for a song here now: {verdict}" if verdict else "You can ask for a song here now."
    told += " Songs in this channel are private drafts: only you see yours." if preview.is_draft else ""
    return usage(preview.limits, whose="Your limits in this channel", verdict=told)


def simulated(preview: AdmissionPreview, member_id: int, channel_id: int) -> Reply:
    """The same for an admin who wants to know how it is for somebody else."""
    verdict = _verdict(preview)
    asks = f"If {job_text.user_mention(member_id)} asked for a song in {job_text.channel_mention(channel_id)} now, it would be"
    taken = "**taken** as a private draft, which only they see" if preview.is_draft else "**taken**"
    told = f"{asks} **refused**: {verdict}" if verdict else f"{asks} {taken}."
    return usage(preview.limits, whose="Limits of a member", verdict=told)


def usage(standings: Iterable[LimitUsage], *, whose: str, verdict: str = "") -> Reply:
    """Every limit that applies to somebody; `whose` is the title, in plain text."""
    embed = build_embed(
        title=whose,
        colour=Colour.NEUTRAL,
        body=[verdict, "Songs that cost nothing or came to nothing do not count."],
        facts=[EmbedField(_title(each.limit), _usage_text(each), inline=False) for each in standings],
        footer="Counted in rolling windows: each song stops counting when it is as old as the window",
    )
    return Reply(embeds=(embed,))


def role_blocked() -> Reply:
    """A member with a blocked role."""
    return _refusal(
        "The admins of this server have blocked one of your roles from asking for songs.",
        "Ask them if you think that is a mistake.",
    )


def channel_closed(channels: Channels) -> Reply:
    """A channel in which songs may not be asked for."""
    if channels.mode is ChannelMode.DENY:
        return _refusal(
            "The admins have closed this channel for songs.",
            "Ask in another channel; you can do so right away.",
        )
    named = ", ".join(
        job_text.channel_mention(channel_id) for channel_id in sorted(channels.ids)[:MAX_CHANNELS_NAMED]
    )
    return _refusal(
        "Songs can't be asked for in this channel.",
        f"On this server that is done in {named}. You can ask there right away.",
    )


def prompt_blocked(phrase: str) -> Reply:
    """A prompt with a blocked word."""
    shown = code(clamp(plain(phrase), MAX_PHRASE_UNITS))
    return _refusal(
        f"Your prompt holds something that the admins of this server have blocked: {shown}.",
        "Say it in other words and ask again; you can do so right away.",
    )


def private_forbidden() -> Reply:
    """A private draft where there are none."""
    return _refusal(
        "The admins of this server don't allow private drafts.",
        "Ask without `private`, and the song is posted in the channel. You can do so right away.",
    )


def _verdict(preview: AdmissionPreview) -> str:
    """Why the next request would be refused; empty when it would not."""
    match preview.refusal:
        case RoleBlocked():
            return "a role is blocked from asking for songs."
        case ChannelClosed():
            return "songs can't be asked for in this channel."
        case _:
            pass
    first = longest_refusal(preview.limits)
    return "" if first is None else f"{describe(first.limit)}{_again(first)}."


def _refusal(what: str, next_step: str) -> Reply:
    return Reply(clamp(f"{what} Nothing was spent.\n\n{next_step}", MAX_CONTENT_UNITS))


def _headline(limit: Limit) -> str:
    if limit.rule is Rule.QUEUE:
        return f"So many requests are waiting already ({limit.songs:,}) that I take no more at the moment."
    if limit.rule in OPERATOR_RULES:
        return f"The limit that this bot's operator has set is reached: {describe(limit)}."
    return f"A limit of this server is reached: {describe(limit)}."


def _what_now(each: LimitUsage) -> str:
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
    words = describe(limit)
    return f"{words[0].upper()}{words[1:]}{by_operator}"


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


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

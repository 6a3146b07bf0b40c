"""Limits as text: what each allows, how much of it is left, and when it frees up."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.policy.errors import ChannelClosed, MemberBlocked, RoleBlocked
from bot.domain.policy.limits import Limit, LimitUsage, longest_refusal
from bot.domain.policy.model import DAY_S, ChannelMode, Channels, Measure, Rule, Whose
from bot.domain.policy.spans import HOUR_S
from bot.replies import formatting
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, NN_, _, pgettext
from bot.replies.text import code, content, paragraph, plain
from bot.services.requests import AdmissionPreview

MAX_CHANNELS_NAMED = 10
MAX_PHRASE_UNITS = 80
ROUNDING = timedelta(seconds=1)
"""Added to times that Discord shows in whole seconds, so that no displayed time is too early."""

# Translators: `window` is `hour`, `24 hours`, `7 days` and so on, and always follows “per”.
_EACH_SERVER = NN_("{n} song per {window} for each server", "{n} songs per {window} for each server")
# Translators: `window` is `hour`, `24 hours`, `7 days` and so on, and always follows “per”.
_PER_WINDOW = {
    Whose.MEMBER: NN_("{n} song per {window} for each member", "{n} songs per {window} for each member"),
    Whose.CHANNEL: NN_("{n} song per {window} in each channel", "{n} songs per {window} in each channel"),
    Whose.SERVER: NN_(
        "{n} song per {window} for the whole server", "{n} songs per {window} for the whole server"
    ),
    Whose.PERSON: NN_(
        "{n} song per {window} for each person outside my servers",
        "{n} songs per {window} for each person outside my servers",
    ),
    Whose.EVERYBODY: NN_(
        "{n} song per {window} for everyone together",
        "{n} songs per {window} for everyone together",
    ),
}
_AT_ONCE = {
    Whose.MEMBER: NN_("{n} song at a time for each member", "{n} songs at a time for each member"),
    Whose.CHANNEL: NN_("{n} song at a time in each channel", "{n} songs at a time in each channel"),
    Whose.SERVER: NN_("{n} song at a time for the whole server", "{n} songs at a time for the whole server"),
    Whose.PERSON: NN_(
        "{n} song at a time for each person outside my servers",
        "{n} songs at a time for each person outside my servers",
    ),
    Whose.EVERYBODY: NN_("{n} request in the queue", "{n} requests in the queue"),
}
_CHOICES = {
    (Whose.MEMBER, Measure.WINDOWS): N_("each member"),
    (Whose.MEMBER, Measure.AT_ONCE): N_("each member, songs at a time"),
    (Whose.MEMBER, Measure.INTERVAL): N_("cooldown between a member's songs"),
    (Whose.CHANNEL, Measure.WINDOWS): N_("each channel"),
    (Whose.CHANNEL, Measure.AT_ONCE): N_("each channel, songs at a time"),
    (Whose.SERVER, Measure.WINDOWS): N_("whole server"),
    (Whose.SERVER, Measure.AT_ONCE): N_("whole server, songs at a time"),
}

OPERATOR_RULES = tuple(rule for rule in Rule if rule.field is None)


def describe(limit: Limit) -> str:
    """The limit in words: `5 songs per hour for each member`."""
    if limit.window_s is None:
        return formatting.plural(limit.songs, *_AT_ONCE[limit.rule.whose])
    if limit.rule is Rule.COOLDOWN:
        return _("{time} between a member's songs", time=formatting.wait(limit.window_s))
    texts = _EACH_SERVER if limit.rule is Rule.OPERATOR_SERVER_DAY else _PER_WINDOW[limit.rule.whose]
    return formatting.plural(limit.songs, *texts, window=window(limit.window_s, zone=limit.zone))


def choice_name(rule: Rule) -> str:
    """A kind of limit as a choice of `/config limit`, and as the settings name it."""
    return _(_CHOICES[rule.whose, rule.measure])


def window(window_s: int, *, zone: str | None = None) -> str:
    """A time window in words, to follow "per": `hour`, `24 hours`, `7 days`, `1 h 30 min`; in a time zone `day`."""
    if zone is not None and window_s == DAY_S:
        # Translators: a calendar day; follows “per”.
        return pgettext("per", "day")
    if window_s == HOUR_S:
        # Translators: follows “per”, as do the numbers of hours and days.
        return pgettext("per", "hour")
    if window_s != DAY_S and window_s % DAY_S == 0:
        return formatting.plural(window_s // DAY_S, "{n} day", "{n} days")
    if window_s % HOUR_S == 0:
        return formatting.plural(window_s // HOUR_S, "{n} hour", "{n} hours")
    return formatting.wait(window_s)


def limit_reached(usages: Sequence[LimitUsage]) -> Reply:
    """The refusal of a request: which limit, who set it, and when the next request is admitted."""
    used_up = [each for each in usages if each.left == 0]
    # Of several, the one that holds longest: the time given for the next request must be right.
    first = longest_refusal(usages)
    if first is None:
        raise ValueError("no limit is used up")
    others = [f"- {_with_time(each)}" for each in used_up if each is not first]
    text = content(
        paragraph(_headline(first.limit), _("Nothing was spent.")),
        _next_step(first),
        "\n".join([_("Also reached:"), *others]) if others else "",
        _("To see all limits that apply to you, use `/limits`."),
    )
    return Reply(text)


def own_limits(preview: AdmissionPreview, *, is_direct: bool = False) -> Reply:
    """The answer to /limits; `is_direct`: in a direct message."""
    refusal = _refusal_reason(preview, is_own=True)
    text = paragraph(
        _("You can't request a song here right now: {refusal}", refusal=refusal)
        if refusal
        else _("You can request a song here now."),
        _("Songs in this channel are private drafts, so only you see yours.") if preview.is_draft else "",
    )
    title = _("Your limits in direct messages") if is_direct else _("Your limits in this channel")
    return usage(preview.limits, title=title, text=text)


def simulated(preview: AdmissionPreview, member_id: int, channel_id: int) -> Reply:
    """The answer to /config simulate: the same for another member."""
    refusal = _refusal_reason(preview)
    member, channel = formatting.user_mention(member_id), formatting.channel_mention(channel_id)
    if refusal:
        text = _(
            "{member} **can't** request a song in {channel} right now: {refusal}",
            member=member,
            channel=channel,
            refusal=refusal,
        )
    elif preview.is_draft:
        text = _(
            "{member} **can** request a song in {channel} now, as a private draft that only they see.",
            member=member,
            channel=channel,
        )
    else:
        text = _("{member} **can** request a song in {channel} now.", member=member, channel=channel)
    return usage(preview.limits, title=_("Limits of a member"), text=text)


def usage(usages: Iterable[LimitUsage], *, title: str, text: str = "") -> Reply:
    """Every limit that applies to somebody, and how much of it is left."""
    usages = list(usages)
    zone = next((each.limit.zone for each in usages if each.limit.zone is not None), None)
    embed = build_embed(
        title=title,
        colour=Colour.NEUTRAL,
        body=[text, _("Failed and canceled songs don't count.")],
        fields=[EmbedField(_title(each.limit), _usage_text(each), inline=False) for each in usages],
        footer=_("Limits use rolling windows: a song stops counting once it's older than the window")
        if zone is None
        else _("Limits per day start over at midnight ({zone}). All others use rolling windows", zone=zone),
    )
    return Reply(embeds=(embed,))


def member_blocked() -> Reply:
    """The admins have blocked the member."""
    return _refusal(
        _("The admins of this server have blocked you from requesting songs."),
        _(
            "If you think that's a mistake, ask one of them: they can allow you again with `/config member allow`."
        ),
    )


def role_blocked() -> Reply:
    """The member has a blocked role."""
    return _refusal(
        _("The admins of this server don't let one of your roles request songs."),
        _("If you think that's a mistake, ask them."),
    )


def channel_closed(channels: Channels) -> Reply:
    """The admins allow no songs in this channel."""
    if channels.mode is ChannelMode.DENY:
        return _refusal(
            _("The admins don't allow songs in this channel."),
            _("Request it in another channel; that works right away."),
        )
    named = formatting.listed(map(formatting.channel_mention, sorted(channels.ids)[:MAX_CHANNELS_NAMED]))
    return _refusal(
        _("The admins don't allow songs in this channel."),
        _("Request it in {channels}; that works right away.", channels=named),
    )


def prompt_blocked(phrase: str) -> Reply:
    """The prompt contains a blocked word or phrase."""
    shown = code(clamp(plain(phrase), MAX_PHRASE_UNITS))
    return _refusal(
        _("The admins of this server block {word}, which is in your prompt.", word=shown),
        _("Reword your prompt and try again right away."),
    )


def private_forbidden() -> Reply:
    """Private drafts are forbidden on this server."""
    return _refusal(
        _("The admins of this server don't allow private drafts."),
        _("Request the song without `private`, and I'll post it in the channel. That works right away."),
    )


def _refusal_reason(preview: AdmissionPreview, *, is_own: bool = False) -> str:
    """Why the next request would be refused, told to the member (`is_own`) or an admin; empty if it would be admitted."""
    match preview.refusal:
        case MemberBlocked():
            # Translators: follows “right now: ”.
            return (
                _("the admins have blocked you. They can allow you again with `/config member allow`.")
                if is_own
                else _("they're blocked. To allow them again, use `/config member allow`.")
            )
        case RoleBlocked():
            # Translators: follows “right now: ”.
            return (
                _("the admins don't let one of your roles request songs.")
                if is_own
                else _("the admins don't let one of their roles request songs.")
            )
        case ChannelClosed():
            return _("the admins don't allow songs in this channel.")
        case _:
            pass
    first = longest_refusal(preview.limits)
    return "" if first is None else _("{limit}.", limit=_with_time(first))


def _refusal(reason: str, next_step: str) -> Reply:
    return Reply(content(paragraph(reason, _("Nothing was spent.")), next_step))


def _headline(limit: Limit) -> str:
    if limit.rule is Rule.QUEUE:
        return _(
            "I can't take your request right now because my queue is full: {limit}.", limit=describe(limit)
        )
    if limit.rule in OPERATOR_RULES:
        return _("I can't take your request right now. Operator limit: {limit}.", limit=describe(limit))
    return _("I can't take your request right now. Server limit: {limit}.", limit=describe(limit))


def _next_step(each: LimitUsage) -> str:
    if each.frees_at is not None:
        moment = each.frees_at + ROUNDING
        if each.limit.zone is not None:
            return _(
                "The day ends {time} ({date}, midnight in {zone}). Then you can request a song again.",
                time=formatting.timestamp(moment),
                date=formatting.timestamp(moment, "f"),
                zone=each.limit.zone,
            )
        return _(
            "You can request a song again {time} ({date}).",
            time=formatting.timestamp(moment),
            date=formatting.timestamp(moment, "f"),
        )
    if each.limit.rule.whose is Whose.EVERYBODY:
        return _("Try again in a few minutes.")
    if each.limit.rule.whose in (Whose.MEMBER, Whose.PERSON):
        return _("Try again when one of your songs is done. To see them, use `/songs list`.")
    return _("Try again when one of the songs in progress is done.")


def _with_time(each: LimitUsage) -> str:
    """The limit, and when it allows another song."""
    limit = describe(each.limit)
    return (
        limit
        if each.frees_at is None
        else _("{limit} (next one {time})", limit=limit, time=formatting.timestamp(each.frees_at + ROUNDING))
    )


def _title(limit: Limit) -> str:
    return (
        _("{limit} (operator limit)", limit=describe(limit))
        if limit.rule in OPERATOR_RULES
        else describe(limit)
    )


def _usage_text(each: LimitUsage) -> str:
    if each.limit.rule is Rule.COOLDOWN:
        return (
            _("Next song {time}", time=formatting.timestamp(each.frees_at + ROUNDING))
            if each.frees_at is not None
            else _("No wait right now")
        )
    # Translators: two numbers of songs.
    left = _("**{left}** left, {used} used", left=each.left, used=each.used)
    if each.frees_at is None:
        return left
    if each.limit.zone is not None:
        return _(
            "{left} · the day ends {time}", left=left, time=formatting.timestamp(each.frees_at + ROUNDING)
        )
    return _(
        "{left} · next one available {time}", left=left, time=formatting.timestamp(each.frees_at + ROUNDING)
    )

"""The report of /config doctor: the bot's permissions, what fails without them, the channel for results, Whisul's API."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.channel_checks import ChannelCheck
from bot.discord_io.message import Reply
from bot.replies import channels, formatting
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.permissions import PERMISSIONS, labels
from bot.services.server_settings import ApiState, BotHealth

MAX_CHANNELS_NAMED = 20

_API = {
    ApiState.HEALTHY: "✅ answers, and accepts this bot's key",
    ApiState.PAUSED: "⏳ asked for a pause, so I did not ask it now; songs wait and go on by themselves",
    ApiState.KEY_REFUSED: "❌ refuses this bot's key: its operator has to renew it. Songs wait until then",
    ApiState.NO_CREDIT: (
        "❌ says that this bot's account is out of credit: its operator has to top it up. "
        "New songs wait until then, running ones go on"
    ),
    ApiState.UNAVAILABLE: "❌ says that it can't serve at the moment. Songs wait and go on by themselves",
    ApiState.UNREACHABLE: "❌ is out of reach. Songs wait and go on by themselves",
    ApiState.UNEXPECTED: "❌ answers in a way that I don't understand: tell the bot's operator",
}


_GRANT = (
    "To grant a permission: open the channel's settings, **Permissions**, add this bot or its role, and tick it. "
    "It works from that moment on."
)


def channel_report(
    check: ChannelCheck,
    *,
    results: ChannelCheck | None,
    health: BotHealth,
    timed_out_until: datetime | None = None,
) -> Reply:
    """The report of one channel: every permission, with a tick or what fails without it.

    `timed_out_until`: when the bot's time-out ends, which takes the permissions to send.
    """
    names = [name for name in PERMISSIONS if _is_relevant(check, name)]
    lines = [_permission_line(name, is_granted=name not in check.lacking) for name in names]
    field = EmbedField("What I may do in this channel", "\n".join(lines), inline=False)
    is_well = not any(name in check.lacking for name in names)
    how = _GRANT if timed_out_until is None else _timed_out(timed_out_until)
    return _report([field], is_well=is_well, results=results, health=health, how=how)


def server_report(
    checks: Sequence[ChannelCheck],
    *,
    seen: int,
    results: ChannelCheck | None,
    health: BotHealth,
    timed_out_until: datetime | None = None,
) -> Reply:
    """The report of all `seen` channels: only what is missing, by permission. `timed_out_until` as above."""
    fields: list[EmbedField] = []
    for name, text in PERMISSIONS.items():
        if ids := [each.channel_id for each in checks if name in each.lacking and _is_relevant(each, name)]:
            value = f"Without it, {text.without}.\nMissing in {_channel_list(ids)}"
            fields.append(EmbedField(f"❌ {text.label}", value, inline=False))
    is_well = not fields
    if is_well:
        value = f"✅ Everything that I need, in all {seen:,} channels."
        fields = [EmbedField("What I may do", value, inline=False)]
    if timed_out_until is not None:
        return _report(
            fields, is_well=is_well, results=results, health=health, how=_timed_out(timed_out_until)
        )
    return _report(
        fields, is_well=is_well, results=results, health=health, unwell="Some channels lack something"
    )


def why_no_results(results: ChannelCheck) -> str:
    """Why the channel for results is unusable, for the faults of an imported file."""
    if results.is_gone:
        return "there is no such channel on this server that I can see"
    if results.kind is not None and not results.takes_results:
        return f"this is {channels.without_messages(results.kind.name)}: name a channel or thread that does"
    if results.lacks_tag:
        return "every post there needs a tag, and there is none that I may give"
    return f"I lack {labels(results.lacking)} there"


def _report(
    fields: list[EmbedField],
    *,
    is_well: bool,
    results: ChannelCheck | None,
    health: BotHealth,
    unwell: str = "Something is wrong",
    how: str = _GRANT,
) -> Reply:
    """`unwell` is the title if nothing but permissions is missing: the bot may not be wanted in every channel.

    `how` says how to put it right.
    """
    is_served = (results is None or results.holds_results) and health.api in (
        ApiState.HEALTHY,
        ApiState.PAUSED,
    )
    has_fault = not (is_well and is_served)
    unwell = unwell if is_served else "Something is wrong"
    embed = build_embed(
        title=unwell if has_fault else "Everything works",
        colour=Colour.FAILURE if has_fault else Colour.SONG,
        body=["" if is_well else how],
        fields=[
            *fields,
            EmbedField("Finished songs", _results_text(results), inline=False),
            EmbedField("Whisul", _API[health.api], inline=False),
            EmbedField("Last song posted here", _last_post(health)),
            EmbedField("Songs of this server", f"{health.waiting:,} waiting, {health.running:,} being made"),
        ],
        footer="This check cost nothing",
    )
    return Reply(embeds=(embed,))


def _timed_out(until: datetime) -> str:
    return (
        f"I am in a time-out, which ends {formatting.timestamp(until)}: until then I may only read, whatever is granted. "
        "Somebody who may time out members can end it before, in the list of members."
    )


def _permission_line(name: str, *, is_granted: bool) -> str:
    text = PERMISSIONS[name]
    return f"✅ {text.label}" if is_granted else f"❌ **{text.label}**: without it, {text.without}"


def _is_relevant(check: ChannelCheck, name: str) -> bool:
    """Whether to report a missing permission: not if it has no effect there, or is implied by another missing one."""
    if name == "view_channel":
        return True
    if "view_channel" in check.lacking or (check.in_threads and name == "send_messages"):
        return False
    send = "send_messages_in_threads" if check.in_threads else "send_messages"
    return name not in ("embed_links", "attach_files") or send not in check.lacking


def _channel_list(ids: Sequence[int]) -> str:
    more = len(ids) - MAX_CHANNELS_NAMED
    named = ", ".join(map(formatting.channel_mention, ids[:MAX_CHANNELS_NAMED]))
    return f"{named} and {more:,} more" if more > 0 else named


def _results_text(results: ChannelCheck | None) -> str:
    if results is None:
        return "are posted where they were asked for"
    where = formatting.channel_mention(results.channel_id)
    if results.holds_results:
        return f"✅ are posted in {where}"
    return f"❌ should be posted in {where}, but {_results_fault(results)} Until then they are posted where they were asked for."


def _results_fault(results: ChannelCheck) -> str:
    """Why finished songs cannot be posted in the channel for results, and the remedy."""
    if results.is_gone:
        return "there is no such channel any more. Choose another one with `/config results`."
    if results.kind is not None and not results.takes_results:
        reason = channels.without_messages(results.kind.name)
        return f"that is {reason}. Choose another one with `/config results`."
    if results.lacks_tag and not results.lacking:
        return (
            "every post there needs a tag, and there is none that I may give. Add one that everybody may use, or give me "
            "**Manage Threads** there."
        )
    named = labels(name for name in results.lacking if _is_relevant(results, name))
    return f"there I lack {named}. Grant that in its settings under **Permissions**."


def _last_post(health: BotHealth) -> str:
    job = health.last_post
    return "none yet" if job is None or job.delivered_at is None else formatting.timestamp(job.delivered_at)

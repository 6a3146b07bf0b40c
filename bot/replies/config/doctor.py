"""The report of /config doctor: the bot's permissions, what fails without them, the channel for results, Whisul's API."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.channel_checks import ChannelCheck
from bot.discord_io.message import Reply
from bot.replies import channels, formatting
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, _
from bot.replies.permissions import PERMISSIONS, labels
from bot.replies.text import paragraph
from bot.services.server_settings import ApiState, BotHealth

MAX_CHANNELS_NAMED = 20

_API = {
    ApiState.HEALTHY: N_("✅ Whisul accepts my API key."),
    ApiState.PAUSED: N_(
        "⏳ Whisul asked me to pause, so I didn't check. Songs wait and then continue on their own."
    ),
    ApiState.KEY_REFUSED: N_("❌ Whisul rejects my API key. Songs wait until the operator renews it."),
    ApiState.NO_CREDIT: N_(
        "❌ My Whisul account is out of credit. New songs wait until the operator tops it up; "
        "songs in progress continue."
    ),
    ApiState.UNAVAILABLE: N_(
        "❌ Whisul is unavailable right now. Songs wait and then continue on their own."
    ),
    ApiState.UNREACHABLE: N_("❌ I can't reach Whisul. Songs wait and then continue on their own."),
    ApiState.UNEXPECTED: N_("❌ I don't understand Whisul's answer. Tell the operator."),
}


_UNWELL = N_("Something needs fixing")
_GRANT = N_(
    "To grant a permission, open the channel settings, go to **Permissions**, add me or my "
    "role, and turn the permission on. It takes effect right away."
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
    field = EmbedField(_("My permissions in this channel"), "\n".join(lines), inline=False)
    is_well = not any(name in check.lacking for name in names)
    how = None if timed_out_until is None else _timed_out(timed_out_until)
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
            value = _(
                "Without it, {effect}.\nMissing in {channels}.",
                effect=_(text.without),
                channels=_channel_list(ids),
            )
            fields.append(EmbedField(f"❌ {_(text.label)}", value, inline=False))
    is_well = not fields
    if is_well:
        value = formatting.plural(
            seen,
            "✅ I have all the permissions I need in {n} channel.",
            "✅ I have all the permissions I need in all {n} channels.",
        )
        fields = [EmbedField(_("My permissions"), value, inline=False)]
    if timed_out_until is not None:
        return _report(
            fields, is_well=is_well, results=results, health=health, how=_timed_out(timed_out_until)
        )
    return _report(
        fields,
        is_well=is_well,
        results=results,
        health=health,
        unwell=N_("Permissions are missing in some channels"),
    )


def why_no_results(results: ChannelCheck) -> str:
    """Why the channel for results is unusable, as a sentence for the faults of an imported file."""
    if results.is_gone:
        return _("I can't see that channel on this server.")
    if results.kind is not None and not results.takes_results:
        where = formatting.channel_mention(results.channel_id)
        return _("{reason}.", reason=channels.without_messages(where, results.kind.name))
    if results.lacks_tag:
        return _("Every post there needs a tag, and there's none that I can use.")
    return _("I'm missing {permissions} there.", permissions=labels(_relevant(results)))


def _report(
    fields: list[EmbedField],
    *,
    is_well: bool,
    results: ChannelCheck | None,
    health: BotHealth,
    unwell: str = _UNWELL,
    how: str | None = None,
) -> Reply:
    """`unwell` is the title, not translated yet, if nothing but permissions is missing: the bot may not be wanted in every channel.

    `how` says how to fix it, by default how to grant a permission.
    """
    is_served = (results is None or results.holds_results) and health.api in (
        ApiState.HEALTHY,
        ApiState.PAUSED,
    )
    has_fault = not (is_well and is_served)
    unwell = unwell if is_served else _UNWELL
    embed = build_embed(
        title=_(unwell) if has_fault else _("Everything works"),
        colour=Colour.FAILURE if has_fault else Colour.SONG,
        body=["" if is_well else how or _(_GRANT)],
        fields=[
            *fields,
            EmbedField(_("Finished songs"), _results_text(results), inline=False),
            EmbedField("Whisul", _(_API[health.api]), inline=False),
            EmbedField(_("Last song posted here"), _last_post(health)),
            EmbedField(
                _("Songs on this server"),
                _(
                    "{waiting} in the queue, {running} in progress",
                    waiting=health.waiting,
                    running=health.running,
                ),
            ),
        ],
        footer=_("This check cost nothing"),
    )
    return Reply(embeds=(embed,))


def _timed_out(until: datetime) -> str:
    return _(
        "I'm in a timeout, which ends {time}. Until then I can only read, whatever my "
        "permissions. Somebody with **Timeout Members** can end it earlier.",
        time=formatting.timestamp(until),
    )


def _permission_line(name: str, *, is_granted: bool) -> str:
    text = PERMISSIONS[name]
    return (
        f"✅ {_(text.label)}"
        if is_granted
        else _("❌ **{permission}**: without it, {effect}.", permission=_(text.label), effect=_(text.without))
    )


def _is_relevant(check: ChannelCheck, name: str) -> bool:
    """Whether to report a missing permission: not if it has no effect there, or is implied by another missing one."""
    if name == "view_channel":
        return True
    if "view_channel" in check.lacking or (check.in_threads and name == "send_messages"):
        return False
    send = "send_messages_in_threads" if check.in_threads else "send_messages"
    return name not in ("embed_links", "attach_files") or send not in check.lacking


def _relevant(check: ChannelCheck) -> list[str]:
    """The missing permissions to report."""
    return [name for name in check.lacking if _is_relevant(check, name)]


def _channel_list(ids: Sequence[int]) -> str:
    more = len(ids) - MAX_CHANNELS_NAMED
    named = formatting.listed(map(formatting.channel_mention, ids[:MAX_CHANNELS_NAMED]))
    return _("{list} and {count} more", list=named, count=more) if more > 0 else named


def _results_text(results: ChannelCheck | None) -> str:
    if results is None:
        return _("I post them where members request them.")
    where = formatting.channel_mention(results.channel_id)
    if results.holds_results:
        return _("✅ I post them in {channel}.", channel=where)
    return paragraph(
        f"❌ {_results_fault(results, where)}", _("Until then, I post them where members request them.")
    )


def _results_fault(results: ChannelCheck, where: str) -> str:
    """Why finished songs cannot be posted in the channel for results, and the remedy."""
    if results.is_gone:
        return _("{channel} no longer exists. Choose another channel with `/config results`.", channel=where)
    if results.kind is not None and not results.takes_results:
        reason = channels.without_messages(where, results.kind.name)
        return _("{reason}. Choose another channel with `/config results`.", reason=reason)
    if results.lacks_tag and not results.lacking:
        return _(
            "Every post in {channel} needs a tag, and there's none that I can use. Add a tag that "
            "everyone can use, or give me **Manage Threads** there.",
            channel=where,
        )
    named = labels(_relevant(results))
    return _(
        "I'm missing {permissions} in {channel}. Grant it in the channel settings, under **Permissions**.",
        permissions=named,
        channel=where,
    )


def _last_post(health: BotHealth) -> str:
    job = health.last_post
    return (
        _("None yet") if job is None or job.delivered_at is None else formatting.timestamp(job.delivered_at)
    )

"""What /config doctor finds: what the bot may do where, what breaks without it, and how its surroundings are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.administration import ApiState, Health
from bot.replies import figures, parts
from bot.replies.reply import Reply
from bot.replies.sheet import Colour, Fact, sheet

MOST_CHANNELS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Right:
    """A permission as people know it, and what does not work without it."""

    label: str
    without: str


RIGHTS = {
    "view_channel": Right("View Channel", "I can do nothing there, and songs go to direct messages"),
    "send_messages": Right("Send Messages", "no song can be asked for or posted"),
    "send_messages_in_threads": Right("Send Messages in Threads", "the same, in threads"),
    "embed_links": Right("Embed Links", "songs can't be shown with their details and cover"),
    "attach_files": Right("Attach Files", "songs are posted without cover and player, as links only"),
    "read_message_history": Right(
        "Read Message History", "I can't reply to the request, nor find a post again after a crash"
    ),
}
"""What the bot needs in a channel, by discord.py's names."""

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
    ApiState.ODD: "❌ answers in a way that I don't understand: tell the bot's operator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the bot lacks in a channel, by discord.py's names; nothing where all is well."""

    channel_id: int
    lacking: tuple[str, ...]
    is_thread: bool = False


def here(finding: Finding, *, results: Finding | None, health: Health) -> Reply:
    """One channel: every permission with a tick or what breaks."""
    lines = [_line(name, is_there=name not in finding.lacking) for name in RIGHTS if _can_tell(finding, name)]
    rights = Fact("What I may do in this channel", "\n".join(lines), inline=False)
    ill = [name for name in finding.lacking if _can_tell(finding, name)]
    return _report([rights], is_well=not ill, results=results, health=health)


def everywhere(findings: Sequence[Finding], *, seen: int, results: Finding | None, health: Health) -> Reply:
    """All channels: only what is missing, by permission."""
    ill: Mapping[str, list[int]] = {
        name: [each.channel_id for each in findings if name in each.lacking and _can_tell(each, name)]
        for name in RIGHTS
    }
    facts = [
        Fact(
            f"❌ {RIGHTS[name].label}",
            f"Without it, {RIGHTS[name].without}.\nMissing in {_channels(ids)}",
            inline=False,
        )
        for name, ids in ill.items()
        if ids
    ]
    if not facts:
        facts = [Fact("What I may do", f"✅ Everything that I need, in all {seen:,} channels.", inline=False)]
    is_well = not any(ill.values())
    return _report(
        facts, is_well=is_well, results=results, health=health, unwell="Some channels lack something"
    )


def _report(
    facts: list[Fact],
    *,
    is_well: bool,
    results: Finding | None,
    health: Health,
    unwell: str = "Something is wrong",
) -> Reply:
    """`unwell` is the title when only permissions are lacking: in some channels the bot may not be wanted."""
    is_served = not (results and results.lacking) and health.api in (ApiState.HEALTHY, ApiState.PAUSED)
    ill = not (is_well and is_served)
    unwell = unwell if is_served else "Something is wrong"
    return Reply(
        embeds=(
            sheet(
                title=unwell if ill else "Everything works",
                colour=Colour.FAILURE if ill else Colour.SONG,
                body=[
                    ""
                    if is_well
                    else "To grant a permission: open the channel's settings, **Permissions**, add this bot or its role, "
                    "and tick it. It works from that moment on."
                ],
                facts=[
                    *facts,
                    _results(results),
                    Fact("Whisul", _API[health.api], inline=False),
                    Fact("Last song posted here", _last_post(health)),
                    Fact(
                        "Songs of this server", f"{health.waiting:,} waiting, {health.running:,} being made"
                    ),
                ],
                footer="This check cost nothing",
            ),
        )
    )


def _line(name: str, *, is_there: bool) -> str:
    right = RIGHTS[name]
    return f"✅ {right.label}" if is_there else f"❌ **{right.label}**: without it, {right.without}"


def _can_tell(finding: Finding, name: str) -> bool:
    """Whether this permission matters there, and is a finding of its own: Discord takes some away with others."""
    if name == "view_channel":
        return True
    if "view_channel" in finding.lacking or (finding.is_thread and name == "send_messages"):
        return False
    sends = "send_messages_in_threads" if finding.is_thread else "send_messages"
    return name not in ("embed_links", "attach_files") or sends not in finding.lacking


def _channels(ids: Sequence[int]) -> str:
    more = len(ids) - MOST_CHANNELS_NAMED
    named = ", ".join(map(parts.channel, ids[:MOST_CHANNELS_NAMED]))
    return f"{named} and {more:,} more" if more > 0 else named


def _results(results: Finding | None) -> Fact:
    if results is None:
        return Fact("Finished songs", "are posted where they were asked for", inline=False)
    where = parts.channel(results.channel_id)
    if not results.lacking:
        return Fact("Finished songs", f"✅ are posted in {where}", inline=False)
    named = ", ".join(RIGHTS[name].label for name in results.lacking if _can_tell(results, name))
    return Fact(
        "Finished songs",
        f"❌ should be posted in {where}, but there I lack {named}. They are posted where they were asked for.",
        inline=False,
    )


def _last_post(health: Health) -> str:
    job = health.last_post
    return "none yet" if job is None or job.delivered_at is None else figures.when(job.delivered_at)

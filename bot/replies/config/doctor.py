"""What /config doctor finds: what the bot may do where, what breaks without it, and how its surroundings are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discord import ChannelType

from bot.discord_io.channel_kinds import POST_CHANNELS, RESULTS, THREADS
from bot.discord_io.message import Reply
from bot.replies import channels, formatting, job_text
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.services.server_settings import ApiState, BotHealth

MAX_CHANNELS_NAMED = 20


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
    ApiState.UNEXPECTED: "❌ answers in a way that I don't understand: tell the bot's operator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """What the bot lacks in a channel, by discord.py's names; nothing where all is well.

    `kind` is None where it is not known, `is_gone` says that the server has no such channel any more.
    """

    channel_id: int
    lacking: tuple[str, ...] = ()
    kind: ChannelType | None = None
    is_gone: bool = False

    @property
    def in_threads(self) -> bool:
        """Whether the bot sends to threads there."""
        return self.kind in (*THREADS, *POST_CHANNELS)

    @property
    def takes_messages(self) -> bool:
        """Whether messages can be sent to this kind of channel at all."""
        return self.kind is None or self.kind in RESULTS

    @property
    def holds_results(self) -> bool:
        """Whether finished songs can be posted there."""
        return self.takes_messages and not (self.lacking or self.is_gone)


def channel_report(finding: ChannelCheck, *, results: ChannelCheck | None, health: BotHealth) -> Reply:
    """One channel: every permission with a tick or what breaks."""
    lines = [
        _line(name, is_there=name not in finding.lacking) for name in RIGHTS if _is_relevant(finding, name)
    ]
    rights = EmbedField("What I may do in this channel", "\n".join(lines), inline=False)
    ill = [name for name in finding.lacking if _is_relevant(finding, name)]
    return _report([rights], is_well=not ill, results=results, health=health)


def server_report(
    findings: Sequence[ChannelCheck], *, seen: int, results: ChannelCheck | None, health: BotHealth
) -> Reply:
    """All channels: only what is missing, by permission."""
    ill: Mapping[str, list[int]] = {
        name: [each.channel_id for each in findings if name in each.lacking and _is_relevant(each, name)]
        for name in RIGHTS
    }
    facts = [
        EmbedField(
            f"❌ {RIGHTS[name].label}",
            f"Without it, {RIGHTS[name].without}.\nMissing in {_channels(ids)}",
            inline=False,
        )
        for name, ids in ill.items()
        if ids
    ]
    if not facts:
        facts = [
            EmbedField("What I may do", f"✅ Everything that I need, in all {seen:,} channels.", inline=False)
        ]
    is_well = not any(ill.values())
    return _report(
        facts, is_well=is_well, results=results, health=health, unwell="Some channels lack something"
    )


def _report(
    facts: list[EmbedField],
    *,
    is_well: bool,
    results: ChannelCheck | None,
    health: BotHealth,
    unwell: str = "Something is wrong",
) -> Reply:
    """`unwell` is the title when only permissions are lacking: in some channels the bot may not be wanted."""
    is_served = (results is None or results.holds_results) and health.api in (
        ApiState.HEALTHY,
        ApiState.PAUSED,
    )
    ill = not (is_well and is_served)
    unwell = unwell if is_served else "Something is wrong"
    return Reply(
        embeds=(
            build_embed(
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
                    EmbedField("Whisul", _API[health.api], inline=False),
                    EmbedField("Last song posted here", _last_post(health)),
                    EmbedField(
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


def _is_relevant(finding: ChannelCheck, name: str) -> bool:
    """Whether this permission matters there, and is a finding of its own: Discord takes some away with others."""
    if name == "view_channel":
        return True
    if "view_channel" in finding.lacking or (finding.in_threads and name == "send_messages"):
        return False
    sends = "send_messages_in_threads" if finding.in_threads else "send_messages"
    return name not in ("embed_links", "attach_files") or sends not in finding.lacking


def _channels(ids: Sequence[int]) -> str:
    more = len(ids) - MAX_CHANNELS_NAMED
    named = ", ".join(map(job_text.channel_mention, ids[:MAX_CHANNELS_NAMED]))
    return f"{named} and {more:,} more" if more > 0 else named


def _results(results: ChannelCheck | None) -> EmbedField:
    if results is None:
        return EmbedField("Finished songs", "are posted where they were asked for", inline=False)
    where = job_text.channel_mention(results.channel_id)
    if results.holds_results:
        return EmbedField("Finished songs", f"✅ are posted in {where}", inline=False)
    return EmbedField(
        "Finished songs",
        f"❌ should be posted in {where}, but {_why_no_results(results)} Until then they are posted where they were asked for.",
        inline=False,
    )


def why_no_results(results: ChannelCheck) -> str:
    """The same as a line about a file: `this is a forum, which takes no messages`."""
    if results.is_gone:
        return "there is no such channel on this server that I can see"
    if results.kind is not None and not results.takes_messages:
        return f"this is {channels.without_messages(results.kind.name)}: name a channel or thread that does"
    named = ", ".join(RIGHTS[name].label for name in results.lacking)
    return f"I lack {named} there"


def _why_no_results(results: ChannelCheck) -> str:
    """Why finished songs cannot be posted in the channel for them, and the remedy."""
    if results.is_gone:
        return "there is no such channel any more. Choose another one with `/config results`."
    if results.kind is not None and not results.takes_messages:
        reason = channels.without_messages(results.kind.name)
        return f"that is {reason}. Choose another one with `/config results`."
    named = ", ".join(RIGHTS[name].label for name in results.lacking if _is_relevant(results, name))
    return f"there I lack {named}. Grant that in its settings under **Permissions**."


def _last_post(health: BotHealth) -> str:
    job = health.last_post
    return "none yet" if job is None or job.delivered_at is None else formatting.timestamp(job.delivered_at)

"""Ephemeral answers to admins when a change of the settings was not made. Changes are atomic: nothing is half done."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.message import Reply
from bot.replies import channels, formatting
from bot.replies.permissions import PERMISSIONS
from bot.replies.text import clamp, content, escape_line

MAX_FAULT_UNITS = 250
UNCHANGED = "Nothing was changed."


def managers_only() -> Reply:
    """The user lacks Manage Server."""
    return _text(
        f"Only members who may manage this server (**Manage Server**) can do that. {UNCHANGED}",
        "`/limits` shows what applies to you.",
    )


def policy_invalid(faults: Sequence[str]) -> Reply:
    """The new settings are invalid; one line for each fault."""
    lines = [f"- {clamp(escape_line(fault), MAX_FAULT_UNITS)}" for fault in faults]
    return _text(
        f"I can't set that. {UNCHANGED}",
        "\n".join(lines),
        "Put it right and send it again; you can do so right away.",
    )


def policy_unchanged() -> Reply:
    """The settings are already as requested."""
    return _text(f"It is set like that already. {UNCHANGED}", "`/config show` shows everything that is set.")


def proposal_gone() -> Reply:
    """The proposal was saved or cancelled, or has expired."""
    return _text(
        f"This change has been saved or cancelled already, or is older than 7 days. {UNCHANGED}",
        "`/config log` shows what was saved. To make the change, use the command again.",
    )


def proposal_stale(changed_by: int, changed_at: datetime) -> Reply:
    """Another change was made after the proposal."""
    return _text(
        f"{formatting.user_mention(changed_by)} has changed the settings {formatting.timestamp(changed_at)}, after this was proposed, "
        f"so what you saw is not true any more. {UNCHANGED}",
        "Use the command again to see what it would do now.",
    )


def nothing_to_undo() -> Reply:
    """Every change has been undone already."""
    return _text("There is no change that could be taken back.", "`/config log` shows the changes so far.")


def results_impossible(
    channel_id: int, lacking: Sequence[str], *, kind: str | None = None, lacks_tag: bool = False
) -> Reply:
    """The bot cannot post finished songs in the channel. Names are discord.py's.

    `kind` is given if the channel takes no messages; `lacks_tag` for a forum without the tag that each post needs; otherwise
    `lacking` is empty if the bot does not see the channel.
    """
    where = formatting.channel_mention(channel_id)
    if kind is not None:
        return _text(
            f"Songs can't be posted in {where}: {where} is {channels.without_messages(kind)}. {UNCHANGED}",
            "Choose a text, announcement, voice, stage, forum or media channel, or a thread, and set it again.",
        )
    if lacks_tag:
        return _text(
            f"I can't post songs in {where}: every post there needs a tag, and there is none that I may give. {UNCHANGED}",
            "Add a tag that everybody may use in the channel's settings, or give me **Manage Threads** there, and set it again.",
        )
    if not lacking:
        return _text(
            f"I can't see the channel {where} on this server, so songs can't be posted there. {UNCHANGED}",
            "Choose a channel of this server in which I have **View Channel**, and set it again.",
        )
    named = ", ".join(f"**{PERMISSIONS[name].label}**" for name in lacking)
    return _text(
        f"I can't post songs in {where}, because I lack {named} there. {UNCHANGED}",
        "Grant that in the channel's settings under Permissions, and set it again.",
    )


def unreadable_file() -> Reply:
    """The attached file could not be downloaded from Discord."""
    return _text(f"I could not fetch the file from Discord. {UNCHANGED}", "Attach it again in a minute.")


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))

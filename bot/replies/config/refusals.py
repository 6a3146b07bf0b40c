"""Ephemeral answers to admins when a change of the settings was not made. Changes are atomic: nothing is half done."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.message import Reply
from bot.domain.policy.faults import Fault
from bot.replies import channels, formatting
from bot.replies.config import faults
from bot.replies.permissions import PERMISSIONS
from bot.replies.text import clamp, content

MAX_FAULTS = 10
MAX_FAULT_UNITS = 250
UNCHANGED = "Nothing was changed."


def managers_only() -> Reply:
    """The user lacks Manage Server."""
    return _text(
        f"You can't do that because you don't have **Manage Server** here. {UNCHANGED}",
        "To see the limits that apply to you, use `/limits`.",
    )


def policy_invalid(found: Sequence[Fault]) -> Reply:
    """The new settings are invalid; one line for each fault."""
    lines = [f"- {clamp(faults.sentence(each), MAX_FAULT_UNITS)}" for each in found[:MAX_FAULTS]]
    if len(found) > MAX_FAULTS:
        lines.append(f"- And {len(found) - MAX_FAULTS:,} more.")
    return _text(
        f"I can't save that. {UNCHANGED}",
        "\n".join(lines),
        "Fix it and try again right away.",
    )


def policy_unchanged() -> Reply:
    """The settings are already as requested."""
    return _text(f"That's already set. {UNCHANGED}", "To see all settings, use `/config show`.")


def proposal_gone() -> Reply:
    """The proposal was saved or cancelled, or has expired."""
    return _text(
        f"Somebody already saved or canceled this change, or it's older than 7 days. {UNCHANGED}",
        "To see what was saved, use `/config log`. To make the change, use the command again.",
    )


def proposal_stale(changed_by: int, changed_at: datetime) -> Reply:
    """Another change was made after the proposal."""
    return _text(
        f"I can't save this because {formatting.user_mention(changed_by)} changed the settings "
        f"{formatting.timestamp(changed_at)}, so what you saw is out of date. {UNCHANGED}",
        "Use the command again to see what would change now.",
    )


def nothing_to_undo() -> Reply:
    """Every change has been undone already."""
    return _text(f"There's nothing to undo. {UNCHANGED}", "To see past changes, use `/config log`.")


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
            f"{channels.without_messages(where, kind)}. {UNCHANGED}",
            "Choose a text, announcement, voice, stage, forum or media channel, or a thread, and try again right away.",
        )
    if lacks_tag:
        return _text(
            f"I can't post songs in {where} because every post there needs a tag, and there's none that I can use. {UNCHANGED}",
            "Add a tag that everyone can use in the channel settings, or give me **Manage Threads** there. Then try again.",
        )
    if not lacking:
        return _text(
            f"I can't post songs in {where} because I can't see that channel on this server. {UNCHANGED}",
            "Choose a channel of this server where I have **View Channel**, and try again right away.",
        )
    named = ", ".join(f"**{PERMISSIONS[name].label}**" for name in lacking)
    return _text(
        f"I can't post songs in {where} because I'm missing {named} there. {UNCHANGED}",
        "Grant it in the channel settings, under **Permissions**. Then try again.",
    )


def unreadable_file() -> Reply:
    """The attached file could not be downloaded from Discord."""
    return _text(f"I couldn't download the file from Discord. {UNCHANGED}", "Attach it again in a minute.")


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))

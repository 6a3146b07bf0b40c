"""Ephemeral answers to admins when a change of the settings was not made. Changes are atomic: nothing is half done."""

from collections.abc import Sequence
from datetime import datetime

from bot.discord_io.channel_types import FORUMS
from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.policy.faults import Fault
from bot.replies import channels, formatting
from bot.replies.config import faults
from bot.replies.locales import _
from bot.replies.permissions import PERMISSIONS
from bot.replies.text import content

MAX_FAULTS = 10
MAX_FAULT_UNITS = 250


def managers_only() -> Reply:
    """The user lacks Manage Server."""
    return _text(
        _(
            "You can't do that because you don't have **Manage Server** here. Nothing was changed.",
        ),
        _("To see the limits that apply to you, use `/limits`."),
    )


def policy_invalid(found: Sequence[Fault]) -> Reply:
    """The new settings are invalid; one line for each fault."""
    lines = [f"- {clamp(faults.sentence(each), MAX_FAULT_UNITS)}" for each in found[:MAX_FAULTS]]
    if len(found) > MAX_FAULTS:
        lines.append(_("- And {count} more.", count=len(found) - MAX_FAULTS))
    return _text(
        _("I can't save that. Nothing was changed."),
        "\n".join(lines),
        _("Fix it and try again right away."),
    )


def policy_unchanged() -> Reply:
    """The settings are already as requested."""
    return _text(
        _("That's already set. Nothing was changed."),
        _("To see all settings, use `/config show`."),
    )


def proposal_gone() -> Reply:
    """The proposal was saved or cancelled, or has expired."""
    return _text(
        _(
            "Somebody already saved or canceled this change, or it's older than 7 days. Nothing was changed.",
        ),
        _("To see what was saved, use `/config log`. To make the change, use the command again."),
    )


def proposal_stale(changed_by: int, changed_at: datetime) -> Reply:
    """Another change was made after the proposal."""
    return _text(
        _(
            "I can't save this because {admin} changed the settings {time}, so what you saw is out "
            "of date. Nothing was changed.",
            admin=formatting.user_mention(changed_by),
            time=formatting.timestamp(changed_at),
        ),
        _("Use the command again to see what would change now."),
    )


def nothing_to_undo() -> Reply:
    """Every change has been undone already."""
    return _text(
        _("There's nothing to undo. Nothing was changed."),
        _("To see past changes, use `/config log`."),
    )


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
            _("{reason}. Nothing was changed.", reason=channels.without_messages(where, kind)),
            _("Choose a text, announcement, voice or stage channel, or a thread, and try again right away.")
            # Only finished songs can be posts of their own.
            if kind in (each.name for each in FORUMS)
            else _(
                "Choose a text, announcement, voice, stage, forum or media channel, or a thread, and try "
                "again right away."
            ),
        )
    if lacks_tag:
        return _text(
            _(
                "I can't post songs in {channel} because every post there needs a tag, and there's none "
                "that I can use. Nothing was changed.",
                channel=where,
            ),
            _(
                "Add a tag that everyone can use in the channel settings, or give me **Manage Threads** "
                "there. Then try again."
            ),
        )
    if not lacking:
        return _text(
            _(
                "I can't post songs in {channel} because I can't see that channel on this server. Nothing was changed.",
                channel=where,
            ),
            _("Choose a channel of this server where I have **View Channel**, and try again right away."),
        )
    named = formatting.listed(f"**{_(PERMISSIONS[name].label)}**" for name in lacking)
    return _text(
        _(
            "I can't post songs in {channel} because I'm missing {permissions} there. Nothing was changed.",
            channel=where,
            permissions=named,
        ),
        _("Grant it in the channel settings, under **Permissions**. Then try again."),
    )


def unreadable_file() -> Reply:
    """The attached file could not be downloaded from Discord."""
    return _text(
        _("I couldn't download the file from Discord. Nothing was changed."),
        _("Attach it again in a minute."),
    )


def _text(*paragraphs: str) -> Reply:
    return Reply(content(*paragraphs))

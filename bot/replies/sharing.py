"""Buttons by which requesters post their own songs, and the answers to them."""

import discord

from bot.discord_io.message import Button, Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import Job, JobState
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import _
from bot.replies.text import plain

MAX_LABEL_UNITS = 80


def share_button(job: Job, channel_name: str | None) -> tuple[Button, ...]:
    """*Share* for a finished private song, labelled with the channel of the request; none for other jobs.

    None either for one that was requested where the bot is no member: it cannot post there.
    """
    if not (job.is_private and job.state is JobState.COMPLETED) or job.guild_id is None:
        return ()
    name = plain(channel_name or "")
    label = _("Share in #{name}", name=name) if name else _("Share where I requested it")
    return (
        Button(
            custom_id=custom_id(Control.SHARE, job.key),
            label=clamp(label, MAX_LABEL_UNITS),
            emoji="📣",
            style=discord.ButtonStyle.primary,
        ),
    )


def post_here_button(job: Job) -> tuple[Button, ...]:
    """*Post here* for a finished public song; none for other jobs."""
    if job.is_private or job.state is not JobState.COMPLETED:
        return ()
    return (Button(custom_id=custom_id(Control.POST_HERE, job.key), label=_("Post here"), emoji="📌"),)


def shared(jump_url: str) -> Reply:
    """The private song was posted in the channel of its request."""
    return Reply(
        _(
            "📣 Shared: {link}\nEveryone who can see the channel can now listen to it and look it up.",
            link=jump_url,
        )
    )


def posted_here(jump_url: str) -> Reply:
    """The song was posted in the channel of the button."""
    return Reply(_("📌 Posted: {link}", link=jump_url))


def not_shareable() -> Reply:
    """The job is not a finished song of the user, or not one that this button posts."""
    return Reply(
        _(
            "I can't post this song because it isn't a finished song of yours. Nothing was posted or "
            "spent.\n\n"
            "To post one of your own, look it up with `/job status` and use the button there."
        )
    )


def erased_meanwhile(jump_url: str | None) -> Reply:
    """The song was erased while it was being posted; `jump_url` leads to the post if it could not be deleted."""
    if jump_url is None:
        return Reply(_("I didn't post this song because it was erased in the meantime. Nothing was spent."))
    return Reply(
        _(
            "This song was erased while I was posting it, and Discord didn't let me delete the post: "
            "{link}\n"
            "Nothing was spent.\n\n"
            "Ask the server's moderators to delete it.",
            link=jump_url,
        )
    )


def member_missing_permissions(channel_id: int) -> Reply:
    """The user may not send messages to the channel."""
    return Reply(
        _(
            "I can't post the song in {channel} because you don't seem to have permission to write "
            "there. Nothing was posted or spent.\n\n"
            "If you do, look the song up with `/job status` in that channel and use the button there.",
            channel=formatting.channel_mention(channel_id),
        )
    )


def delivery_pending() -> Reply:
    """The song's own delivery has not ended yet."""
    return Reply(
        _(
            "I can't post this song yet because I'm still delivering it to you. Nothing was posted "
            "or spent.\n\n"
            "Press the button again in a minute."
        )
    )


def not_posted(channel_id: int) -> Reply:
    """Discord refused the post."""
    return Reply(
        _(
            "Discord didn't let me post the song in {channel}. Nothing was posted or spent.\n\n"
            "The channel may be deleted or locked, or Discord may be having problems. You can press "
            "the button again at any time.",
            channel=formatting.channel_mention(channel_id),
        )
    )


def post_uncertain(channel_id: int) -> Reply:
    """It is unknown whether Discord accepted the post."""
    return Reply(
        _(
            "I don't know whether Discord posted the song in {channel} because its answer was "
            "unclear. Nothing was spent.\n\n"
            "Check the channel. If the song isn't there, press the button again within a minute; "
            "that never posts it twice.",
            channel=formatting.channel_mention(channel_id),
        )
    )

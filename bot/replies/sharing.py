"""Buttons by which requesters post their own songs, and the answers to them."""

import discord

from bot.discord_io.message import Button, Reply
from bot.domain.jobs import Job, JobState
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.text import clamp, plain

MAX_LABEL_UNITS = 80


def share_button(job: Job, channel_name: str | None) -> tuple[Button, ...]:
    """*Share* for a finished private song, labelled with the channel of the request; none for other jobs."""
    if not (job.is_private and job.state is JobState.COMPLETED):
        return ()
    name = plain(channel_name or "")
    label = f"Share to #{name}" if name else "Share where I asked for it"
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
    return (Button(custom_id=custom_id(Control.POST_HERE, job.key), label="Post here", emoji="📌"),)


def shared(jump_url: str) -> Reply:
    """The private song was posted in the channel of its request."""
    return Reply(f"📣 Shared: {jump_url}\nEverybody who sees the channel can hear it now, and look it up.")


def posted_here(jump_url: str) -> Reply:
    """The song was posted in the channel of the button."""
    return Reply(f"📌 Posted: {jump_url}")


def not_shareable() -> Reply:
    """The job is not a finished song of the user, or not one that this button posts."""
    return Reply(
        "I know no finished song of yours behind this button that could be posted so. Nothing was posted or spent.\n\n"
        "You can post your own songs; `/job status` with its job ID shows the buttons for it."
    )


def erased_meanwhile(jump_url: str | None) -> Reply:
    """The song was erased while it was being posted; `jump_url` leads to the post if it could not be deleted."""
    if jump_url is None:
        return Reply("This song was erased in the meantime, so it is not posted. Nothing was spent.")
    return Reply(
        f"This song was erased while I posted it, and Discord did not let me delete the post: {jump_url}\n\n"
        "The server's moderators can delete it. Nothing was spent."
    )


def member_missing_permissions(channel_id: int) -> Reply:
    """The user may not send messages to the channel."""
    return Reply(
        f"As far as I can see, you may not write in {formatting.channel_mention(channel_id)} yourself, so I don't post it there "
        "for you. Nothing was posted or spent.\n\n"
        "If you may after all, look the song up with `/job status` in that very channel and press there."
    )


def delivery_pending() -> Reply:
    """The song's own delivery has not ended yet."""
    return Reply(
        "This song is still on its way to you. Nothing was posted or spent.\n\n"
        "Press again in a minute; it can be posted as soon as it has arrived."
    )


def not_posted(channel_id: int) -> Reply:
    """Discord refused the post."""
    return Reply(
        f"Discord did not let me post the song in {formatting.channel_mention(channel_id)}. Nothing was posted or spent.\n\n"
        "Perhaps the channel is gone or closed, or Discord has trouble; you can press again at any time."
    )


def post_uncertain(channel_id: int) -> Reply:
    """It is unknown whether Discord accepted the post."""
    return Reply(
        f"Discord gave me no clear answer, so the song may or may not stand in {formatting.channel_mention(channel_id)}. "
        "Nothing was spent.\n\n"
        "Look there first. If it is missing, press again within a minute: that never posts it twice."
    )

"""The buttons under each kind of message about a job.

Everybody who reads the message can compose again, retry and edit: the user who presses becomes the requester of a new song.
Only the job's requester and members with Manage Messages can stop a job and delete a post.
"""

import discord

from bot.discord_io.message import Button
from bot.domain.jobs import Job, Reason
from bot.replies.custom_ids import Control, custom_id


def of_card(job: Job) -> tuple[Button, ...]:
    """Under the card of an open job."""
    return (Button(custom_id=custom_id(Control.STOP, job.key), label="Stop", emoji="⏹️"),)


def of_song(job: Job) -> tuple[Button, ...]:
    """Under a song in a channel, without likes yet; with the link button before them, five, which is a full row."""
    return (_compose_again(job), _edit(job), like_button(job, 0), _delete(job))


def of_private_song(job: Job) -> tuple[Button, ...]:
    """Under a private song, beside the primary button *Share*; the songs that these make are private too."""
    return (_compose_again(job, style=discord.ButtonStyle.secondary), _edit(job))


def of_direct_song(job: Job) -> tuple[Button, ...]:
    """Under a song in a direct message, where nothing can be composed; users cannot delete a bot's messages themselves."""
    return (like_button(job, 0), _delete(job))


def of_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in a channel."""
    return (*of_private_failure(job), _delete(job))


def of_private_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in an ephemeral answer. A prompt that Whisul refused has no retry: it would be refused again."""
    retry = Button(
        custom_id=custom_id(Control.RETRY, job.key),
        label="Try again",
        emoji="🔁",
        style=discord.ButtonStyle.primary,
    )
    return (*(() if job.reason is Reason.REFUSED else (retry,)), _edit(job))


def of_direct_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in a direct message."""
    return (_delete(job),)


def like_button(job: Job, count: int) -> Button:
    """The like button with the number of likes."""
    return Button(custom_id=custom_id(Control.LIKE, job.key), label=like_label(count), emoji="❤️")


def like_label(count: int) -> str:
    """The label of the like button."""
    return f"{count:,}" if count else "Like"


def _compose_again(job: Job, *, style: discord.ButtonStyle = discord.ButtonStyle.primary) -> Button:
    return Button(custom_id=custom_id(Control.AGAIN, job.key), label="Compose again", emoji="🔁", style=style)


def _edit(job: Job) -> Button:
    return Button(custom_id=custom_id(Control.EDIT, job.key), label="Edit prompt", emoji="✏️")


def _delete(job: Job) -> Button:
    # Grey, because a red button would be the most prominent one under every song.
    return Button(custom_id=custom_id(Control.DELETE, job.key), label="Delete post", emoji="🗑️")

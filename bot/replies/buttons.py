"""Which buttons stand under what, and the form behind *Edit prompt*.

Composing, retrying and editing are for everybody who reads the message: whoever presses becomes the requester of a song
of their own. Stopping and deleting are for the job's requester, and for those who may manage messages.
"""

import discord

from bot.discord_io.message import Button, Form, Input
from bot.domain.jobs import Job, Reason
from bot.replies.custom_ids import Control, custom_id

PROMPT_FIELD = "prompt"
MAX_FIELD_CHARS = 4000
"""What a text field of Discord's holds."""


def of_card(job: Job) -> tuple[Button, ...]:
    """Under a job that works, or waits to."""
    return (Button(custom_id=custom_id(Control.STOP, job.key), label="Stop", emoji="⏹️"),)


def of_song(job: Job) -> tuple[Button, ...]:
    """Under a song in a channel; nobody likes it yet. With *Listen* before them they fill a row."""
    return (_compose_again(job), _edit(job), like_button(job, 0), _delete(job))


def of_private_song(job: Job) -> tuple[Button, ...]:
    """Under a private answer, beside *Share*, which is the first thing to do: what comes of these is private too."""
    return (_compose_again(job, style=discord.ButtonStyle.secondary), _edit(job))


def of_direct_song(job: Job) -> tuple[Button, ...]:
    """Under a song in a direct message, where nothing can be composed, and people cannot delete what a bot wrote."""
    return (like_button(job, 0), _delete(job))


def of_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in a channel. What Whisul refused it would refuse again."""
    return (*of_private_failure(job), _delete(job))


def of_private_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in a private answer, which people can dismiss themselves."""
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
    """The like button of a song that so many members like."""
    return Button(custom_id=custom_id(Control.LIKE, job.key), label=like_label(count), emoji="❤️")


def like_label(count: int) -> str:
    """What stands on the like button."""
    return f"{count:,}" if count else "Like"


def edit_form(job: Job, *, most_chars: int) -> Form:
    """The prompt of a job, to be changed and sent as a new request of at most `most_chars`."""
    most_chars = min(most_chars, MAX_FIELD_CHARS)
    is_cut = len(job.prompt) > most_chars
    field = Input(
        custom_id=PROMPT_FIELD,
        label="Prompt",
        description="The prompt is longer than this field holds: its end is missing here."
        if is_cut
        else None,
        value=job.prompt,
        most_chars=most_chars,
        is_long=True,
    )
    return Form(custom_id=custom_id(Control.EDITED, job.key), title="Edit the prompt", inputs=(field,))


def _compose_again(job: Job, *, style: discord.ButtonStyle = discord.ButtonStyle.primary) -> Button:
    return Button(custom_id=custom_id(Control.AGAIN, job.key), label="Compose again", emoji="🔁", style=style)


def _edit(job: Job) -> Button:
    return Button(custom_id=custom_id(Control.EDIT, job.key), label="Edit prompt", emoji="✏️")


def _delete(job: Job) -> Button:
    # In grey: red, it would be the loudest thing under every song, though few ever need it.
    return Button(custom_id=custom_id(Control.DELETE, job.key), label="Delete post", emoji="🗑️")

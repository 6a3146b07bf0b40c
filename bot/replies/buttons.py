"""The custom IDs of all components, and the buttons under each kind of message about a job.

A custom ID is `name:argument`. It holds everything that its handler needs, so components of old messages work after a
restart. Clients can forge one: handlers check permissions again.

Everybody who reads the message can compose again, retry and edit: the user who presses becomes the requester of a new song.
Only the job's requester and members with Manage Messages can stop a job and delete a post.
"""

from enum import StrEnum

import discord

from bot.discord_io.message import Button
from bot.domain.jobs import Job, Reason
from bot.replies.locales import _, number


class Control(StrEnum):
    """The purpose of a button, select or form. Names are part of messages already sent: never reuse or rename one."""

    COMPOSE = "compose"  # a form: a new prompt
    SURPRISE = "surprise"  # a button: open the form with a prompt that the bot makes up
    REDRAFT = "redraft"  # a button: reopen the form with the refused prompt in the same message
    SHARE = "share"  # a button: post a private song in the channel of its request
    POST_HERE = "post-here"  # a button: post a song in the channel of the button
    STOP = "stop"  # cancel a queued job, or stop following a running one
    AGAIN = "again"  # a new song from the same prompt
    RETRY = "retry"  # the same under a failure
    EDIT = "edit"  # opens the form EDITED
    EDITED = "edited"  # a form: the prompt of a job, changed
    LIKE = "like"
    DELETE = "delete"
    SONGS = "songs"  # a page of a list: the search's key, then a page number, first or last
    SHOW = "show"  # a select: one song of a list
    DETAILS = "details"  # everything known about a job, in place of the short answer
    UNLIKE = "unlike"  # a select under a page of favorites: the search's key and the page
    CHART = "chart"  # a button: the chart of a period
    PLAYLIST = "playlist"  # a button under a shared playlist: its key
    ERASE = "erase"  # the confirmation of an erasure: whose data
    CONFIG_SHOW = "config-show"  # the settings panel
    CONFIG_PART = "config-part"  # a select on the panel: which setting to change
    CONFIG_FORM = "config-form"  # a form, by its setting
    CONFIG_SET = "config-set"  # by setting and value
    CONFIG_PICK = "config-pick"  # a select of roles or channels, by its purpose
    CONFIG_PRESET = "config-preset"  # by name: a preset of limits
    CONFIG_SAVE = "config-save"  # by the proposal's key
    CONFIG_CANCEL = "config-cancel"  # by the proposal's key
    CONFIG_LOG = "config-log"  # the log of changes
    CONFIG_UNDO = "config-undo"  # proposes to undo the newest change
    CONFIG_SETUP = "config-setup"  # opens the form CONFIG_SETUP_FORM
    CONFIG_SETUP_FORM = "config-setup-form"  # by the shown role and the shown fields
    CONFIG_DOCTOR = "config-doctor"  # the check of this channel


MAX_CUSTOM_ID_CHARS = 100


def custom_id(control: Control, *arguments: object) -> str:
    """The custom ID of a component or form.

    Raises:
        ValueError: it is longer than Discord allows.
    """
    result = ":".join([control.value, *map(str, arguments)])
    if len(result) > MAX_CUSTOM_ID_CHARS:
        raise ValueError(f"a custom ID of {len(result)} characters")
    return result


def of_card(job: Job) -> tuple[Button, ...]:
    """Under the card of an open job."""
    return (Button(custom_id=custom_id(Control.STOP, job.key), label=_("Stop"), emoji="⏹️"),)


def of_song(job: Job) -> tuple[Button, ...]:
    """Under a song in a channel, without likes yet; in this order they fill two rows on a phone, not three."""
    return (_compose_again(job), like_button(job, 0), _edit(job), _delete(job))


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
        label=_("Try again"),
        emoji="🔁",
        style=discord.ButtonStyle.primary,
    )
    return (*(() if job.reason is Reason.REFUSED else (retry,)), _edit(job))


def of_direct_failure(job: Job) -> tuple[Button, ...]:
    """Under a failure in a direct message."""
    return (_delete(job),)


def surprise() -> Button:
    """Opens the form of /compose with a prompt that the bot makes up; the song is public."""
    return Button(custom_id=custom_id(Control.SURPRISE, "public"), label=_("Surprise me"), emoji="🎲")


def like_button(job: Job, count: int) -> Button:
    """The like button with the number of likes."""
    return Button(custom_id=custom_id(Control.LIKE, job.key), label=like_label(count), emoji="❤️")


def like_label(count: int) -> str:
    """The label of the like button."""
    return number(count) if count else _("Like")


def _compose_again(job: Job, *, style: discord.ButtonStyle = discord.ButtonStyle.primary) -> Button:
    return Button(
        custom_id=custom_id(Control.AGAIN, job.key), label=_("Compose again"), emoji="🔁", style=style
    )


def _edit(job: Job) -> Button:
    return Button(custom_id=custom_id(Control.EDIT, job.key), label=_("Edit prompt"), emoji="✏️")


def _delete(job: Job) -> Button:
    # Grey, because a red button would be the most prominent one under every song.
    return Button(custom_id=custom_id(Control.DELETE, job.key), label=_("Delete post"), emoji="🗑️")

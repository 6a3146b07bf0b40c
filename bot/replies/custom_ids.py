"""The names of everything that can be pressed or submitted, and the custom IDs made of them.

A custom ID is `name:argument`. It says all that is needed to answer a press, so that messages of last year still work.
Anybody can forge one: whoever answers a press checks again who may do what.
"""

from enum import StrEnum


class Control(StrEnum):
    """What a button, a select or a form is for; once sent to Discord, a name keeps its meaning for ever."""

    COMPOSE = "compose"  # a form: a new prompt
    REDRAFT = "redraft"  # a button: open the form with the refused prompt that stands above it
    SHARE = "share"  # a button: post a private song for all in the channel it was asked for in
    POST_HERE = "post-here"  # a button: post a song in the channel of the button
    STOP = "stop"  # takes a request back, or stops waiting for its song
    AGAIN = "again"  # a new song from the same prompt
    RETRY = "retry"  # the same under a failure
    EDIT = "edit"  # opens the form EDITED
    EDITED = "edited"  # a form: the prompt of a job, changed
    LIKE = "like"
    DELETE = "delete"
    SONGS = "songs"  # a page of a list: the search, then a number or an end
    SHOW = "show"  # a select: one song of a list
    ERASE = "erase"  # the confirmation of an erasure: whose data
    CONFIG_SHOW = "config-show"  # the panel of settings
    CONFIG_PART = "config-part"  # a list on the panel: what to change
    CONFIG_FORM = "config-form"  # a form, by its part: what it should be
    CONFIG_SET = "config-set"  # by part and value: what it should be
    CONFIG_PICK = "config-pick"  # a list of roles or channels, by what they are picked for
    CONFIG_PRESET = "config-preset"  # by name: limits to begin with
    CONFIG_SAVE = "config-save"  # by the proposal's key
    CONFIG_CANCEL = "config-cancel"  # by the proposal's key
    CONFIG_LOG = "config-log"  # who has changed what
    CONFIG_UNDO = "config-undo"  # proposes to take the newest change back
    CONFIG_DOCTOR = "config-doctor"  # whether the bot is well in this channel


MAX_CUSTOM_ID_CHARS = 100


def custom_id(control: Control, *arguments: object) -> str:
    """The custom ID of a control, at most 100 characters."""
    made = ":".join([control.value, *map(str, arguments)])
    if len(made) > MAX_CUSTOM_ID_CHARS:
        raise ValueError(f"a custom ID of {len(made)} characters")
    return made

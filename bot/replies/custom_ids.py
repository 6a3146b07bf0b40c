"""Custom IDs of buttons, selects and forms: `name:argument`.

A custom ID holds everything that its handler needs, so components of old messages work after a restart. Clients can forge
one: handlers check permissions again.
"""

from enum import StrEnum


class Control(StrEnum):
    """The purpose of a button, select or form. Names are part of messages already sent: never reuse or rename one."""

    COMPOSE = "compose"  # a form: a new prompt
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

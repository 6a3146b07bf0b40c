"""The ways from the panel to what can be changed: a form, a few buttons, or the command that does it."""

from enum import StrEnum

from bot.changes import Scope
from bot.policy import Policy, PrivateRule, Window
from bot.replies import policy as words
from bot.replies.controls import Control, custom_id
from bot.replies.reply import Button, Choice, Form, Input, Reply, Select
from bot.windows import typed

MOST_INPUT_CHARS = 4000


class Part(StrEnum):
    """What can be chosen on the panel."""

    MEMBER = "member"
    CHANNEL = "channel"
    SERVER = "server"
    ROLES = "roles"
    CHANNELS = "channels"
    RESULTS = "results"
    WORDS = "words"
    PRIVATE = "private"
    RETENTION = "retention"
    ORDER = "order"


class Field(StrEnum):
    """The text fields of the forms."""

    WINDOWS = "windows"
    AT_ONCE = "at_once"
    COOLDOWN = "cooldown"
    WORDS = "words"
    DAYS = "days"


_CHOICES = {
    Part.MEMBER: ("Each member", "Songs in a span of time, at the same time, and the wait between two"),
    Part.CHANNEL: ("Each channel", "Songs in a span of time"),
    Part.SERVER: ("Whole server", "Songs in a span of time, and at the same time"),
    Part.ROLES: ("Roles", "More, fewer, unlimited or no songs for a role"),
    Part.CHANNELS: ("Channels", "Where songs may be asked for"),
    Part.RESULTS: ("Finished songs", "Post them to another channel"),
    Part.WORDS: ("Blocked words", "Words and phrases that no prompt may hold"),
    Part.PRIVATE: ("Private drafts", "Allow, forbid or force them"),
    Part.RETENTION: ("Prompts and results", "How long they are kept"),
    Part.ORDER: ("Order of the queue", "Members take turns, or first come, first served"),
}
_COMMANDS = {
    Part.ROLES: "`/config role` changes what a role means.",
    Part.CHANNELS: "`/config channels add`, `remove` and `clear` change the list; threads follow their channel.",
    Part.RESULTS: "`/config results` chooses the channel; without a channel, songs are posted where they were asked for.",
    Part.WORDS: "There are too many words for a form. `/config words add`, `remove` and `list` work on them.",
}


def part_select() -> Select:
    """The list on the panel."""
    return Select(
        custom_id=custom_id(Control.CONFIG_PART),
        placeholder="What do you want to change?",
        choices=tuple(
            Choice(label=label, value=part.value, description=description)
            for part, (label, description) in _CHOICES.items()
        ),
    )


def form(part: Part, current: Policy) -> Form | None:
    """The form that changes a part, filled in with what is set; None where it is changed in another way."""
    inputs = _inputs(part, current)
    if inputs is None:
        return None
    return Form(custom_id=custom_id(Control.CONFIG_FORM, part.value), title=_CHOICES[part][0], inputs=inputs)


def way(part: Part, current: Policy) -> Reply:
    """How a part is changed that has no form: buttons, or the command."""
    label = _CHOICES[part][0]
    told = f"**{label}**: {words.described(current)[label]}."
    if part in _COMMANDS:
        return Reply(f"{told}\n\n{_COMMANDS[part]}")
    return Reply(
        f"{told}\n\nChoose what it should be; you can look at the change before it is saved.",
        buttons=_options(part, current),
    )


def _options(part: Part, current: Policy) -> tuple[Button, ...]:
    if part is Part.ORDER:
        options = {
            "turns": ("Members take turns", not current.first_come),
            "first": ("First come", current.first_come),
        }
    else:
        labels = {PrivateRule.ALLOW: "Allow", PrivateRule.FORBID: "Forbid", PrivateRule.FORCE: "Force"}
        options = {rule.value: (labels[rule], current.private is rule) for rule in PrivateRule}
    return tuple(
        Button(custom_id=custom_id(Control.CONFIG_SET, part.value, value), label=label, disabled=is_set)
        for value, (label, is_set) in options.items()
    )


def _inputs(part: Part, current: Policy) -> tuple[Input, ...] | None:
    match part:
        case Part.MEMBER:
            return (
                _windows(current.member),
                _at_once(current.member_at_once),
                Input(
                    custom_id=Field.COOLDOWN.value,
                    label="Wait between two songs of a member",
                    description="Such as 45 s or 5 minutes; empty for none",
                    value="" if current.cooldown_s is None else typed(current.cooldown_s),
                    most_chars=50,
                    is_required=False,
                ),
            )
        case Part.CHANNEL:
            return (_windows(current.channel),)
        case Part.SERVER:
            return _windows(current.server), _at_once(current.server_at_once)
        case Part.WORDS:
            return _words(current)
        case Part.RETENTION:
            return (
                Input(
                    custom_id=Field.DAYS.value,
                    label="Days that prompts and results are kept",
                    description="1 to 3650; empty: until somebody asks to have them erased",
                    value=str(current.retention_days or ""),
                    most_chars=10,
                    is_required=False,
                ),
            )
        case _:
            return None


def _windows(windows: tuple[Window, ...]) -> Input:
    return Input(
        custom_id=Field.WINDOWS.value,
        label="Songs in a span of time, one limit a line",
        description="Such as 5 per hour; empty for no limit",
        placeholder="5 per hour\n20 per 7 days",
        value="\n".join(f"{window.songs} per {typed(window.window_s)}" for window in windows),
        most_chars=500,
        is_required=False,
        is_long=True,
    )


def _at_once(songs: int | None) -> Input:
    return Input(
        custom_id=Field.AT_ONCE.value,
        label="Songs at the same time",
        description="Empty for no limit",
        value=str(songs or ""),
        most_chars=10,
        is_required=False,
    )


def _words(current: Policy) -> tuple[Input, ...] | None:
    """One word or phrase a line; None where they would not all fit, because those left out would be lost."""
    listed = "\n".join(current.words)
    if len(listed) > MOST_INPUT_CHARS:
        return None
    return (
        Input(
            custom_id=Field.WORDS.value,
            label="Blocked words and phrases, one a line",
            description="Whole words only; case, accents and look-alike letters do not matter",
            value=listed,
            most_chars=MOST_INPUT_CHARS,
            is_required=False,
            is_long=True,
        ),
    )


SCOPES = {Part.MEMBER: Scope.MEMBER, Part.CHANNEL: Scope.CHANNEL, Part.SERVER: Scope.SERVER}
"""The parts whose form has windows, and what these limit."""

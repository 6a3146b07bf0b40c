"""The sentence for each kind of fault in a setting: the value, what is allowed, and an example."""

from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import MINUTE_S
from bot.replies.text import clamp, code, plain

MAX_VALUE_UNITS = 80

_SENTENCES = {
    FaultKind.SPAN_UNREADABLE: "{value} isn't a time span I understand. Use one like `hour`, `24 hours`, `7 days` or `30m`.",
    FaultKind.SONGS_UNREADABLE: "{value} isn't a number of songs. Use a whole number, for example `5`.",
    FaultKind.DAYS_UNREADABLE: "{value} isn't a number of days. Use a whole number, for example `30`.",
    FaultKind.LINE_UNREADABLE: "{value} isn't a limit I understand. Use lines like `5 per hour`.",
    FaultKind.WORD_NOT_BLOCKED: "{value} isn't blocked. To see the blocked words, use `/config words list`.",
    FaultKind.WORD_EMPTY: "{value} has no letter or digit, so it would never match. Use a word, for example `polka`.",
    FaultKind.LIMIT_INCOMPLETE: (
        "Set both `songs` and `per`, for example `songs: 3`, `per: day`. `songs: none` removes the limit."
    ),
    FaultKind.LIMIT_NOT_FOUND: "There's no limit with that time span. To see all limits, use `/config show`.",
    FaultKind.AT_ONCE_INCOMPLETE: (
        "Set `songs` to how many songs at a time, for example `songs: 2`. `songs: none` removes the limit."
    ),
    FaultKind.AT_ONCE_HAS_SPAN: "Songs at a time have no time span. Leave out `per`.",
    FaultKind.COOLDOWN_INCOMPLETE: (
        "Set `per` to the time between a member's songs, for example `per: 5 minutes`. `per: none` removes the cooldown."
    ),
    FaultKind.COOLDOWN_HAS_SONGS: "A cooldown is the time between a member's songs. Leave out `songs`.",
    FaultKind.ROLE_INCOMPLETE: "Set both `songs` and `per`, for example `songs: 20`, `per: day`.",
    FaultKind.ROLE_HAS_LIMIT: "Only a role with its own limit takes `songs` and `per`. Leave them out.",
    FaultKind.ROLE_ONE_LIMIT: "A role has exactly one limit. Use a line like `20 per 24 hours`.",
    FaultKind.CHANNEL_NOT_LISTED: "That channel isn't on the list. To see the list, use `/config show`.",
    FaultKind.CHANNEL_IS_THREAD: "Threads follow their channel. Choose the channel instead.",
    FaultKind.CHANNEL_KIND: "Members can't request songs in that kind of channel. Choose a text channel or a category.",
    FaultKind.CHANNEL_MODE: "The list already means the opposite. Clear it first with `/config channels clear`.",
    FaultKind.MUSIC_CHANNEL_UNUSED: "Music channels only matter where private drafts are required. Leave out `music_channel`.",
    FaultKind.FILE_TOO_LARGE: "The file is too large. Use one of up to {limit} KiB.",
    FaultKind.NOT_JSON: "The file isn't valid JSON. Use a file from `/config export`.",
    FaultKind.NOT_AN_OBJECT: "This must be an object in braces, for example `{{}}`.",
    FaultKind.NOT_A_LIST: "This must be a list in brackets, for example `[]`.",
    FaultKind.NOT_A_NUMBER: "{value} isn't a whole number. Use one, for example `5`.",
    FaultKind.NOT_A_BOOLEAN: "{value} isn't allowed. Use `true` or `false`.",
    FaultKind.NOT_TEXT: "{value} isn't text. Put it in quotes.",
    FaultKind.NOT_A_CHOICE: "{value} isn't allowed. Use {choices}.",
    FaultKind.TOO_LOW: "{value} is too low. Use {limit} or more.",
    FaultKind.TOO_HIGH: "{value} is too high. Use {limit} or less.",
    FaultKind.TOO_LONG: "This is too long. Use {limit} characters or fewer.",
    FaultKind.TOO_MANY: "There are too many entries. Keep {limit} or fewer.",
    FaultKind.EMPTY: "This is empty. Add at least one character or entry, or remove the setting.",
    FaultKind.MISSING: "This is missing. Add it, or use a file from `/config export`.",
    FaultKind.UNKNOWN_FIELD: "There's no such setting. Check the spelling, or remove it.",
    FaultKind.ID_NOT_TEXT: 'IDs must be in quotes, for example `"1234567890"`; as numbers, other programs round them.',
    FaultKind.ROLE_WINDOW: "Only a role of the kind `limited` has a `window`, and it needs one.",
    FaultKind.SAME_WINDOW: "Two limits have the same time span. Keep only one.",
    FaultKind.RESULTS_UNUSABLE: "{reason} Use another channel.",
    FaultKind.OTHER: "{value} isn't allowed. Use a file from `/config export` as an example.",
}


def sentence(fault: Fault) -> str:
    """The fault in markdown, with the name of its field if it has one."""
    text = _text(fault)
    return f"{_code(fault.field)}: {text}" if fault.field else text


def _text(fault: Fault) -> str:
    match fault.kind:
        case FaultKind.CHANNEL_IS_THREAD if fault.value:
            return f"{_code(fault.value)} is a thread, and threads follow their channel. Use the channel instead."
        case FaultKind.SPAN_RANGE if fault.limit == MINUTE_S:
            return f"{_code(fault.value)} is out of range. Use a time span between 1 minute and 30 days."
        case FaultKind.SPAN_RANGE:
            return f"{_code(fault.value)} is out of range. Use a time span between 1 second and 30 days."
        case _:
            return _SENTENCES[fault.kind].format(
                value=_code(fault.value),
                reason=fault.value,
                limit=f"{fault.limit:,}",
                choices=fault.choices,
            )


def _code(value: str) -> str:
    return code(clamp(plain(value), MAX_VALUE_UNITS))

"""The sentence for each kind of fault in a setting: the value, what is allowed, and an example."""

from bot.discord_io.text_length import clamp
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import MINUTE_S
from bot.replies.formatting import labelled
from bot.replies.locales import N_, _
from bot.replies.text import code, plain

MAX_VALUE_UNITS = 80

_SENTENCES = {
    FaultKind.SPAN_UNREADABLE: N_(
        "{value} isn't a time span I understand. Use one like `hour`, `24 hours`, `7 days` or `30m`."
    ),
    FaultKind.SONGS_UNREADABLE: N_("{value} isn't a number of songs. Use a whole number, for example `5`."),
    FaultKind.DAYS_UNREADABLE: N_("{value} isn't a number of days. Use a whole number, for example `30`."),
    FaultKind.LINE_UNREADABLE: N_("{value} isn't a limit I understand. Use lines like `5 per hour`."),
    FaultKind.ZONE_UNKNOWN: N_("{value} isn't a time zone I know. Use one like `Europe/Berlin`."),
    FaultKind.WORD_NOT_BLOCKED: N_(
        "{value} isn't blocked. To see the blocked words, use `/config words list`."
    ),
    FaultKind.WORD_EMPTY: N_(
        "{value} has no letter or digit, so it would never match. Use a word, for example `polka`."
    ),
    FaultKind.LIMIT_INCOMPLETE: N_(
        "Set both `songs` and `per`, for example `songs: 3`, `per: day`. `songs: none` removes the limit."
    ),
    FaultKind.LIMIT_NOT_FOUND: N_(
        "There's no limit with that time span. To see all limits, use `/config show`."
    ),
    FaultKind.AT_ONCE_INCOMPLETE: N_(
        "Set `songs` to how many songs at a time, for example `songs: 2`. `songs: none` removes the limit."
    ),
    FaultKind.AT_ONCE_HAS_SPAN: N_("Songs at a time have no time span. Leave out `per`."),
    FaultKind.COOLDOWN_INCOMPLETE: N_(
        "Set `per` to the time between a member's songs, for example `per: 5 minutes`. `per: "
        "none` removes the cooldown."
    ),
    FaultKind.COOLDOWN_HAS_SONGS: N_("A cooldown is the time between a member's songs. Leave out `songs`."),
    FaultKind.ROLE_INCOMPLETE: N_("Set both `songs` and `per`, for example `songs: 20`, `per: day`."),
    FaultKind.ROLE_HAS_LIMIT: N_("Only a role with its own limit takes `songs` and `per`. Leave them out."),
    FaultKind.ROLE_ONE_LIMIT: N_("A role has exactly one limit. Use a line like `20 per 24 hours`."),
    FaultKind.ROLE_NOT_CHOSEN: N_(
        "There are songs for a role, but no role. Choose one, or leave its songs empty."
    ),
    FaultKind.CHANNEL_NOT_LISTED: N_("That channel isn't on the list. To see the list, use `/config show`."),
    FaultKind.CHANNEL_IS_THREAD: N_("Threads follow their channel. Choose the channel instead."),
    FaultKind.CHANNEL_KIND: N_(
        "Members can't request songs in that kind of channel. Choose a text channel or a category."
    ),
    FaultKind.CHANNEL_MODE: N_(
        "The list already means the opposite. Clear it first with `/config channels clear`."
    ),
    FaultKind.MUSIC_CHANNEL_UNUSED: N_(
        "Music channels only matter where private drafts are required. Leave out `music_channel`."
    ),
    FaultKind.FILE_TOO_LARGE: N_("The file is too large. Use one of up to {limit} KiB."),
    FaultKind.NOT_JSON: N_("The file isn't valid JSON. Use a file from `/config export`."),
    FaultKind.NOT_AN_OBJECT: N_("This must be an object in braces, for example `{{}}`."),
    FaultKind.NOT_A_LIST: N_("This must be a list in brackets, for example `[]`."),
    FaultKind.NOT_A_NUMBER: N_("{value} isn't a whole number. Use one, for example `5`."),
    FaultKind.NOT_A_BOOLEAN: N_("{value} isn't allowed. Use `true` or `false`."),
    FaultKind.NOT_TEXT: N_("{value} isn't text. Put it in quotes."),
    FaultKind.NOT_A_CHOICE: N_("{value} isn't allowed. Use {choices}."),
    FaultKind.TOO_LOW: N_("{value} is too low. Use {limit} or more."),
    FaultKind.TOO_HIGH: N_("{value} is too high. Use {limit} or less."),
    FaultKind.TOO_LONG: N_("This is too long. Use {limit} characters or fewer."),
    FaultKind.TOO_MANY: N_("There are too many entries. Keep {limit} or fewer."),
    FaultKind.EMPTY: N_("This is empty. Add at least one character or entry, or remove the setting."),
    FaultKind.MISSING: N_("This is missing. Add it, or use a file from `/config export`."),
    FaultKind.UNKNOWN_FIELD: N_("There's no such setting. Check the spelling, or remove it."),
    FaultKind.ID_NOT_TEXT: N_(
        'IDs must be in quotes, for example `"1234567890"`; as numbers, other programs round them.'
    ),
    FaultKind.ROLE_WINDOW: N_("Only a role of the kind `limited` has a `window`, and it needs one."),
    FaultKind.SAME_WINDOW: N_("Two limits have the same time span. Keep only one."),
    FaultKind.RESULTS_UNUSABLE: N_("{reason} Use another channel."),
    FaultKind.OTHER: N_("{value} isn't allowed. Use a file from `/config export` as an example."),
}


def sentence(fault: Fault) -> str:
    """The fault in markdown, with the name of its field if it has one."""
    text = _text(fault)
    return labelled(_code(fault.field), text) if fault.field else text


def _text(fault: Fault) -> str:
    match fault.kind:
        case FaultKind.CHANNEL_IS_THREAD if fault.value:
            return _(
                "{value} is a thread, and threads follow their channel. Use the channel instead.",
                value=_code(fault.value),
            )
        case FaultKind.SPAN_RANGE if fault.limit == MINUTE_S:
            return _(
                "{value} is out of range. Use a time span between 1 minute and 30 days.",
                value=_code(fault.value),
            )
        case FaultKind.SPAN_RANGE:
            return _(
                "{value} is out of range. Use a time span between 1 second and 30 days.",
                value=_code(fault.value),
            )
        case _:
            return _(
                _SENTENCES[fault.kind],
                value=_code(fault.value),
                reason=fault.value,
                limit=fault.limit,
                choices=fault.choices,
            )


def _code(value: str) -> str:
    return code(clamp(plain(value), MAX_VALUE_UNITS))

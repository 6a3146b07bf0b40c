"""What can be wrong with a policy or a typed value. `bot.replies.config.faults` has the sentence of each kind."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """The kinds of faults. Comments name the facts that a fault of the kind carries."""

    # Typed values; all with `value`
    SPAN_UNREADABLE = "span_unreadable"
    SPAN_RANGE = "span_range"  # `limit`: the shortest allowed seconds
    SONGS_UNREADABLE = "songs_unreadable"
    DAYS_UNREADABLE = "days_unreadable"
    LINE_UNREADABLE = "line_unreadable"
    ZONE_UNKNOWN = "zone_unknown"
    WORD_NOT_BLOCKED = "word_not_blocked"
    WORD_EMPTY = "word_empty"  # no letter or digit
    # Combinations of options
    LIMIT_INCOMPLETE = "limit_incomplete"
    LIMIT_NOT_FOUND = "limit_not_found"
    AT_ONCE_INCOMPLETE = "at_once_incomplete"
    AT_ONCE_HAS_SPAN = "at_once_has_span"
    COOLDOWN_INCOMPLETE = "cooldown_incomplete"
    COOLDOWN_HAS_SONGS = "cooldown_has_songs"
    ROLE_INCOMPLETE = "role_incomplete"
    ROLE_HAS_LIMIT = "role_has_limit"  # `songs` and `per` with a rule that takes none
    ROLE_ONE_LIMIT = "role_one_limit"
    ROLE_NOT_CHOSEN = "role_not_chosen"  # songs for a role, and no role
    CHANNEL_NOT_LISTED = "channel_not_listed"
    CHANNEL_IS_THREAD = "channel_is_thread"  # in a file with `field` and `value`
    CHANNEL_KIND = "channel_kind"
    CHANNEL_MODE = "channel_mode"  # the list means the opposite
    MUSIC_CHANNEL_UNUSED = "music_channel_unused"
    RESULTS_UNUSABLE = "results_unusable"  # `value`: the reason as a sentence
    # Files and fields; all but the first two with `field`
    FILE_TOO_LARGE = "file_too_large"  # `limit`: KiB
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    NOT_A_LIST = "not_a_list"
    NOT_A_NUMBER = "not_a_number"  # `value`
    NOT_A_BOOLEAN = "not_a_boolean"  # `value`
    NOT_TEXT = "not_text"  # `value`
    NOT_A_CHOICE = "not_a_choice"  # `value`, `choices`
    TOO_LOW = "too_low"  # `value`, `limit`
    TOO_HIGH = "too_high"  # `value`, `limit`
    TOO_LONG = "too_long"  # `limit`: characters
    TOO_MANY = "too_many"  # `limit`: entries
    EMPTY = "empty"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    ID_NOT_TEXT = "id_not_text"
    ROLE_WINDOW = "role_window"
    SAME_WINDOW = "same_window"
    OTHER = "other"  # `value`


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the field as a path (`member.0.songs`), the value that was given, and what is allowed."""

    kind: FaultKind
    field: str = ""
    value: str = ""
    limit: int = 0
    choices: str = ""

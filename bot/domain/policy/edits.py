"""Pure: edits of a policy. Every function returns a valid policy or raises PolicyInvalid."""

import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.domain.policy.blocked_words import fold
from bot.domain.policy.days import zone_names
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import Channels, Measure, Policy, RoleRule, Rule, Window
from bot.domain.policy.spans import InEnglish, parse_span_s

MAX_FILE_BYTES = 128 * 1024
NO_LIMIT_WORDS = ("none", "no", "off", "unlimited", "remove", "-")

_KINDS = {
    "json_invalid": FaultKind.NOT_JSON,
    "model_type": FaultKind.NOT_AN_OBJECT,
    "dict_type": FaultKind.NOT_AN_OBJECT,
    "tuple_type": FaultKind.NOT_A_LIST,
    "frozen_set_type": FaultKind.NOT_A_LIST,
    "int_type": FaultKind.NOT_A_NUMBER,
    "int_parsing": FaultKind.NOT_A_NUMBER,
    "int_parsing_size": FaultKind.NOT_A_NUMBER,
    "int_from_float": FaultKind.NOT_A_NUMBER,
    "bool_type": FaultKind.NOT_A_BOOLEAN,
    "bool_parsing": FaultKind.NOT_A_BOOLEAN,
    "string_type": FaultKind.NOT_TEXT,
    "literal_error": FaultKind.NOT_A_CHOICE,
    "enum": FaultKind.NOT_A_CHOICE,
    "greater_than": FaultKind.TOO_LOW,
    "greater_than_equal": FaultKind.TOO_LOW,
    "less_than": FaultKind.TOO_HIGH,
    "less_than_equal": FaultKind.TOO_HIGH,
    "string_too_long": FaultKind.TOO_LONG,
    "string_too_short": FaultKind.EMPTY,
    "too_short": FaultKind.EMPTY,
    "too_long": FaultKind.TOO_MANY,
    "missing": FaultKind.MISSING,
    "extra_forbidden": FaultKind.UNKNOWN_FIELD,
}
"""Faults by pydantic's error types; the other types are kinds of `FaultKind`, from the policy's own validators."""

_BOUNDS = {"ge": 0, "gt": 1, "le": 0, "lt": -1, "max_length": 0}
"""Where pydantic's errors have the bound that a value exceeds, and its distance from the last allowed value."""

_LINE = re.compile(r"\s*([\d,.']+)\s*(?:songs?)?\s*(?:per|in|/|every|each|:)?\s*(.+?)\s*", re.IGNORECASE)


def with_fields(policy: Policy, **fields: Any) -> Policy:
    """The policy with new values in these fields.

    Raises:
        PolicyInvalid: with one line for each invalid field.
    """
    return validate_policy({**dict(policy), **fields})


def validate_policy(document: Any) -> Policy:
    """A policy from a document or its fields. Raises as `with_fields`."""
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise _invalid(error) from None


def import_policy(content: bytes) -> Policy:
    """A policy from an exported file.

    Raises:
        PolicyInvalid: the file is too large; or one line for each invalid field, named as in the file.
    """
    if len(content) > MAX_FILE_BYTES:
        raise file_too_large()
    try:
        # Some editors write a byte order mark.
        policy = Policy.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise _invalid(error) from None
    return with_timezone(policy, policy.timezone)


def export_policy(policy: Policy) -> bytes:
    """The policy as an indented JSON file; IDs are strings."""
    return (json.dumps(policy.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n").encode()


def with_timezone(policy: Policy, name: str | None) -> Policy:
    """Set the time zone of the server's days, by its name in any case; None: days are the last 24 hours.

    Raises:
        PolicyInvalid: there is no such zone.
    """
    if name is None:
        return with_fields(policy, timezone=None)
    wanted = name.strip().replace(" ", "_").casefold()
    known = next((zone for zone in zone_names() if zone.casefold() == wanted), None)
    if known is None:
        raise PolicyInvalid(Fault(FaultKind.ZONE_UNKNOWN, value=_abbreviated(name)))
    return with_fields(policy, timezone=known)


def with_limit(
    policy: Policy, rule: Rule, *, songs: str | None, per: str | None, in_english: InEnglish = str
) -> Policy:
    """Add a limit, replace the one with the same window, or remove it with "none". `songs` and `per` are typed text.

    Raises:
        PolicyInvalid: a number or a time span is missing, unreadable or out of range.
    """
    if rule.measure is Measure.INTERVAL:
        return _with_interval(policy, rule, songs, per, in_english)
    if rule.measure is Measure.WINDOWS:
        return _with_window(policy, rule, songs, per, in_english)
    if songs is None:
        raise PolicyInvalid(Fault(FaultKind.AT_ONCE_INCOMPLETE))
    if per is not None and not means_no_limit(per, in_english):
        raise PolicyInvalid(Fault(FaultKind.AT_ONCE_HAS_SPAN))
    number = None if means_no_limit(songs, in_english) else parse_songs(songs, in_english)
    return with_fields(policy, **{str(rule.field): number})


def with_windows(policy: Policy, rule: Rule, text: str, in_english: InEnglish = str) -> Policy:
    """Replace all windows of a kind of limit by typed lines such as `5 per hour`. Raises as `with_limit`."""
    windows: list[Window] = []
    for line in filter(str.strip, text.splitlines()):
        found = _LINE.fullmatch(line)
        if found is None:
            raise PolicyInvalid(Fault(FaultKind.LINE_UNREADABLE, value=_abbreviated(line)))
        windows.append(_window(parse_songs(found[1]), parse_span_s(found[2], in_english=in_english)))
    return with_fields(policy, **{str(rule.field): _sorted_windows(windows)})


def by_the_day(text: str) -> str:
    """Typed limits, of which one that is only a number is by the day."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(f"{line} per day" if line.isdecimal() else line for line in lines if line)


def with_role(policy: Policy, role_id: int, rule: RoleRule | None) -> Policy:
    """Set the rule of a role; None removes it."""
    roles = {key: value for key, value in policy.roles.items() if key != role_id}
    return with_fields(policy, roles=roles if rule is None else {**roles, role_id: rule})


def with_blocked_member(policy: Policy, member_id: int, *, is_blocked: bool) -> Policy:
    """Block a member from requesting songs, or allow them again. Raises PolicyInvalid: too many are blocked."""
    one = {member_id}
    ids = policy.blocked_member_ids | one if is_blocked else policy.blocked_member_ids - one
    return with_fields(policy, blocked_member_ids=ids)


def with_channels(policy: Policy, channels: Channels | None) -> Policy:
    """Set in which channels songs may be requested; None: in all."""
    return with_fields(policy, channels=channels)


def with_words(policy: Policy, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Policy:
    """Add and remove blocked words and phrases; those that fold to the same text are the same.

    Raises:
        PolicyInvalid: one has no letter or digit, one to remove is not blocked, or there are too many.
    """
    known = {fold(word): word for word in policy.words}
    for word in remove:
        if known.pop(fold(word), None) is None:
            raise PolicyInvalid(Fault(FaultKind.WORD_NOT_BLOCKED, value=_abbreviated(word)))
    for word in add:
        if not (bare := fold(word)):
            raise PolicyInvalid(Fault(FaultKind.WORD_EMPTY, value=_abbreviated(word)))
        known.setdefault(bare, " ".join(word.split()))
    return with_fields(policy, words=tuple(known.values()))


def parse_songs(text: str, in_english: InEnglish = str) -> int:
    """A typed number of songs. Raises PolicyInvalid."""
    bare = re.sub(r"[\s,.'_]|songs?", "", in_english(text).strip().casefold())
    if not (bare.isascii() and bare.isdigit()):
        raise PolicyInvalid(Fault(FaultKind.SONGS_UNREADABLE, value=_abbreviated(text)))
    return int(bare[:9])  # cut: any 9 digits are above the maximum already


def means_no_limit(text: str | None, in_english: InEnglish = str) -> bool:
    """Whether the typed text means "no limit"."""
    return text is not None and in_english(text).strip().casefold() in NO_LIMIT_WORDS


def _with_interval(
    policy: Policy, rule: Rule, songs: str | None, per: str | None, in_english: InEnglish
) -> Policy:
    if means_no_limit(per, in_english) or (per is None and means_no_limit(songs, in_english)):
        return with_fields(policy, **{str(rule.field): None})
    if per is None:
        raise PolicyInvalid(Fault(FaultKind.COOLDOWN_INCOMPLETE))
    if songs is not None:
        raise PolicyInvalid(Fault(FaultKind.COOLDOWN_HAS_SONGS))
    return with_fields(policy, **{str(rule.field): parse_span_s(per, shortest_s=1, in_english=in_english)})


def _with_window(
    policy: Policy, rule: Rule, songs: str | None, per: str | None, in_english: InEnglish
) -> Policy:
    windows: tuple[Window, ...] = getattr(policy, str(rule.field))
    if means_no_limit(per, in_english) or (means_no_limit(songs, in_english) and per is None):
        return with_fields(policy, **{str(rule.field): ()})
    if songs is None or per is None:
        raise PolicyInvalid(Fault(FaultKind.LIMIT_INCOMPLETE))
    window_s = parse_span_s(per, in_english=in_english)
    # A window is identified by its length.
    others = [window for window in windows if window.window_s != window_s]
    if means_no_limit(songs, in_english):
        if len(others) == len(windows):
            raise PolicyInvalid(Fault(FaultKind.LIMIT_NOT_FOUND))
        return with_fields(policy, **{str(rule.field): tuple(others)})
    window = _window(parse_songs(songs, in_english), window_s)
    return with_fields(policy, **{str(rule.field): _sorted_windows([*others, window])})


def parse_window(songs: str, per: str, in_english: InEnglish = str) -> Window:
    """A window from a typed number and time span. Raises PolicyInvalid."""
    return _window(parse_songs(songs, in_english), parse_span_s(per, in_english=in_english))


def _window(songs: int, window_s: int) -> Window:
    try:
        return Window(songs=songs, window_s=window_s)
    except ValidationError as error:
        raise _invalid(error) from None


def _sorted_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    return tuple(sorted(windows, key=lambda window: window.window_s))


def _invalid(error: ValidationError) -> PolicyInvalid:
    return PolicyInvalid(*(_fault(detail) for detail in error.errors(include_url=False)))


def _fault(detail: ErrorDetails) -> Fault:
    context: dict[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    return Fault(
        _KINDS.get(kind) or (FaultKind(kind) if kind in set(FaultKind) else FaultKind.OTHER),
        field=_abbreviated(".".join(map(str, detail["loc"]))),
        value=""
        if isinstance(detail["input"], dict | list)
        else _abbreviated(json.dumps(detail["input"], default=str)),
        limit=next((context[bound] + step for bound, step in _BOUNDS.items() if bound in context), 0),
        choices=str(context.get("expected", "")),
    )


def file_too_large() -> PolicyInvalid:
    """The error for a file of more than `MAX_FILE_BYTES`."""
    return PolicyInvalid(Fault(FaultKind.FILE_TOO_LARGE, limit=MAX_FILE_BYTES // 1024))


def _abbreviated(text: str) -> str:
    return " ".join(text.split())[:60]

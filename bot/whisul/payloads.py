"""Parses answers of Whisul into domain models.

Whisul's documentation contradicts itself and its servers may send anything, so every field is read by a function that accepts
any JSON value and returns the documented type or None. Only a body without a status, or without a job ID, is an error.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from yarl import URL

from bot.domain.jobs import JobReport, ReportedStatus, Song
from bot.whisul.errors import WhisulUnreadable

MAX_TEXT_CHARS = 2000
MAX_STATUS_CHARS = 64
MAX_TAGS = 100
MAX_URL_CHARS = 2048
MAX_JOB_ID_CHARS = 512
MAX_DURATION_S = 24 * 3600
_MAX_INT_DIGITS = 18

_STATUSES = {status.value: status for status in ReportedStatus}

_CLOCK_DURATION = re.compile(
    r"(?:(?P<h>\d{1,2}):(?=[0-5]?\d:))?(?P<m>\d{1,3}):(?P<s>[0-5]\d(?:\.\d+)?)", re.ASCII
)
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?: ?UTC|Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_URL_CHARS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HTML = re.compile(r"<\s*(?:!doctype|html|head|body)\b", re.IGNORECASE)
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _integer(digits: str) -> float:
    # Python refuses to convert thousands of digits; one absurd number must not invalidate the whole answer.
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_int=_integer)


def _json_object(body: bytes, number: Callable[[str], object] | None = None) -> dict[str, object] | None:
    """A JSON object, None for anything else; `number` converts its numbers from their digits."""
    decoder = _DECODER if number is None else json.JSONDecoder(parse_int=number, parse_float=number)
    try:
        value: object = decoder.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _is_printable(char: str) -> bool:
    return char.isspace() or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _BIDI_CONTROLS)


def clean_text(value: object) -> str | None:
    """A string as one line without control characters, surrogates and bidi controls; None if nothing is left."""
    if not isinstance(value, str):
        return None
    # Cut before the slow filter; what is dropped may leave less than the maximum, hence the factor.
    kept = value[: 4 * MAX_TEXT_CHARS]
    if not (kept.isascii() and kept.isprintable()):
        kept = "".join(filter(_is_printable, kept))
    return " ".join(kept.split())[:MAX_TEXT_CHARS].rstrip() or None


def _error_message(value: object, *, depth: int = 2) -> str | None:
    """The readable message of an `error`: a string, or an object with one. None for HTML."""
    if not isinstance(value, dict):
        words = clean_text(value)
        return None if words is None or _HTML.search(words) else words
    if not depth:
        return None
    fields = cast("dict[str, object]", value)
    found = (_error_message(fields.get(name), depth=depth - 1) for name in ("message", "error"))
    return next(filter(None, found), None)


def _number(value: object) -> float | None:
    """A finite number, or a string with a plain one."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _bpm(value: object) -> float | None:
    bpm = _number(value)
    return bpm if bpm is not None and bpm > 0 else None


def _duration_s(value: object) -> float | None:
    """`"2:47"`, `"1:02:03"`, `167`, `167.4` and `"167"`, in seconds."""
    clock = _CLOCK_DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock:
        seconds = int(clock["h"] or 0) * 3600 + int(clock["m"]) * 60 + float(clock["s"])
    else:
        seconds = _number(value)
    return float(seconds) if seconds is not None and 0 < seconds <= MAX_DURATION_S else None


def _tags(value: object) -> tuple[str, ...]:
    """One comma-separated string, or a list of them; each tag once, in the order given."""
    parts = cast("list[object]", value) if isinstance(value, list) else [value]
    words = (word for part in parts if isinstance(part, str) for word in part.split(","))
    tags = dict.fromkeys(tag for tag in map(clean_text, words) if tag)
    return tuple(tags)[:MAX_TAGS]


def _url(value: object) -> str | None:
    """An http(s) URL without credentials. A well-formed one is returned unchanged, because it may be signed."""
    if not isinstance(value, str) or len(value) > 2 * MAX_URL_CHARS or "\\" in value:
        return None
    text = value.strip()
    is_plain = _URL_CHARS.fullmatch(text) is not None
    if not is_plain and not all(map(_is_printable, text)):
        return None
    try:
        url = URL(text)
        usable = url.scheme in ("http", "https") and url.host and url.user is None and url.password is None
    except (ValueError, IndexError):  # yarl 1.25 has an IndexError for `//[]@`
        return None
    shown = text if is_plain else str(url)
    return shown if usable and len(shown) <= MAX_URL_CHARS and _URL_CHARS.fullmatch(shown) else None


def _timestamp(value: object) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS` in UTC; also ISO 8601 with `T`, a fraction and a zone."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.removesuffix("UTC").rstrip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _song(value: object) -> Song:
    """The song in a `result`; every field of it may be missing."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return Song(
        song_url=_url(fields.get("song_url")),
        title=clean_text(fields.get("title")),
        bpm=_bpm(fields.get("bpm")),
        duration_s=_duration_s(fields.get("duration")),
        tags=_tags(fields.get("tags")),
        image_url=_url(fields.get("image_url")),
    )


def read_job(body: bytes) -> JobReport:
    """The report in the answer to a poll.

    Raises:
        WhisulUnreadable: the body is not a JSON object, or has no status.
    """
    fields = _json_object(body) or {}
    word = clean_text(fields.get("status"))
    if word is None:
        raise WhisulUnreadable("the answer is not a job with a status", created_nothing=False)
    word = word[:MAX_STATUS_CHARS].rstrip()
    # A status that a later version of the API adds must not end a job that may still finish.
    status = _STATUSES.get(word.casefold(), ReportedStatus.RUNNING)
    return JobReport(
        status=status,
        raw_status=word,
        song=_song(fields.get("result")) if status is ReportedStatus.COMPLETED else None,
        error=_error_message(fields.get("error")) if status is ReportedStatus.FAILED else None,
        started_at=_timestamp(fields.get("started_at")),
        finished_at=_timestamp(fields.get("finished_at")),
    )


def read_job_id(body: bytes) -> str:
    """The job ID in the answer to a submit: a string as it is, a number with its original digits.

    Raises:
        WhisulUnreadable: there is none, or none that can be stored.
    """
    value = (_json_object(body, number=str) or {}).get("job_id")
    job_id = value.strip() if isinstance(value, str) else ""
    if (
        not 0 < len(job_id) <= MAX_JOB_ID_CHARS
        or "\0" in job_id
        or any("\ud800" <= c <= "\udfff" for c in job_id)
    ):
        raise WhisulUnreadable("the submit was taken, but its answer holds no job ID", created_nothing=False)
    return job_id


def is_json_object(body: bytes) -> bool:
    """Whether the body is a JSON object."""
    return _json_object(body) is not None


def read_error(body: bytes) -> str | None:
    """The API's own words in an error: its `message`, else its `error`; empty where neither can be shown.

    None for a body that is not the API's: anything but a JSON object with an `error`.
    """
    fields = _json_object(body)
    if fields is None or not isinstance(error := fields.get("error"), str | dict) or not error:
        return None
    return _error_message(fields) or ""

"""Every field of Whisul's answers, in every form that occurs or may occur."""

import json
import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.domain.jobs import ReportedStatus, Song
from bot.whisul.errors import WhisulUnreadable
from bot.whisul.payloads import read_job
from tests.parameter_ids import short

DEEP = '{"x": ' * 400 + "1" + "}" * 400


def _song(**fields: Any) -> Song:
    song = read_job(json.dumps({"status": "completed", "result": fields}).encode()).song
    assert song is not None
    return song


def _raw_song(text: str) -> Song:
    song = read_job(f'{{"status": "completed", "result": {text}}}'.encode()).song
    assert song is not None
    return song


@pytest.mark.parametrize("result", ["null", "[]", '"text"', "7", "{}", '{"title": {}, "tags": 5}', DEEP])
def test_a_completed_job_always_has_a_song(result: str) -> None:
    assert _raw_song(result) == Song()


def test_a_completed_job_without_a_result_has_a_song() -> None:
    assert read_job(b'{"status": "completed"}').song == Song()


def test_one_bad_field_costs_only_itself() -> None:
    song = _song(title="Midnight Grid", bpm="fast", duration=None, tags=7, song_url="javascript:alert(1)")
    assert song == Song(title="Midnight Grid")


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("2:47", 167.0),
        (" 2:47 ", 167.0),
        ("0:07", 7.0),
        ("75:00", 4500.0),
        ("1:02:03", 3723.0),
        ("1:2:03", 3723.0),
        ("2:47.5", 167.5),
        (167, 167.0),
        (167.4, 167.4),
        ("167", 167.0),
        ("167.4", 167.4),
        (86_400, 86_400.0),
        (86_401, None),
        ("99:59:59", None),
        ("2:75", None),
        ("1:75:03", None),
        ("1:2:3:4", None),
        ("2:4", None),
        ("-2:47", None),
        ("0:00", None),
        (0, None),
        (-167, None),
        ("-167", None),
        (True, None),
        (False, None),
        (float("nan"), None),
        (float("inf"), None),
        (-float("inf"), None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_000", None),
        ("٣:٤٥", None),
        ("9" * 5000, None),
        (10**400, None),
        (1e300, None),
        ("", None),
        ("PT2M47S", None),
        ([167], None),
        ({"seconds": 167}, None),
        (None, None),
    ],
    ids=short,
)
def test_a_duration_is_read_in_every_form(duration: Any, seconds: float | None) -> None:
    assert _song(duration=duration).duration_s == seconds


@pytest.mark.parametrize(
    ("bpm", "expected"),
    [
        (140, 140),
        (92.5, 92.5),
        ("140", 140),
        (" 92.5 ", 92.5),
        (0, None),
        (-140, None),
        ("-140", None),
        ("140 BPM", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        ("inf", None),
        ([140], None),
        (None, None),
    ],
)
def test_a_tempo_is_positive_and_finite_or_missing(bpm: Any, expected: float | None) -> None:
    assert _song(bpm=bpm).bpm == expected


def test_a_number_of_thousands_of_digits_costs_only_its_field() -> None:
    assert _raw_song('{"title": "x", "bpm": 1' + "0" * 4900 + "}") == Song(title="x")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("trap, dark, 808s, synth, bass", ("trap", "dark", "808s", "synth", "bass")),
        ("trap,,  , dark,trap,", ("trap", "dark")),
        ("drum  and\nbass", ("drum and bass",)),
        (["trap", "dark", 7, None, "trap", "a, b"], ("trap", "dark", "a", "b")),
        ("", ()),
        (" , ", ()),
        (None, ()),
        (7, ()),
        ({"trap": True}, ()),
    ],
)
def test_tags_are_separate_words(tags: Any, expected: tuple[str, ...]) -> None:
    assert _song(tags=tags).tags == expected


def test_tags_have_an_end() -> None:
    assert len(_song(tags=",".join(map(str, range(5000)))).tags) == 100


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Midnight Grid", "Midnight Grid"),
        ("  two\r\n\tlines ", "two lines"),
        ("bell\x07 nul\0 lone\ud800", "bell nul lone"),
        ("\u202eevil\u2069", "evil"),
        ("Café 🎵 夜", "Café 🎵 夜"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("a" * 2001, "a" * 2000),
        ("", None),
        (" \0 ", None),
        (7, None),
        (["Midnight"], None),
        (None, None),
    ],
)
def test_a_title_is_one_clean_line_or_missing(title: Any, expected: str | None) -> None:
    assert _song(title=title).title == expected


SIGNED = "https://cdn.example/a%2Fb~c.mp3?X-Amz-Signature=ab%2B%7Ecd&Expires=1#t=1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://cdn.whisul.com/audio/1.mp3", "https://cdn.whisul.com/audio/1.mp3"),
        ("http://127.0.0.1:8080/1.mp3", "http://127.0.0.1:8080/1.mp3"),
        ("HTTPS://CDN.example/1.mp3", "HTTPS://CDN.example/1.mp3"),
        (SIGNED, SIGNED),
        (" https://cdn.example/1.mp3\n", "https://cdn.example/1.mp3"),
        ("https://cdn.example/my song (1).mp3", "https://cdn.example/my%20song%20(1).mp3"),
        ("https://cdn.example/né.mp3", "https://cdn.example/n%C3%A9.mp3"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('https://cdn.example/"><script>', "https://cdn.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("ftp://cdn.example/1.mp3", None),
        ("data:audio/mpeg;base64,AAAA", None),
        ("//cdn.example/1.mp3", None),
        ("/audio/1.mp3", None),
        ("https://", None),
        ("https:///1.mp3", None),
        ("https://:443/1.mp3", None),
        ("https://cdn.example:99999/", None),
        ("https://[::1", None),
        ("https://[]@/", None),
        ("https://user:pass@cdn.example/", None),
        ("https://user@cdn.example/", None),
        ("https://cdn.example\\@evil.example/", None),
        ("https://cdn.example/\0", None),
        ("https://cdn.example/\u202e3pm.exe", None),
        ("https://cdn.example/\ud800", None),
        ("https://cdn.example/" + "a" * 2028, "https://cdn.example/" + "a" * 2028),
        ("https://cdn.example/" + "a" * 2029, None),
        ("https://cdn.example/" + "é" * 1000, None),
        ("https://cdn.example/" + "a" * 100_000, None),
        ("", None),
        (7, None),
        ([], None),
        (None, None),
    ],
    ids=short,
)
def test_only_http_addresses_without_credentials_are_kept(url: Any, expected: str | None) -> None:
    song = _song(song_url=url, image_url=url)
    assert (song.song_url, song.image_url) == (expected, expected)


NOON = datetime(2026, 2, 17, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-17 12:00:00", NOON),
        (" 2026-02-17T12:00:00 ", NOON),
        ("2026-02-17T12:00:00Z", NOON),
        ("2026-02-17t12:00:00z", NOON),
        ("2026-02-17 12:00:00 UTC", NOON),
        ("2026-02-17T14:00:00+02:00", NOON),
        ("2026-02-17T14:00:00+0200", NOON),
        ("2026-02-17T12:00:00.250Z", NOON.replace(microsecond=250_000)),
        ("2026-02-17T12:00:00.123456789Z", NOON.replace(microsecond=123_456)),
        ("2026-02-30 12:00:00", None),
        ("2026-02-17", None),
        ("17.02.2026 12:00", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("2026-02-17T12:00:00+99:99", None),
        ("0000-00-00 00:00:00", None),
        ("soon", None),
        ("", None),
        (1_771_329_600, None),
        (True, None),
        ([], None),
        (None, None),
    ],
)
def test_a_time_is_utc_or_missing(text: Any, moment: datetime | None) -> None:
    report = read_job(json.dumps({"status": "failed", "started_at": text, "finished_at": text}).encode())
    assert (report.started_at, report.finished_at) == (moment, moment)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("Out of tune", "Out of tune"),
        (" Out\nof tune ", "Out of tune"),
        ({"message": "Out of tune"}, "Out of tune"),
        ({"error": "Out of tune"}, "Out of tune"),
        ({"message": None, "error": {"message": "Out of tune"}}, "Out of tune"),
        ({"code": 7}, None),
        ("<!doctype html><body>502", None),
        (["Out of tune"], None),
        (7, None),
        ("", None),
        (None, None),
    ],
)
def test_a_failed_job_says_why_in_words_or_not_at_all(error: Any, expected: str | None) -> None:
    report = read_job(json.dumps({"status": "failed", "error": error, "result": {"title": "x"}}).encode())
    assert (report.status, report.error, report.song) == (ReportedStatus.FAILED, expected, None)


def test_a_failed_job_without_an_error_is_read() -> None:
    assert read_job(b'{"status": "failed"}').error is None


def test_a_deeply_nested_error_is_no_error_message() -> None:
    nested = '{"error": ' * 400 + '"why"' + "}" * 400
    assert read_job(f'{{"status": "failed", "error": {nested}}}'.encode()).error is None


def test_only_a_completed_job_has_a_song_and_only_a_failed_one_an_error() -> None:
    both = {"result": {"title": "x"}, "error": "y"}
    running = read_job(json.dumps({"status": "running"} | both).encode())
    completed = read_job(json.dumps({"status": "completed"} | both).encode())
    assert (running.song, running.error) == (None, None)
    assert (completed.song, completed.error) == (Song(title="x"), None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("running", ReportedStatus.RUNNING),
        ("Completed", ReportedStatus.COMPLETED),
        (" FAILED ", ReportedStatus.FAILED),
        ("queued", ReportedStatus.RUNNING),
        ("x" * 5000, ReportedStatus.RUNNING),
    ],
)
def test_a_status_is_known_or_still_running(word: str, status: ReportedStatus) -> None:
    report = read_job(json.dumps({"status": word}).encode())
    assert report.status is status
    assert report.raw_status == word.strip()[:64]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    assert read_job('{"status": "läuft"}'.encode(encoding)).raw_status == "läuft"


_TEXT = st.text() | st.text(alphabet=st.characters(categories=["Cc", "Cs", "Cf", "Zs", "L"]))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _TEXT
    | st.sampled_from(
        ["2:47", "1:02:03", "167", SIGNED, "http://a@b/", "//", "http://[", "2026-02-17 12:00:00"]
    )
    | st.sampled_from([10**4000, -(10**4000)])
)
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=12
)
_HOSTILE_URL = st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [
                "http",
                "https",
                ":",
                "//",
                "/",
                "@",
                "\\",
                "[",
                "]",
                "::1",
                "a.b",
                "%",
                "?",
                "#",
                " ",
                "é",
                "\0",
            ]
        ),
        max_size=12,
    ),
)


@given(
    title=_ANYTHING,
    bpm=_ANYTHING,
    duration=_ANYTHING | st.from_regex(r"\A[0-9:.]{1,8}\Z"),
    tags=_ANYTHING,
    song_url=_ANYTHING | _HOSTILE_URL,
    image_url=st.from_regex(r"\Ahttps?://[^/]{1,20}/?.{0,20}\Z"),
)
def test_a_song_keeps_its_promises_whatever_was_sent(**fields: Any) -> None:
    song = _song(**fields)
    for text in (song.title, *song.tags):
        assert text is None or _is_clean(text)
    assert len(set(song.tags)) == len(song.tags) <= 100
    assert song.bpm is None or (song.bpm > 0 and math.isfinite(song.bpm))
    assert song.duration_s is None or 0 < song.duration_s <= 86_400
    for url in (song.song_url, song.image_url):
        assert url is None or _is_plain_address(url)


def _is_clean(text: str) -> bool:
    plain = not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
    return plain and text == text.strip() and 0 < len(text) <= 2000


def _is_plain_address(text: str) -> bool:
    url = URL(text)
    return (
        url.scheme in ("http", "https")
        and bool(url.host)
        and url.user is None
        and url.password is None
        and len(text) <= 2048
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )


@given(
    body=st.builds(
        json.dumps, st.dictionaries(st.sampled_from(["status", "result", "error", "started_at"]), _ANYTHING)
    )
)
def test_a_job_is_read_or_unreadable(body: str) -> None:
    try:
        report = read_job(body.encode())
    except WhisulUnreadable:
        return
    assert (report.song is not None) == (report.status is ReportedStatus.COMPLETED)
    assert _is_clean(report.raw_status)
    assert report.error is None or _is_clean(report.error)
    assert report.started_at is None or report.started_at.tzinfo is UTC

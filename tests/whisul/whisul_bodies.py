"""Strategies for hostile answers: any JSON value for a field, and any bytes for JSON."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.job_shapes import texts, urls
from tests.whisul_server import Reply, answer

_WORDS = st.sampled_from(
    ["", "running", "completed", "COMPLETED", " failed ", "queued", "2:47", "99:99", "1e999", "-0", "NaN", "167", "a, b,,@here",
     "2026-02-17 15:39:34", "2026-02-17T15:39:34+99:00", "9999-12-31 23:59:59-2359", "<html>", "__proto__", "null", "%s%n", "{}"]
)  # fmt: skip
_NUMBERS = st.sampled_from(
    [0, -1, 140, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), -0.0, 139.99, True, None]
)
_SCALARS = st.one_of(_WORDS, _NUMBERS, texts, urls, st.integers(), st.floats())
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=3), max_leaves=5
)  # fmt: skip


@st.composite
def _mostly(draw: st.DrawFn, usual: st.SearchStrategy[Any]) -> Any:
    """Five times out of six what belongs there; `one_of` would weigh every branch within its branches alike."""
    return draw(usual if draw(st.integers(0, 5)) < 5 else _ANYTHING)


_RESULT = st.fixed_dictionaries(
    {
        "song_url": _mostly(urls),
        "title": _mostly(texts),
        "bpm": _mostly(_NUMBERS),
        "duration": _mostly(_WORDS),
        "tags": _mostly(texts),
    },
    optional={"image_url": _mostly(urls), "extra": _ANYTHING},
)
jobs = _mostly(
    st.fixed_dictionaries(
        {
            "status": _mostly(st.sampled_from(["completed", "failed", "Completed", "running"])),
            "result": _mostly(_RESULT),
            "error": _mostly(texts),
        },
        optional={"started_at": _mostly(_WORDS), "finished_at": _mostly(_WORDS)},
    )
)
acceptances = _mostly(
    st.fixed_dictionaries(
        {"job_id": _mostly(st.uuids().map(str) | texts)}, optional={"message": texts, "poll_url": urls}
    )
)
refusals = _mostly(st.fixed_dictionaries({}, optional={"error": _mostly(texts), "message": _mostly(texts)}))


def _written(value: Any, encoding: str) -> bytes:
    return json.dumps(value, ensure_ascii=encoding == "ascii").encode(encoding, "surrogatepass")


def _spliced(body: bytes, junk: bytes, at: int) -> bytes:
    return body[:at] + junk + body[at:]


_ENCODINGS = st.sampled_from(["ascii", "ascii", "utf-8", "utf-8", "utf-16", "utf-32"])
_MONSTERS = [b"[" * 100_000, b'{"status":' * 50_000, b'{"bpm":' + b"9" * 50_000 + b"}", b"\0" * 300_000]
_PACKERS: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    zlib.compress,
    lambda body: zlib.compress(body)[2:-4],  # deflate without a frame
    lambda body: gzip.compress(gzip.compress(body)),
    lambda body: gzip.compress(body)[:-6],
    lambda body: b"\x1b\x0f\x00\xf8" + body,  # how brotli may begin
]


@st.composite
def bodies(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """These values as JSON in any encoding, every third time broken, packed, or not JSON at all."""
    body = _written(draw(values), draw(_ENCODINGS))
    match draw(st.integers(0, 14)):
        case 10:
            return _spliced(body, draw(st.binary(max_size=8)), draw(st.integers(0, len(body))))
        case 11:
            return body[: draw(st.integers(0, len(body)))]
        case 12:
            return draw(st.sampled_from(_PACKERS))(body)
        case 13:
            return draw(st.binary(max_size=300))
        case 14:
            return draw(st.sampled_from(_MONSTERS))
        case _:
            return body


def _answered(body: bytes, status: int, encoding: str | None, retry_after: str | None) -> Reply:
    headers = {"content_encoding": encoding, "retry_after": retry_after}
    return answer(status, body, **{name: value for name, value in headers.items() if value is not None})


def answers(
    of_bodies: st.SearchStrategy[bytes], statuses: st.SearchStrategy[int]
) -> st.SearchStrategy[Reply]:
    """Whole HTTP answers, whose headers may lie about what is in them."""
    labels = st.sampled_from([None, None, None, "gzip", "deflate", "br", "identity", "gzip, gzip", "x"])
    waits = st.sampled_from([None, None, "0", "-1", "1e9", "9" * 50, "soon", "Tue, 99 Feb 2026 99:99:99 GMT"])
    return st.builds(_answered, of_bodies, statuses, labels, waits)

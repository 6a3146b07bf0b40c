"""The files of a song: valid, of the stated length and size, served whole and in ranges."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from PIL import Image

from sandbox.whisul import cover, files
from sandbox.whisul.audio import encode_song, encode_tone
from sandbox.whisul.cover import COVER_PX, paint_cover
from sandbox.whisul.genres import GENRES
from sandbox.whisul.songs import Song, compose
from tests.sandbox.whisul_caller import Caller, calling


def _info(mp3: bytes) -> Any:
    """What mutagen, which brings no types, reads out of the file's frames."""
    return MP3(io.BytesIO(mp3)).info


async def _urls(caller: Caller, prompt: str = "a trap song") -> tuple[str, str]:
    result = caller.simulator.finish(await caller.new_job(prompt)).result or {}
    return str(result["song_url"]), str(result["image_url"])


async def test_documented_song_has_its_length_and_can_be_attached() -> None:
    async with calling(tiny_files=False, reference=True) as caller:
        song_url, _ = await _urls(caller)
        got = await caller.call("GET", song_url)
        assert got.headers["Content-Type"] == "audio/mpeg"
        assert _info(got.body).length == pytest.approx(167, abs=0.1)
        assert 2_000_000 < len(got.body) < 3_000_000


def test_short_songs_have_their_length_and_id3_tags_in_any_script() -> None:
    song = compose("jazz Café 120 bpm", seed="3", duration_s=1)
    file = encode_song(song)
    info = _info(file)
    assert info.length == pytest.approx(1, abs=0.1)
    assert (info.sample_rate, info.channels) == (44_100, 2)
    tags: Any = ID3(io.BytesIO(file))
    told = [str(tags[name]) for name in ("TIT2", "TCON", "TBPM", "TLEN")]
    assert told == [song.title, "jazz", "120", "1000"]


def test_the_tiny_clip_is_a_valid_mp3() -> None:
    clip = encode_tone()
    assert _info(clip).length == pytest.approx(1, abs=0.1)
    assert len(clip) < 20_000


def _check_cover(file: bytes) -> None:
    """Assert that it is a square jpg of the stated size, neither empty nor wasteful."""
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (COVER_PX, COVER_PX), "RGB")
        assert np.ptp(np.asarray(image)) > 50
    assert 20_000 < len(file) < 125_000


@pytest.mark.parametrize("genre", [genre.name for genre in GENRES])
def test_covers_are_square_repeat_for_one_song_and_differ_between_songs(genre: str) -> None:
    one, again, other = (paint_cover(compose(genre, seed=seed)) for seed in ("a", "a", "b"))
    _check_cover(one)
    assert one == again
    assert one != other


@pytest.mark.parametrize("title", ["Supercalifragilisticexpialidocious Constellation", "雨", "", "A"])
def test_covers_carry_any_title_within_their_edges(title: str) -> None:
    image = Image.new("RGB", (COVER_PX, COVER_PX))
    cover._letter(image, replace(compose("pop", seed="0"), title=title), (255, 255, 255))
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    assert 20 < left < right < COVER_PX - 20
    assert COVER_PX / 2 < top < bottom < COVER_PX - 20


async def test_concurrent_requests_for_one_song_encode_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Song]()

    def counted(song: Song) -> bytes:
        made.append(song)
        return encode_song(song)

    monkeypatch.setattr(files, "encode_song", counted)
    async with calling(tiny_files=False, song_seconds=2) as caller:
        result = caller.simulator.finish(await caller.new_job("dark techno")).result or {}
        got = await asyncio.gather(*(caller.call("GET", str(result["song_url"])) for _ in range(8)))
        picture = await caller.call("GET", str(result["image_url"]))
    assert result["duration"] == "0:02"
    assert len(made) == 1
    [song] = {each.body for each in got}
    assert _info(song).length == pytest.approx(2, abs=0.1)
    assert picture.headers["Content-Type"] == "image/jpeg"
    _check_cover(picture.body)


async def test_files_exist_only_once_the_job_is_completed_and_outlive_it(caller: Caller) -> None:
    job_id = await caller.new_job()
    url = f"http://{caller.simulator.media_host}/audio/{job_id[:8]}.mp3"
    assert (await caller.call("GET", url)).status == 404
    caller.simulator.finish(job_id)
    caller.simulator.expire(job_id)
    assert (await caller.call("GET", url)).status == 200
    assert (await caller.call("GET", url.replace(job_id[:8], "00000000"))).status == 404


async def test_ranges_are_answered_by_206_or_416(caller: Caller) -> None:
    song_url, _ = await _urls(caller)
    whole = (await caller.call("GET", song_url)).body
    size = len(whole)
    ranges = {
        "bytes=0-99": (0, 100),
        "bytes=100-": (100, size),
        "bytes=-50": (size - 50, size),
        "bytes=0-999999999": (0, size),
    }
    for asked, (first, end) in ranges.items():
        part = await caller.call("GET", song_url, headers={"Range": asked})
        assert (part.status, part.body) == (206, whole[first:end]), asked
        assert part.headers["Content-Range"] == f"bytes {first}-{end - 1}/{size}", asked
        assert part.headers["Content-Length"] == str(end - first), asked
    for asked in ("bytes=99999999-", "bytes=5-2", "pages=1-2"):
        refused = await caller.call("GET", song_url, headers={"Range": asked})
        assert (refused.status, refused.headers["Content-Range"]) == (416, f"bytes */{size}"), asked


async def test_files_allow_other_origins_and_head_requests(caller: Caller) -> None:
    for url in await _urls(caller):
        whole = await caller.call("GET", url)
        head = await caller.call("HEAD", url)
        assert whole.headers["Access-Control-Allow-Origin"] == "*"
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert head.headers["Content-Length"] == str(len(whole.body))
        assert head.body == b""

"""The files of a song: real, of the stated length and size, served as browsers like them."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from PIL import Image

from sandbox.whisul.cover import paint_cover
from sandbox.whisul.genres import GENRES
from sandbox.whisul.mp3 import encode_song, encode_tone
from sandbox.whisul.songs import compose
from tests.sandbox.whisul_caller import Caller, calling


def _info(mp3: bytes) -> Any:
    """What mutagen, which brings no types, reads out of the file's frames."""
    return MP3(io.BytesIO(mp3)).info


async def _urls(caller: Caller, prompt: str = "a trap song") -> tuple[str, str]:
    result = caller.simulator.finish(await caller.new_job(prompt)).result or {}
    return str(result["song_url"]), str(result["image_url"])


async def test_the_documented_song_is_as_long_as_documented_and_can_be_attached() -> None:
    async with calling(tiny_files=False, reference=True) as caller:
        song_url, _ = await _urls(caller)
        got = await caller.call("GET", song_url)
        assert got.headers["Content-Type"] == "audio/mpeg"
        assert _info(got.body).length == pytest.approx(167, abs=0.1)
        assert 2_000_000 < len(got.body) < 3_000_000


@pytest.mark.parametrize("duration_s", [1, 4, 7])
def test_a_short_song_has_its_length_too(duration_s: int) -> None:
    info = _info(encode_song(compose("house", seed="0", duration_s=duration_s)))
    assert info.length == pytest.approx(duration_s, abs=0.1)
    assert (info.sample_rate, info.channels) == (44_100, 2)


def test_the_tags_tell_title_style_tempo_and_length_in_any_letters() -> None:
    song = compose("jazz Café 120 bpm", seed="3", duration_s=1)
    tags: Any = ID3(io.BytesIO(encode_song(song)))
    told = [str(tags[name]) for name in ("TIT2", "TCON", "TBPM", "TLEN")]
    assert told == [song.title, "jazz", "120", "1000"]


def test_the_tiny_clip_is_a_real_mp3() -> None:
    clip = encode_tone()
    assert _info(clip).length == pytest.approx(1, abs=0.1)
    assert len(clip) < 20_000


@pytest.mark.parametrize("genre", [genre.name for genre in GENRES])
def test_every_style_has_a_square_jpg_cover_of_a_sensible_size(genre: str) -> None:
    cover = paint_cover(compose(genre, seed="cover"))
    with Image.open(io.BytesIO(cover)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (1024, 1024), "RGB")
    assert 40_000 < len(cover) < 500_000


def test_covers_differ_between_songs_and_repeat_for_the_same_one() -> None:
    one, other = (compose("lofi", seed=seed) for seed in "ab")
    assert paint_cover(one, size_px=64) == paint_cover(one, size_px=64)
    assert paint_cover(one, size_px=64) != paint_cover(other, size_px=64)


@pytest.mark.parametrize("title", ["Supercalifragilisticexpialidocious Constellation", "雨", "", "A"])
def test_any_title_can_be_lettered(title: str) -> None:
    assert paint_cover(replace(compose("pop", seed="0"), title=title), size_px=64)


async def test_a_cover_is_served_as_a_jpg() -> None:
    async with calling(tiny_files=False, song_seconds=1) as caller:
        _, image_url = await _urls(caller)
        got = await caller.call("GET", image_url)
        assert got.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(got.body)) as image:
            assert image.size == (1024, 1024)


async def test_the_chosen_length_is_stated_and_played() -> None:
    async with calling(tiny_files=False, song_seconds=2) as caller:
        job_id = await caller.new_job("dark techno")
        result = caller.simulator.finish(job_id).result or {}
        got = await caller.call("GET", str(result["song_url"]))
        assert result["duration"] == "0:02"
        assert _info(got.body).length == pytest.approx(2, abs=0.1)


async def test_files_exist_only_once_the_job_is_completed_and_outlive_it() -> None:
    async with calling() as caller:
        job_id = await caller.new_job()
        url = f"http://{caller.simulator.media_host}/audio/{job_id[:8]}.mp3"
        assert (await caller.call("GET", url)).status == 404
        caller.simulator.finish(job_id)
        caller.simulator.expire(job_id)
        assert (await caller.call("GET", url)).status == 200
        assert (await caller.call("GET", url.replace(job_id[:8], "00000000"))).status == 404


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-99", (0, 100)),
        ("bytes=100-", (100, None)),
        ("bytes=-50", (-50, None)),
        ("bytes=0-999999999", (0, None)),
    ],
)
async def test_a_range_is_answered_by_206_and_exactly_that_part(
    asked: str, expected: tuple[int, int | None]
) -> None:
    async with calling() as caller:
        song_url, _ = await _urls(caller)
        whole = (await caller.call("GET", song_url)).body
        part = await caller.call("GET", song_url, headers={"Range": asked})
        first = expected[0] % len(whole)
        wanted = whole[first : expected[1]]
        assert (part.status, part.body) == (206, wanted)
        assert part.headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}"
        assert part.headers["Content-Length"] == str(len(wanted))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-2", "pages=1-2"])
async def test_a_range_that_cannot_be_had_is_416_with_the_size(asked: str) -> None:
    async with calling() as caller:
        song_url, _ = await _urls(caller)
        size = len((await caller.call("GET", song_url)).body)
        refused = await caller.call("GET", song_url, headers={"Range": asked})
        assert refused.status == 416
        assert refused.headers["Content-Range"] == f"bytes */{size}"


async def test_pages_of_other_origins_may_read_files_and_may_ask_for_the_head_alone() -> None:
    async with calling() as caller:
        for url in await _urls(caller):
            whole = await caller.call("GET", url)
            head = await caller.call("HEAD", url)
            assert whole.headers["Access-Control-Allow-Origin"] == "*"
            assert whole.headers["Accept-Ranges"] == "bytes"
            assert head.headers["Content-Length"] == str(len(whole.body))
            assert head.body == b""


async def test_a_file_that_many_ask_for_at_once_is_made_once_and_the_same_for_all() -> None:
    async with calling(tiny_files=False, song_seconds=1) as caller:
        song_url, _ = await _urls(caller)
        got = await asyncio.gather(*(caller.call("GET", song_url) for _ in range(8)))
        assert len({each.body for each in got}) == 1

"""The files behind a song: too large, missing, not what they say, or elsewhere. The post comes all the same."""

import pytest

from sandbox.whisul import Behaviour, Flood, Reset, Respond, failing, html_page, redirect
from tests.e2e.rig import Rig, embed, words
from tests.e2e.whisul_days import (
    audio_url,
    completes,
    compose_all,
    elsewhere,
    peak_memory_bytes,
    post_of,
    row_of,
    start_and_compose,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    "audio",
    [
        pytest.param(Respond(body=b"ID3" + bytes(10 * MIB)), id="just too large"),
        pytest.param(Flood(200 * MIB, stated=True), id="stated"),
        pytest.param(Flood(200 * MIB), id="not stated"),
    ],
)
async def test_audio_that_is_too_large_is_linked_and_the_post_says_why(rig: Rig, audio: Behaviour) -> None:
    _, job_id = await start_and_compose(rig)
    before = peak_memory_bytes(rig)
    rig.whisul.script("audio", audio, times=None)
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert "too large to attach" in words(post)
    assert audio_url(rig, job_id) in words(post)
    assert embed(post)["url"] == audio_url(rig, job_id)
    assert [file.filename.rpartition(".")[2] for file in post.files] == ["jpg"]
    assert peak_memory_bytes(rig) - before < 60 * MIB


async def test_a_post_comes_without_its_files_too(rig: Rig) -> None:
    faults: dict[str, Behaviour] = {
        "404": failing(404),
        "410": failing(410),
        "500": failing(500),
        "HTML": html_page(200),
        "reset": Reset(when="mid_body"),
        "empty": Respond(body=b""),
    }
    await rig.start()
    jobs = await compose_all(rig, faults)
    for prompt, job_id in jobs.items():
        rig.whisul.script("audio", faults[prompt], times=None, job_id=job_id)
        rig.whisul.script("cover", faults[prompt], times=None, job_id=job_id)
        rig.whisul.finish(job_id)
    for prompt, job_id in jobs.items():
        post = await post_of(rig, job_id)
        assert post.files == [], prompt
        assert "could not be fetched" in words(post), prompt
        assert embed(post)["url"] == audio_url(rig, job_id), prompt
        assert embed(post)["image"]["url"].endswith(f"/covers/{job_id[:8]}.jpg"), prompt
        await row_of(rig, job_id, "completed")
    assert len(rig.posts()) == len(faults)


async def test_a_missing_cover_does_not_cost_the_audio(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("cover", html_page(200), times=None)
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert [file.filename.rpartition(".")[2] for file in post.files] == ["mp3"]
    assert "could not be fetched" not in words(post)


async def test_a_file_that_comes_at_the_second_try_is_attached(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("audio", failing(404))
    await completes(rig, job_id)
    assert len((await post_of(rig, job_id)).attachments) == 1


async def test_a_file_that_redirects_to_a_private_address_is_not_fetched(rig: Rig) -> None:
    async with elsewhere() as other:
        _, job_id = await start_and_compose(rig)
        rig.whisul.script("audio", redirect(f"{other.url}/secret.mp3"), times=None)
        rig.whisul.script("cover", redirect(f"{other.url}/secret.jpg"), times=None)
        await completes(rig, job_id)
        assert (await post_of(rig, job_id)).files == []
        assert other.requests == []

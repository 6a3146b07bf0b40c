"""The files behind a song: too large, missing, not what they say, or elsewhere. The post comes all the same."""

import pytest

from bot.delivery.attachments import STAND_IN_COVER
from sandbox.discord.model import Message
from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Flood,
    Reset,
    Respond,
    Silence,
    failing,
    html_page,
    redirect,
)
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
        pytest.param(Flood(200 * MIB, stated=True, head=b"ID3"), id="stated"),
        pytest.param(Flood(200 * MIB, head=b"ID3"), id="not stated"),
    ],
)
async def test_audio_that_is_too_large_is_linked_and_the_post_says_why(rig: Rig, audio: Behaviour) -> None:
    _, job_id = await start_and_compose(rig)
    before = peak_memory_bytes(rig)
    rig.whisul.script("audio", audio, times=None)
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert "your song is ready!" in post.content
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
        "reset": Reset(when="before"),
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
        assert "did not play when I tried it just now" in post.content, prompt
        assert "ready" not in words(post), prompt
        assert "try the link again in a few minutes" in words(post), prompt
        assert embed(post)["url"] == audio_url(rig, job_id), prompt
        assert has_the_stand_in(post), prompt
        await row_of(rig, job_id, "completed")
    assert len(rig.posts()) == len(faults)


def has_the_stand_in(post: Message) -> bool:
    """Whether the bot's own picture is all that is attached, shown in the embed and described."""
    (file,) = post.files
    assert file.content == STAND_IN_COVER.read_bytes()
    assert embed(post)["image"]["url"].partition("?")[0].endswith(f"/{file.filename}")
    return (file.description or "").startswith("A picture in place of the cover of ")


@pytest.mark.parametrize(
    "cover",
    [
        pytest.param(html_page(200), id="HTML"),
        pytest.param(failing(404), id="404"),
        pytest.param(failing(403), id="expired"),
        pytest.param(Flood(20 * MIB, head=b"\xff\xd8\xff"), id="huge"),
        pytest.param(Respond(body=b"<svg/>", headers={"Content-Type": "image/png"}), id="another kind"),
    ],
)
async def test_a_cover_that_cannot_be_had_is_stood_in_for_and_does_not_cost_the_audio(
    rig: Rig, cover: Behaviour
) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("cover", cover, times=None)
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    picture, audio = post.files
    assert picture.content == STAND_IN_COVER.read_bytes()
    song = rig.whisul.jobs[job_id].song
    described = f"A picture in place of the cover of {song.title}: {', '.join(song.tags)}"
    assert picture.description == described
    assert audio.filename.endswith(".mp3")
    assert "your song is ready!" in post.content


@pytest.mark.parametrize("image_url", [ABSENT, None, "", "data:image/png;base64,AAAA"])
async def test_a_song_without_a_cover_gets_a_picture(rig: Rig, image_url: object) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("poll", Change(result={"image_url": image_url}), times=None)
    await completes(rig, job_id)
    assert (await post_of(rig, job_id)).files[0].content == STAND_IN_COVER.read_bytes()


async def test_nothing_is_attached_where_that_is_switched_off_and_the_link_is_tried(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, ATTACH_MEDIA="false")
    rig.whisul.script("audio", failing(404))
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert post.files == []
    assert "your song is ready!" in post.content
    assert embed(post)["url"] == audio_url(rig, job_id)
    assert embed(post)["image"]["url"].endswith(f"/covers/{job_id[:8]}.jpg")
    tried = [request for request in rig.whisul.requests if request.kind in ("audio", "cover")]
    assert [(request.kind, request.headers.get("range")) for request in tried] == [
        ("audio", "bytes=0-1023")
    ] * 2


@pytest.mark.parametrize(
    "audio", [pytest.param(failing(404), id="404"), pytest.param(html_page(200), id="HTML")]
)
async def test_a_link_that_does_not_play_is_not_called_ready_though_nothing_is_attached(
    rig: Rig, audio: Behaviour
) -> None:
    _, job_id = await start_and_compose(rig, ATTACH_MEDIA="false")
    rig.whisul.script("audio", audio, times=None)
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert "did not play when I tried it just now" in post.content
    assert "ready" not in words(post)


async def test_a_link_that_must_not_be_tried_is_told_as_untried(rig: Rig) -> None:
    async with elsewhere() as other:
        _, job_id = await start_and_compose(rig)
        rig.whisul.script("poll", Change(result={"song_url": f"{other.url}/song.mp3"}), times=None)
        await completes(rig, job_id)
        post = await post_of(rig, job_id)
        assert "Whisul has finished your song." in post.content
        assert "I have not tried the link" in words(post)
        assert other.requests == []


async def test_audio_of_an_unknown_kind_is_linked_and_not_called_broken(rig: Rig) -> None:
    kinds = {"AAC": b"\xff\xf1\x50\x80\x2e\x7f\xfc" * 9, "AIFF": b"FORM\0\0\x10\0AIFFCOMM\0\0\0\x12"}
    await rig.start()
    jobs = await compose_all(rig, kinds)
    for prompt, job_id in jobs.items():
        rig.whisul.script("audio", Respond(body=kinds[prompt]), times=None, job_id=job_id)
        rig.whisul.finish(job_id)
    for job_id in jobs.values():
        post = await post_of(rig, job_id)
        assert "I can't tell whether it plays" in words(post)
        assert "did not play" not in words(post)
        assert embed(post)["url"] == audio_url(rig, job_id)
        await row_of(rig, job_id, "completed")


async def test_audio_is_named_by_its_content(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    body = Respond(body=b"OggS" + bytes(1000), headers={"Content-Type": "application/octet-stream"})
    rig.whisul.script("audio", body, times=None)
    await completes(rig, job_id)
    (audio,) = (await post_of(rig, job_id)).attachments
    assert audio.filename.endswith(".ogg")


async def test_many_large_songs_at_once_do_not_fill_the_memory(rig: Rig) -> None:
    await rig.start()
    jobs = await compose_all(rig, [f"song {number}" for number in range(8)])
    rig.whisul.script("audio", Respond(body=b"ID3" + bytes(9 * MIB)), times=None)
    before = peak_memory_bytes(rig)
    for job_id in jobs.values():
        rig.whisul.finish(job_id)
    for job_id in jobs.values():
        assert len((await post_of(rig, job_id)).attachments) == 1
    assert peak_memory_bytes(rig) - before < 40 * MIB


async def test_a_song_whose_link_is_slow_to_answer_keeps_no_other_waiting(rig: Rig) -> None:
    await rig.start()
    jobs = await compose_all(rig, ["slow", "quick"])
    rig.whisul.script("audio", Silence(when="before"), times=None, job_id=jobs["slow"])
    rig.whisul.finish(jobs["slow"])
    await rig.until_whisul(lambda: [request for request in rig.whisul.requests if request.kind == "audio"])
    await completes(rig, jobs["quick"])
    assert len(rig.posts()) == 1


async def test_a_file_that_comes_at_the_second_try_is_attached(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("audio", failing(404))
    await completes(rig, job_id)
    post = await post_of(rig, job_id)
    assert len(post.attachments) == 1
    assert "your song is ready!" in post.content


async def test_a_file_that_redirects_to_a_private_address_is_not_fetched(rig: Rig) -> None:
    async with elsewhere() as other:
        _, job_id = await start_and_compose(rig)
        rig.whisul.script("audio", redirect(f"{other.url}/secret.mp3"), times=None)
        rig.whisul.script("cover", redirect(f"{other.url}/secret.jpg"), times=None)
        await completes(rig, job_id)
        post = await post_of(rig, job_id)
        assert has_the_stand_in(post)
        assert "I have not tried the link" in words(post)
        assert other.requests == []

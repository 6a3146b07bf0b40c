"""Audio and covers that are too large, missing, of another type, or elsewhere: the post is made all the same."""

from dataclasses import dataclass, field

from bot.delivery.attachments import STAND_IN_COVER
from sandbox.discord.world.model import Message
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
from tests.e2e.factories import listed
from tests.e2e.rig import Rig, embed, listen_url, words
from tests.e2e.whisul_actions import audio_url, completes, compose_all, elsewhere, peak_memory_bytes, post_of

MIB = 1024 * 1024
READY = "your song is ready!"
SILENT = "didn't play when I tried it"
UNTRIED = "I haven't tried the link"
UNKNOWN = "I can't tell whether it plays"
SAID = (READY, SILENT, UNTRIED, UNKNOWN)

PICTURE = "a picture of ours"
WELL = Behaviour()


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A behaviour of the file server, and the expected text about the audio and types of the attachments."""

    audio: Behaviour = WELL
    audio_times: int | None = None
    cover: Behaviour = WELL
    result: dict[str, object] = field(default_factory=dict[str, object])
    said: str
    attached: tuple[str, ...]


async def posts_with(rig: Rig, cases: dict[str, Files]) -> dict[str, Message]:
    """Finish songs with these files concurrently; checks the text of each post and returns the posts."""
    jobs = await compose_all(rig, cases)
    for case, job_id in jobs.items():
        files = cases[case]
        rig.whisul.script("audio", files.audio, times=files.audio_times, job_id=job_id)
        rig.whisul.script("cover", files.cover, times=None, job_id=job_id)
        rig.whisul.script("poll", Change(result=files.result), times=None, job_id=job_id)
        rig.whisul.finish(job_id)
    posts = {case: await post_of(rig, job_id) for case, job_id in jobs.items()}
    told = {
        case: ([each for each in SAID if each in words(post)], kinds(post)) for case, post in posts.items()
    }
    assert told == {case: ([files.said], list(files.attached)) for case, files in cases.items()}
    for case, job_id in jobs.items():
        await completes(rig, job_id)
        if "song_url" not in cases[case].result:
            assert listen_url(posts[case]) == audio_url(rig, job_id), case
    return posts


def kinds(post: Message) -> list[str]:
    """The extension of each file, or that it is the bot's own picture, shown in the embed and described."""
    found = [file.filename.rpartition(".")[2] for file in post.files]
    for number, file in enumerate(post.files):
        if file.content == STAND_IN_COVER.read_bytes():
            found[number] = PICTURE
            assert embed(post)["thumbnail"]["url"].partition("?")[0].endswith(f"/{file.filename}")
            assert (file.description or "").startswith("Placeholder for the cover of ")
    return found


async def test_a_look_up_shows_the_cover_and_the_warning_of_the_post(ready: Rig) -> None:
    cases = {
        "silent": Files(audio=failing(404), said=SILENT, attached=("jpg",)),
        "bare": Files(cover=failing(404), said=READY, attached=(PICTURE, "mp3")),
    }
    posts = await posts_with(ready, cases)
    ready.whisul.script("cover", failing(410), times=None)
    await ready.bot.stop()
    await ready.start()
    covers = {case: embed(post)["thumbnail"]["url"].partition("?")[0] for case, post in posts.items()}
    page = await listed(ready)
    assert {entry["thumbnail"]["url"] for entry in page.embeds} == set(covers.values())
    assert sum("⚠️ the link didn't play" in entry["description"] for entry in page.embeds) == 1
    for case, post in posts.items():
        answer = await ready.status(embed(post)["footer"]["text"].removeprefix("Job "))
        assert embed(answer)["thumbnail"]["url"] == covers[case]
        assert (SILENT in words(answer)) is (case == "silent")


async def test_a_post_says_what_happened_to_its_files(rig: Rig) -> None:
    await rig.start()
    broken = {
        "404": failing(404),
        "410": failing(410),
        "500": failing(500),
        "HTML": html_page(200),
        "reset": Reset(when="before"),
        "empty": Respond(body=b""),
    }
    covers = {
        "HTML": html_page(200),
        "expired": failing(403),
        "huge": Flood(20 * MIB, head=b"\xff\xd8\xff"),
        "another kind": Respond(body=b"<svg/>", headers={"Content-Type": "image/png"}),
    }
    no_covers = {
        "no cover": ABSENT,
        "null for a cover": None,
        "data for a cover": "data:image/png;base64,AAAA",
    }
    ogg = Respond(body=b"OggS" + bytes(1000), headers={"Content-Type": "application/octet-stream"})
    aiff = Respond(body=b"FORM\0\0\x10\0AIFFCOMM\0\0\0\x12")
    whole = ("jpg", "mp3")
    async with elsewhere() as other:
        away = [redirect(f"{other.url}/secret.{kind}") for kind in ("mp3", "jpg")]
        cases = {
            **{
                f"neither file: {case}": Files(audio=fault, cover=fault, said=SILENT, attached=(PICTURE,))
                for case, fault in broken.items()
            },
            **{
                f"a cover in vain: {case}": Files(cover=fault, said=READY, attached=(PICTURE, "mp3"))
                for case, fault in covers.items()
            },
            **{
                case: Files(result={"image_url": url}, said=READY, attached=(PICTURE, "mp3"))
                for case, url in no_covers.items()
            },
            "audio at the second try": Files(audio=failing(404), audio_times=1, said=READY, attached=whole),
            "audio named by its content": Files(audio=ogg, said=READY, attached=("jpg", "ogg")),
            "audio of an unknown kind": Files(audio=aiff, said=UNKNOWN, attached=("jpg",)),
            "a redirect to a private address": Files(
                audio=away[0], cover=away[1], said=UNTRIED, attached=(PICTURE,)
            ),
            "a private address": Files(
                result={"song_url": f"{other.url}/song.mp3"}, said=UNTRIED, attached=("jpg",)
            ),
        }
        posts = await posts_with(rig, cases)
        assert other.requests == []
    for case in broken:
        post = posts[f"neither file: {case}"]
        assert "ready" not in words(post), case
        assert "Try the link again in a few minutes" in words(post), case
    assert "Whisul finished your song." in posts["a private address"].content
    (song,) = [job.song for job in rig.whisul.jobs.values() if job.prompt == "no cover"]
    described = f"Placeholder for the cover of {song.title} ({', '.join(song.tags)})"
    assert posts["no cover"].files[0].description == described
    assert len(rig.posts()) == len(cases)


async def test_without_attachments_the_link_is_tried(rig: Rig) -> None:
    cases = {
        "good": Files(said=READY, attached=()),
        "late": Files(audio=failing(404), audio_times=1, said=READY, attached=()),
        "404": Files(audio=failing(404), said=SILENT, attached=()),
        "HTML": Files(audio=html_page(200), said=SILENT, attached=()),
    }
    await rig.start(ATTACH_MEDIA="false")
    posts = await posts_with(rig, cases)
    for job in rig.whisul.jobs.values():
        assert embed(posts[job.prompt])["thumbnail"]["url"].endswith(f"/covers/{job.short_id}.jpg")
        assert ("ready" in words(posts[job.prompt])) == (cases[job.prompt].said == READY), job.prompt
    tried = [request for request in rig.whisul.requests if request.kind in ("audio", "cover")]
    assert {(request.kind, request.headers.get("range")) for request in tried} == {("audio", "bytes=0-1023")}
    late = [request for request in tried if rig.whisul.jobs[request.job_id or ""].prompt == "late"]
    assert len(late) == 2


async def test_audio_that_is_too_large_is_linked_and_the_post_says_why(rig: Rig) -> None:
    large = {
        "just too large": Respond(body=b"ID3" + bytes(10 * MIB)),
        "stated": Flood(200 * MIB, stated=True, head=b"ID3"),
        "not stated": Flood(200 * MIB, head=b"ID3"),
    }
    await rig.start()
    jobs = await compose_all(rig, large)
    before = peak_memory_bytes(rig)
    for case, job_id in jobs.items():
        rig.whisul.script("audio", large[case], times=None, job_id=job_id)
        await completes(rig, job_id)
        post = await post_of(rig, job_id)
        assert READY in post.content, case
        assert "too large to attach" in words(post), case
        assert audio_url(rig, job_id) in words(post), case
        assert listen_url(post) == audio_url(rig, job_id), case
        assert kinds(post) == ["jpg"], case
    assert peak_memory_bytes(rig) - before < 60 * MIB


async def test_many_large_songs_at_once_do_not_fill_the_memory(ready: Rig) -> None:
    jobs = await compose_all(ready, [f"song {number}" for number in range(8)])
    ready.whisul.script("audio", Respond(body=b"ID3" + bytes(9 * MIB)), times=None)
    before = peak_memory_bytes(ready)
    for job_id in jobs.values():
        ready.whisul.finish(job_id)
    for job_id in jobs.values():
        assert len((await post_of(ready, job_id)).attachments) == 1
    assert peak_memory_bytes(ready) - before < 40 * MIB


async def test_a_song_whose_link_is_slow_to_answer_keeps_no_other_waiting(ready: Rig) -> None:
    jobs = await compose_all(ready, ["slow", "quick"])
    ready.whisul.script("audio", Silence(when="before"), times=None, job_id=jobs["slow"])
    ready.whisul.finish(jobs["slow"])
    await ready.until_whisul(
        lambda: [request for request in ready.whisul.requests if request.kind == "audio"]
    )
    await completes(ready, jobs["quick"])
    assert len(ready.posts()) == 1

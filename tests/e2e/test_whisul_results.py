"""Results with missing, mistyped or hostile fields."""

import json
import unicodedata
from collections.abc import Mapping

from bot.delivery.attachments import STAND_IN_COVER
from sandbox.discord.world.model import Message
from sandbox.whisul import ABSENT, Change
from tests.e2e.actions import places
from tests.e2e.rig import Rig, embed, fields, listen_url, words
from tests.e2e.whisul_actions import (
    audio_url,
    completes,
    compose_all,
    elsewhere,
    post_of,
    row_of,
    submits,
)
from tests.replies.discord_markdown import render

NASTY = "**Bold** @everyone <@1> [x](http://evil.example) \u202e\x00\x1b[31m `code` ||s||"


PARTS = ("title", "bpm", "duration", "image_url", "tags")


def _all(value: object) -> dict[str, object]:
    """A result in which this stands wherever something else should."""
    return dict.fromkeys(PARTS, value)


def _everything(message: Message) -> str:
    return json.dumps([message.content, message.embeds, message.components], ensure_ascii=False)


async def _finish_all(rig: Rig, results: Mapping[str, Mapping[str, object]]) -> dict[str, Message]:
    """Have a song finished with each of these results; returns the posts."""
    # Each in a channel of its own: one channel takes five posts in five seconds.
    channels = dict(
        zip(results, places(rig, [f"song-{n}" for n in range(len(results))]).values(), strict=True)
    )
    await rig.start()
    jobs = await compose_all(rig, results, channels)
    for prompt, result in results.items():
        whole = {"song_url": audio_url(rig, jobs[prompt]), **result}
        rig.whisul.finish(jobs[prompt], result={k: v for k, v in whole.items() if v is not ABSENT})
    posts = {prompt: await post_of(rig, job_id, channels[prompt]) for prompt, job_id in jobs.items()}
    assert [len(rig.posts(channel)) for channel in channels.values()] == [1] * len(results)
    return posts


async def test_a_song_with_broken_parts_is_posted_with_what_there_is(rig: Rig) -> None:
    broken: dict[str, dict[str, object]] = {
        "nothing else": {},
        "null": _all(None),
        "objects": _all({"a": [1]}),
        "numbers": _all(-1),
        "words": {"title": " ", "bpm": "fast", "duration": "long", "image_url": "a picture", "tags": " , ,"},
        "script": {"image_url": "javascript:alert(1)"},
        "file": {"image_url": "file:///etc/passwd"},
    }
    lengths: dict[str, dict[str, object]] = {"1:02:03": {"duration": "1:02:03"}, "2:47": {"duration": 167.4}}
    async with elsewhere() as other:
        port = other.url.rpartition(":")[2]
        song = {"song_url": f"{other.url}/secret.mp3", "image_url": f"http://localhost:{port}/secret.jpg"}
        private = {
            "private": song,
            "private, short": song | {"song_url": f"http://127.1:{port}/secret.mp3"},
            "private, mapped": song | {"song_url": f"http://[::ffff:127.0.0.1]:{port}/secret.mp3"},
        }
        posts = await _finish_all(rig, broken | lengths | private)
        assert other.requests == []
    for case in broken:
        post = posts[case]
        assert embed(post)["title"] == "Your song", case
        assert listen_url(post).endswith(".mp3"), case
        assert not {"BPM", "Duration", "Tags"} & fields(post).keys(), case
        assert [file.content for file in post.files if file.in_embed] == [STAND_IN_COVER.read_bytes()], case
        assert len(post.attachments) == 1, case
        assert all(scheme not in _everything(post) for scheme in ("javascript:", "file:")), case
    assert {case: fields(posts[case])["Duration"] for case in lengths} == {case: case for case in lengths}
    for case in private:
        assert [file.content for file in posts[case].files] == [STAND_IN_COVER.read_bytes()], case
        assert "I haven't tried the link" in words(posts[case]), case
    assert listen_url(posts["private"]) == song["song_url"]
    assert len(submits(rig)) == len(posts)


async def test_a_finished_job_without_usable_audio_is_a_failure_that_says_so(rig: Rig) -> None:
    results: dict[str, dict[str, object]] = {
        "absent": {"song_url": ABSENT, "title": "Half a Song"},
        "null": {"song_url": None},
        "script": {"song_url": "javascript:alert(1)"},
        "file": {"song_url": "file:///etc/passwd"},
        "password": {"song_url": "http://user:secret@127.0.0.1/a.mp3"},
        "relative": {"song_url": "/audio/a.mp3"},
    }
    no_objects: dict[str, object] = {"null in all": None, "list": [], "text": "done", "nothing": ABSENT}
    posts = await _finish_all(rig, results)
    jobs = await compose_all(rig, no_objects)
    for case, result in no_objects.items():
        rig.whisul.script("poll", Change(job={"result": result}), times=None, job_id=jobs[case])
        rig.whisul.finish(jobs[case])
    posts |= {case: await post_of(rig, jobs[case]) for case in no_objects}
    for case, post in posts.items():
        assert "gave me no link to its audio" in words(post), case
        assert all(url not in _everything(post) for url in ("javascript:", "file:", "secret")), case
        assert post.attachments == [], case
    assert "Half a Song" in words(posts["absent"])
    assert {(row["state"], row["reason"]) for row in rig.rows()} == {("failed", "no_audio")}
    assert len(rig.posts()) == len(no_objects)


async def test_odd_times_odd_errors_and_more_fields_change_nothing(rig: Rig) -> None:
    errors: dict[str, object] = {
        "absent": ABSENT,
        "number": 500,
        "html": "<html><body>nginx</body></html>",
        "object": {"message": "The drummer left"},
    }
    odd: dict[str, object] = {
        "started_at": "yesterday",
        "finished_at": 12,
        "prompt": None,
        "error": [],
        "progress": 100,
    }
    await rig.start()
    jobs = await compose_all(rig, ["a song", *errors])
    rig.whisul.script("poll", Change(job=odd, result={"mood": "blue"}), times=None, job_id=jobs["a song"])
    for case, error in errors.items():
        rig.whisul.script("poll", Change(job={"error": error}), times=None, job_id=jobs[case])
        rig.whisul.finish(jobs[case], status="failed")
    for case in errors:
        expected = "The drummer left" if case == "object" else "It didn't give a reason."
        assert expected in words(await post_of(rig, jobs[case])), case
        assert (await row_of(rig, jobs[case], "failed"))["reason"] == "generation_failed", case
    row = await completes(rig, jobs["a song"])
    assert (row["started_at"], row["finished_at"]) == (None, None)


async def test_texts_of_a_song_and_of_a_failure_are_harmless(ready: Rig) -> None:
    asked = [await ready.compose(prompt) for prompt in (NASTY, "a failure", "x" * 2000)]
    await ready.until_whisul(lambda: len(ready.whisul.submits) == len(asked))
    jobs = {submit.prompt: submit.job_id for submit in ready.whisul.submits}
    song, failure, long = (
        jobs[next(prompt for prompt in jobs if "Bold" in prompt)],
        jobs["a failure"],
        jobs["x" * 2000],
    )
    nasty = Change(result={"title": NASTY, "tags": f"{NASTY}, trap"})
    ready.whisul.script("poll", nasty, times=None, job_id=song)
    endless = {"title": "long " * 5000, "tags": ",".join(f"tag{n}" for n in range(5000))}
    ready.whisul.script("poll", Change(result=endless), times=None, job_id=long)
    ready.whisul.finish(song)
    ready.whisul.finish(failure, status="failed", error=NASTY)
    for job_id in (song, failure):
        _assert_harmless(await post_of(ready, job_id), asked[0].user.id)
    await row_of(ready, song, "completed")
    assert (await row_of(ready, failure, "failed"))["reason"] == "generation_failed"
    assert asked[0].answer is not None
    assert "@everyone" not in _everything(asked[0].answer)
    # What has no end is cut to what Discord takes.
    await completes(ready, long)
    post = await post_of(ready, long)
    assert embed(post)["title"].startswith("long long")
    assert "tag0" in fields(post)["Tags"]


def _assert_harmless(post: Message, requester_id: int) -> None:
    assert post.pinged_user_ids == [requester_id]
    assert not post.mention_everyone
    assert "Bold" in words(post)
    assert not any(
        unicodedata.category(char) in ("Cc", "Cf")
        for char in words(post).replace("\n", "")
        if char != "\u200b"
    )
    alive = [part for line in words(post).splitlines() for part in render(line).alive]
    assert {text for kind, text in alive if kind == "mention"} == {f"<@{requester_id}>"}
    assert not {"emphasis", "spoiler", "strike", "address"} & {kind for kind, _ in alive}
    assert all("Listen" in text for kind, text in alive if kind == "masked link")

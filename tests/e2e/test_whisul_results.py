"""Songs as real servers describe them: with parts missing, wrongly typed, or hostile."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from bot.delivery.attachments import STAND_IN_COVER
from sandbox.discord.model import Message
from sandbox.whisul import ABSENT, Change
from tests.e2e.rig import Rig, embed, fields, words
from tests.e2e.whisul_days import (
    audio_url,
    completes,
    compose_all,
    elsewhere,
    post_of,
    row_of,
    start_and_compose,
    submits,
)
from tests.unit.discord_markdown import render

NASTY = "**Bold** @everyone <@1> [x](http://evil.example) \u202e\x00\x1b[31m `code` ||s||"


PARTS = ("title", "bpm", "duration", "image_url", "tags")


def _all(value: object) -> dict[str, object]:
    """A result in which this stands wherever something else should."""
    return dict.fromkeys(PARTS, value)


def _everything(message: Message) -> str:
    return json.dumps([message.content, message.embeds, message.components], ensure_ascii=False)


async def _finish_all(rig: Rig, results: Mapping[str, Mapping[str, object]]) -> dict[str, Message]:
    """Have a song finished with each of these results; returns the posts."""
    await rig.start()
    jobs = await compose_all(rig, results)
    for prompt, result in results.items():
        whole = {"song_url": audio_url(rig, jobs[prompt]), **result}
        rig.whisul.finish(jobs[prompt], result={k: v for k, v in whole.items() if v is not ABSENT})
    return {prompt: await post_of(rig, job_id) for prompt, job_id in jobs.items()}


async def test_a_song_with_broken_parts_is_posted_with_what_there_is(rig: Rig) -> None:
    results: dict[str, dict[str, object]] = {
        "nothing else": {},
        "null": _all(None),
        "empty": _all(""),
        "objects": _all({"a": [1]}),
        "numbers": _all(-1),
        "booleans": _all(True),
        "words": {"title": " ", "bpm": "fast", "duration": "long", "image_url": "a picture", "tags": " , ,"},
    }
    posts = await _finish_all(rig, results)
    for prompt, post in posts.items():
        assert embed(post)["title"] == "Your song", prompt
        assert embed(post)["url"].endswith(".mp3"), prompt
        assert not {"BPM", "Duration", "Tags"} & fields(post).keys(), prompt
        assert [file.content for file in post.files if file.in_embed] == [STAND_IN_COVER.read_bytes()], prompt
        assert len(post.attachments) == 1, prompt
    assert len(rig.posts()) == len(submits(rig)) == len(results)


async def test_a_length_is_shown_in_whatever_form_it_comes(rig: Rig) -> None:
    expected: dict[object, str] = {
        "2:47": "2:47",
        "1:02:03": "1:02:03",
        167: "2:47",
        167.4: "2:47",
        "167": "2:47",
    }
    posts = await _finish_all(rig, {repr(given): {"duration": given} for given in expected})
    shown = {prompt: fields(post)["Duration"] for prompt, post in posts.items()}
    assert shown == {repr(given): length for given, length in expected.items()}


async def test_a_finished_job_without_usable_audio_is_a_failure_that_says_so(rig: Rig) -> None:
    results: dict[str, dict[str, object]] = {
        "absent": {"song_url": ABSENT, "title": "Half a Song"},
        "null": {"song_url": None},
        "empty": {"song_url": ""},
        "number": {"song_url": 5},
        "script": {"song_url": "javascript:alert(1)"},
        "file": {"song_url": "file:///etc/passwd"},
        "data": {"song_url": "data:audio/mpeg;base64,SUQz"},
        "password": {"song_url": "http://user:secret@127.0.0.1/a.mp3"},
        "relative": {"song_url": "/audio/a.mp3"},
    }
    posts = await _finish_all(rig, results)
    for prompt, post in posts.items():
        assert "gave no address at which it can be heard" in words(post), prompt
        assert all(url not in _everything(post) for url in ("javascript:", "file:", "data:", "secret"))
        assert post.attachments == [], prompt
    assert "Half a Song" in words(posts["absent"])
    rows = rig.rows()
    assert {(row["state"], row["reason"]) for row in rows} == {("failed", "no_audio")}
    assert len(rig.posts()) == len(results)


async def test_a_result_that_is_no_object_is_a_song_without_audio(rig: Rig) -> None:
    await rig.start()
    odd: dict[str, object] = {"null": None, "list": [], "text": "done", "absent": ABSENT}
    jobs = await compose_all(rig, odd)
    for prompt, result in odd.items():
        rig.whisul.script("poll", Change(job={"result": result}), times=None, job_id=jobs[prompt])
        rig.whisul.finish(jobs[prompt])
    for job_id in jobs.values():
        await post_of(rig, job_id)
        assert (await row_of(rig, job_id, "failed"))["reason"] == "no_audio"


async def test_odd_times_and_more_fields_change_nothing(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    odd: dict[str, object] = {
        "started_at": "yesterday",
        "finished_at": 12,
        "prompt": None,
        "error": [],
        "progress": 100,
    }
    rig.whisul.script("poll", Change(job=odd, result={"mood": "blue"}), times=None)
    row = await completes(rig, job_id)
    assert (row["started_at"], row["finished_at"]) == (None, None)


async def test_addresses_that_are_not_of_the_web_are_neither_shown_nor_fetched(rig: Rig) -> None:
    posts = await _finish_all(
        rig,
        {
            "script": {"image_url": "javascript:alert(1)"},
            "file": {"image_url": "file:///etc/passwd"},
            "ftp": {"image_url": "ftp://example.com/a.jpg"},
            "data": {"image_url": "data:image/png;base64,AAAA"},
        },
    )
    for prompt, post in posts.items():
        assert [file.content for file in post.files if file.in_embed] == [STAND_IN_COVER.read_bytes()], prompt
        assert embed(post)["url"].endswith(".mp3"), prompt
        assert all(scheme not in _everything(post) for scheme in ("javascript:", "file:", "ftp:", "data:"))


async def test_a_private_address_is_linked_but_never_fetched(rig: Rig) -> None:
    async with elsewhere() as other:
        port = other.url.rpartition(":")[2]
        song = {"song_url": f"{other.url}/secret.mp3", "image_url": f"http://localhost:{port}/secret.jpg"}
        posts = await _finish_all(
            rig,
            {
                "plain": song,
                "short": song | {"song_url": f"http://127.1:{port}/secret.mp3"},
                "hex": song | {"song_url": f"http://0x7f000001:{port}/secret.mp3"},
                "mapped": song | {"song_url": f"http://[::ffff:127.0.0.1]:{port}/secret.mp3"},
            },
        )
        for prompt, post in posts.items():
            assert [file.content for file in post.files] == [STAND_IN_COVER.read_bytes()], prompt
            assert "I have not tried the link" in words(post), prompt
        assert embed(posts["plain"])["url"] == f"{other.url}/secret.mp3"
        assert other.requests == []


async def test_texts_of_a_song_are_harmless(rig: Rig) -> None:
    await rig.start()
    asked = await rig.compose(NASTY)
    await rig.until_whisul(lambda: rig.whisul.submits)
    job_id = rig.whisul.submits[0].job_id
    rig.whisul.script("poll", Change(result={"title": NASTY, "tags": f"{NASTY}, trap"}), times=None)
    rig.whisul.finish(job_id)
    _assert_harmless(await post_of(rig, job_id), asked.user.id)
    await row_of(rig, job_id, "completed")
    assert asked.answer is not None
    assert "@everyone" not in _everything(asked.answer)


async def test_texts_of_a_failure_are_harmless(rig: Rig) -> None:
    asked, job_id = await start_and_compose(rig)
    rig.whisul.finish(job_id, status="failed", error=NASTY)
    _assert_harmless(await post_of(rig, job_id), asked.user.id)
    assert (await row_of(rig, job_id, "failed"))["reason"] == "generation_failed"


async def test_texts_without_end_are_cut_to_what_discord_takes(rig: Rig) -> None:
    long: dict[str, Any] = {"title": "long " * 5000, "tags": ",".join(f"tag{n}" for n in range(5000))}
    posts = await _finish_all(rig, {"x" * 2000: long})
    (post,) = posts.values()
    assert embed(post)["title"].startswith("long long")
    assert "tag0" in fields(post)["Tags"]


async def test_a_failure_with_an_odd_error_is_told_all_the_same(rig: Rig) -> None:
    await rig.start()
    errors: dict[str, object] = {
        "null": None,
        "absent": ABSENT,
        "empty": "",
        "number": 500,
        "list": ["a"],
        "html": "<html><body>nginx</body></html>",
        "object": {"message": "The drummer left"},
    }
    jobs = await compose_all(rig, errors)
    for prompt, error in errors.items():
        rig.whisul.script("poll", Change(job={"error": error}), times=None, job_id=jobs[prompt])
        rig.whisul.finish(jobs[prompt], status="failed")
    for prompt, job_id in jobs.items():
        expected = "The drummer left" if prompt == "object" else "It gave no reason."
        assert expected in words(await post_of(rig, job_id)), prompt
        assert (await row_of(rig, job_id, "failed"))["reason"] == "generation_failed"


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
    assert all("Open the audio" in text for kind, text in alive if kind == "masked link")

"""From /compose to a song in the channel, or to a message that says why there is none."""

from sandbox.whisul import REFERENCE_EXAMPLE
from tests.e2e.rig import Rig, embed, fields, listen_url, words

REFERENCE_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"


async def test_the_reference_example_becomes_a_post(ready: Rig) -> None:
    asked = await ready.compose("a trap song")
    await ready.until(lambda: asked.answer and "81fa5ff7" in words(asked.answer))
    ready.whisul.finish(REFERENCE_ID)
    post = await ready.post()
    shown = embed(post)
    assert shown["title"] == "Midnight Grid"
    assert listen_url(post).endswith("/audio/81fa5ff7.mp3")
    assert fields(post)["BPM"] == "140"
    assert fields(post)["Duration"] == "2:47"
    assert [tag.strip("`") for tag in fields(post)["Tags"].split()] == [
        "trap",
        "dark",
        "808s",
        "synth",
        "bass",
    ]
    assert shown["footer"]["text"] == f"Job {REFERENCE_ID}"
    assert "a trap song" in shown["description"]
    assert asked.answer is not None
    assert post.reference is not None
    assert post.reference["message_id"] == str(asked.answer.id)
    assert post.pinged_user_ids == [asked.user.id]
    assert [file.filename for file in post.attachments] == ["midnight-grid.mp3"]
    row = await ready.settled("completed")
    assert (row["rung"], row["post_message_id"], row["interaction_token"]) == ("channel", post.id, None)


async def test_the_card_shows_the_job_while_it_works_and_then_links_to_the_post(ready: Rig) -> None:
    asked = await ready.compose("a *bold* song for @everyone")
    await ready.until_whisul(lambda: ready.whisul.jobs)
    job = next(iter(ready.whisul.jobs.values()))
    await ready.until(lambda: asked.answer and job.job_id[:8] in words(asked.answer))
    assert asked.answer is not None
    text = words(asked.answer)
    assert r"a \*bold\* song" in text
    assert f"<@{asked.user.id}>" in text
    assert asked.answer.pinged_user_ids == []
    assert not asked.answer.mention_everyone
    ready.whisul.finish(job.job_id)
    post = await ready.post()
    await ready.until(lambda: asked.answer and not asked.answer.embeds)
    assert asked.answer.content.endswith(f"/{post.channel_id}/{post.id}")


async def test_a_failed_generation_is_posted_with_whisuls_reason(ready: Rig) -> None:
    asked = await ready.compose("a song that fails")
    await ready.until_whisul(lambda: ready.whisul.jobs)
    ready.whisul.finish(next(iter(ready.whisul.jobs)), status="failed", error="The drummer left")
    post = await ready.post()
    for part in ("The drummer left", "a song that fails", next(iter(ready.whisul.jobs))[:8]):
        assert part in words(post)
    assert post.pinged_user_ids == [asked.user.id]
    assert (await ready.settled("failed"))["reason"] == "generation_failed"


async def test_the_reference_example_is_the_one_of_the_documentation() -> None:
    assert REFERENCE_EXAMPLE.job_id == REFERENCE_ID

"""Replies about any job keep Discord's limits, have no foreign active markup, and ping nobody but its requester."""

import re
from collections.abc import Iterator
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import AudioNote, Job, Lineage
from bot.generation.poll_schedule import Expectation
from bot.replies import button_responses, card, failure, post, refusals, sharing, status
from bot.replies.card import WaitReason
from bot.replies.links import safe_url
from bot.replies.text import code, escape, escape_line, plain, quote
from tests.job_shapes import expectations, jobs, jump_urls, lineages, moments, snowflakes, texts, urls
from tests.replies.discord_limits import utf16_units, violations
from tests.replies.discord_markdown import render

places = st.none() | st.integers(0, 10**6)


OWN_MARKUP = {"masked link", "code", "emphasis", "line"}
TIMESTAMP = re.compile(r"<t:-?\d+:[Rftd]>")


def markdown_of(reply: Reply) -> Iterator[str]:
    yield reply.content or ""
    for embed in reply.embeds:
        yield embed.title or ""
        yield embed.description or ""
        yield from (field.value or "" for field in embed.fields)


def assert_valid(
    reply: Reply, *, users: tuple[int, ...] = (), channels: tuple[int, ...] = (), url: str | None = None
) -> None:
    """The reply keeps Discord's limits, and its only mentions and links are of these users, channels and URL."""
    assert violations(reply) == []
    allowed = reply.allowed_mentions().to_dict()
    assert allowed == {"parse": [], "users": list(reply.mentions)}
    assert set(reply.mentions) <= set(users)
    own = {*(f"<@{user}>" for user in users), *(f"<#{channel}>" for channel in channels)}
    for text in markdown_of(reply):
        rendered = render(text)
        assert all(safe_url(masked) == masked for masked in rendered.urls)
        for kind, found in rendered.alive:
            assert kind in OWN_MARKUP or found in own or found == url or TIMESTAMP.fullmatch(found), (
                kind,
                found,
            )


def assert_valid_for_job(job: Job, reply: Reply, url: str | None = None) -> None:
    """The same for the users and channels of a job."""
    channels = (job.channel_id, job.post_channel_id or 0, job.results_channel_id or 0)
    assert_valid(reply, users=(job.requester_id,), channels=channels, url=url)


@given(jobs, expectations, moments, st.none() | st.sampled_from(WaitReason), places)
def test_any_open_card_is_valid(
    job: Job, expectation: Expectation | None, now: datetime, waiting: WaitReason | None, ahead: int | None
) -> None:
    reply = card.open_job(job, expectation=expectation, now=now, waiting=waiting, ahead=ahead)
    assert_valid_for_job(job, reply)
    assert reply.mentions == ()


@given(jobs, st.none() | jump_urls)
def test_any_finished_card_is_valid(job: Job, jump_url: str | None) -> None:
    for reply in (
        card.finished(job, jump_url=jump_url),
        button_responses.too_late_to_stop(job, jump_url=jump_url),
    ):
        assert_valid_for_job(job, reply, jump_url)
        assert reply.mentions == ()


@given(jobs)
def test_any_answer_to_a_button_is_valid(job: Job) -> None:
    answers = (
        card.stopped(job),
        button_responses.may_not_stop(job),
        button_responses.may_not_delete(job),
        button_responses.still_submitting(job),
        button_responses.deleted(job),
    )
    for reply in answers:
        assert_valid_for_job(job, reply)
        assert reply.mentions == ()


@given(
    jobs,
    st.none() | texts | st.just("cover.jpg"),
    st.none() | texts | st.just("song.mp3"),
    st.none() | st.sampled_from(AudioNote),
)
def test_any_post_is_valid(
    job: Job, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> None:
    names = {"cover_name": cover_name, "audio_name": audio_name}
    reply = post.song(job, **names, audio_note=audio_note)
    assert_valid_for_job(job, reply)
    assert reply.mentions == (() if job.is_direct else (job.requester_id,))
    direct = post.song_direct(job, **names, audio_note=audio_note)
    assert_valid_for_job(job, direct)
    assert direct.mentions == ()
    private = post.song_private(
        job, **names, audio_note=audio_note, buttons=sharing.share_button(job, cover_name)
    )
    assert_valid_for_job(job, private)
    shared = post.song_shared(job, **names, audio_note=audio_note)
    assert_valid_for_job(job, shared)
    assert private.mentions == shared.mentions == ()


@given(jobs, moments)
def test_any_failure_is_valid(job: Job, now: datetime) -> None:
    reply = failure.post(job, now=now)
    assert_valid_for_job(job, reply)
    assert reply.mentions == (() if job.is_direct else (job.requester_id,))
    assert_valid_for_job(job, failure.direct(job, now=now))
    assert_valid_for_job(job, failure.private(job, now=now))
    assert_valid_for_job(job, refusals.whisul_refused(job))


@given(jobs, moments, expectations, st.none() | jump_urls, places, lineages)
def test_any_status_is_valid(
    job: Job,
    now: datetime,
    expectation: Expectation | None,
    jump_url: str | None,
    ahead: int | None,
    lineage: Lineage,
) -> None:
    reply = status.job_status(
        job, now=now, expectation=expectation, jump_url=jump_url, ahead=ahead, lineage=lineage
    )
    assert_valid_for_job(job, reply)
    assert reply.mentions == ()


@given(texts, st.lists(texts, max_size=15), snowflakes, st.integers(), st.integers())
def test_any_refusal_is_valid(text: str, names: list[str], channel_id: int, length: int, limit: int) -> None:
    assert_valid(refusals.job_not_found(text))
    assert_valid(refusals.unexpected(text))
    assert_valid(refusals.database_failed(text))
    assert_valid(refusals.prompt_too_long(length, limit))
    assert_valid(refusals.missing_permissions(names, channel_id), channels=(channel_id,))


@given(texts)
def test_escaped_text_looks_as_typed_without_active_markup(text: str) -> None:
    for typed, escaped in ((text, escape(text)), (plain(text), escape_line(text))):
        rendered = render(escaped)
        assert rendered.alive == []
        if typed == plain(text):
            assert rendered.shown.replace("\u200b", "") == plain(text)


@given(texts, st.integers(0, 300))
def test_cut_escaped_text_has_no_active_markup(text: str, limit: int) -> None:
    cut = clamp(escape(text), limit)
    assert utf16_units(cut) <= limit
    assert render(cut).alive == []


@given(texts, st.integers(40, 300))
def test_any_quote_has_no_active_markup_but_the_quote(text: str, limit: int) -> None:
    quoted = quote(text, limit)
    assert utf16_units(quoted) <= limit
    lines = quoted.split("\n") if quoted else []
    assert all(line.startswith("> ") for line in lines)
    assert all(render(line.removeprefix("> ")).alive == [] for line in lines)


@given(texts)
def test_plain_text_and_code_are_one_line(text: str) -> None:
    assert "\n" not in plain(text)
    assert re.fullmatch(r"`[^`\n]+`", code(text))
    assert plain(plain(text)) == plain(text)


@given(urls)
def test_safe_url_is_idempotent(url: str) -> None:
    shown = safe_url(url)
    assert shown is None or (safe_url(shown) == shown and shown.isascii() and "(" not in shown)

"""Look-ups by reference, counts, and times for estimates."""

import string
from dataclasses import replace
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.jobs import Backlog, DeliveryState, JobState, QueuedJob, Song
from bot.store import Store
from bot.store.column_types import sanitize_text
from tests.factories import (
    NOW,
    OURS,
    a_delivery,
    a_job,
    a_request,
    capacity_of,
    expected,
    keys,
    seconds,
)

JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"

# All examples use one database: what one leaves there must not affect the next.
on_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
any_text = st.text(st.characters(), max_size=60)


REFERENCES = [
    JOB_ID,
    JOB_ID.upper(),
    JOB_ID.replace("-", ""),
    f"  {JOB_ID}\n",
    "81fa5ff7-61974c24-8062c0ff8b62d58d",
    "81fa5ff7",
    "81FA5FF7",
    "#1",
    " #1 ",
    "#01",
    "`#1`",
    "#81fa5ff7",
    f"**`{JOB_ID}`**",
    f"\u201c{JOB_ID}\u201d",
    "<81fa5ff7\0>",
    f'"{JOB_ID}"',
    f"`#{JOB_ID}`",
]


async def test_a_reference_finds_its_job(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING, job_id=JOB_ID)
    await a_job(store, JobState.RUNNING)
    await a_job(store)

    assert [await store.find(reference) for reference in REFERENCES] == [[job]] * len(REFERENCES)


async def test_a_job_id_that_is_no_uuid_is_found_only_in_full(store: Store) -> None:
    names = ["4711", "12345678", "123456789", "_x_", "task-2026-01", "task-2026-02", "\u0130 " + "x" * 510]
    jobs = {name: await a_job(store, JobState.RUNNING, job_id=name) for name in names}

    for name, job in jobs.items():
        assert job.reference == job.short_id == f"#{job.key}"
        assert (
            await store.find(name)
            == await store.find(f" `{name}` ")
            == await store.find(job.reference)
            == [job]
        )
    assert await store.find("task-202") == []


async def test_a_job_id_in_capitals_is_kept_and_found_in_any_case(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING, job_id=JOB_ID.upper())

    assert job.job_id == JOB_ID.upper()
    assert await store.find(JOB_ID) == [job]
    assert await store.find("81fa5ff7") == [job]


NO_REFERENCES = [
    "",
    " ",
    "#",
    "1",
    "#-1",
    "#1.0",
    "#\u0661",
    "#9999999999999999999999",
    "81fa5ff",
    "81fa5ff76",
    "81fa5ff%",
    "81fa5ff_",
    "%" * 8,
    "_" * 8,
    "%",
    "81fa5ff7%",
    "81fa5ffg",
    "81fa5ff\u0667",
    JOB_ID[:-1],
    f"{JOB_ID}0",
    JOB_ID.replace("-", "_"),
    JOB_ID.replace("8", "%"),
    "'; DROP TABLE jobs; --",
    "\0",
    "\ud800",
]


async def test_text_that_is_no_reference_finds_nothing(store: Store) -> None:
    await a_job(store, JobState.RUNNING, job_id=JOB_ID)

    assert [await store.find(reference) for reference in NO_REFERENCES] == [[]] * len(NO_REFERENCES)


async def test_a_short_id_finds_at_most_25_jobs_newest_first(store: Store) -> None:
    alike = [await a_job(store, JobState.RUNNING, job_id=f"81fa5ff7{str(uuid4())[8:]}") for _ in range(30)]
    neighbours = ["81fa5ff6-ffff-ffff-ffff-ffffffffffff", "81fa5ff8-0000-0000-0000-000000000000"]
    for job_id in neighbours:
        await a_job(store, JobState.RUNNING, job_id=job_id)

    assert keys(await store.find("81fa5ff7")) == sorted(keys(alike), reverse=True)[:25]


async def test_the_first_and_the_last_job_of_a_prefix_are_found(store: Store) -> None:
    first = await a_job(store, JobState.RUNNING, job_id="81fa5ff7-0000-0000-0000-000000000000")
    last = await a_job(store, JobState.RUNNING, job_id="81fa5ff7-ffff-ffff-ffff-ffffffffffff")

    assert await store.find("81fa5ff7") == [last, first]


@on_one_database
@given(reference=any_text | st.text(string.hexdigits + "-%_#", max_size=36) | st.from_regex(r"#[0-9]{1,25}"))
async def test_no_reference_raises_or_finds_another_job(store: Store, reference: str) -> None:
    await store.key_values.set("asked", "yes")

    for job in await store.find(reference):
        assert reference.strip() == f"#{job.key}"


@on_one_database
@given(job_id=st.uuids(), dashes=st.booleans(), capitals=st.booleans(), short=st.booleans())
async def test_every_uuid_is_found_however_it_is_written(
    store: Store, job_id: UUID, dashes: bool, capitals: bool, short: bool
) -> None:
    if not await store.find(str(job_id)):
        await a_job(store, JobState.RUNNING, job_id=str(job_id))
    reference = str(job_id) if dashes else job_id.hex
    reference = reference[:8] if short else reference

    found = await store.find(reference.upper() if capitals else reference)

    assert str(job_id) in [job.job_id for job in found]


@on_one_database
@given(prompt=any_text, error=any_text, title=any_text, tags=st.lists(any_text, max_size=5), note=any_text)
async def test_any_text_is_stored_except_what_no_database_can_hold(
    store: Store, prompt: str, error: str, title: str, tags: list[str], note: str
) -> None:
    job = await store.record(a_request(prompt), now=NOW)
    song = Song(title=title, tags=tuple(tags))
    await store.settle(job.key, state=JobState.FAILED, error=error, song=song, now=NOW)
    await store.outbox.mark_undeliverable(job.key, note=note)
    await store.key_values.set(f"name {prompt}", note)

    kept = expected(await store.get(job.key))

    assert (kept.prompt, kept.error, kept.delivery_note) == (
        sanitize_text(prompt),
        sanitize_text(error),
        sanitize_text(note),
    )
    assert kept.song == Song(title=sanitize_text(title), tags=tuple(sanitize_text(tag) for tag in tags))
    assert await store.key_values.get(f"name {prompt}") == sanitize_text(note)


@given(text=any_text)
def test_sanitizing_removes_only_nul_and_lone_surrogates(text: str) -> None:
    kept = sanitize_text(text)

    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert sanitize_text(kept) == kept
    if "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text):
        assert kept == text


async def test_a_surrogate_pair_becomes_its_character(store: Store) -> None:
    job = await store.record(a_request("a \ud83c\udfb5 song"), now=NOW)

    assert job.prompt == "a 🎵 song"


async def test_the_queue_is_in_the_order_of_the_requests(store: Store) -> None:
    jobs = [await a_job(store) for _ in range(3)]
    put_back = await a_job(store, JobState.SUBMITTING)
    await a_job(store, JobState.SUBMITTING)
    await store.requeue(put_back.key, submit_after=NOW + seconds(60), now=NOW)

    queue = await store.queue()
    assert [each.key for each in queue] == [*keys(jobs), put_back.key]
    assert queue[0] == QueuedJob(key=jobs[0].key, guild_id=10, requester_id=30, created_at=NOW)
    assert [queue[3].may_be_submitted_at(NOW + seconds(at)) for at in (59, 60)] == [False, True]


async def test_submitted_jobs_are_counted_by_server_and_requester(store: Store) -> None:
    for state in (
        JobState.QUEUED,
        JobState.SUBMITTING,
        JobState.RUNNING,
        JobState.DETACHED,
        JobState.COMPLETED,
    ):
        await a_job(store, state)
    other = await store.record(a_request(guild_id=11, requester_id=31), now=NOW)
    await store.begin_submit(other.key, owner=OURS, now=NOW)

    assert await store.count_submitted_by_requester() == {(10, 30): 3, (11, 31): 1}


async def test_open_jobs_are_counted_by_state(store: Store) -> None:
    assert await store.count_open() == {state: 0 for state in JobState if not state.is_final}
    for state in JobState:
        await a_job(store, state)
    await a_job(store, JobState.RUNNING)

    assert await store.count_open() == {
        JobState.QUEUED: 1,
        JobState.SUBMITTING: 1,
        JobState.RUNNING: 2,
        JobState.DETACHED: 1,
    }


async def test_the_backlog_counts_open_jobs_by_state_and_undelivered_ones(store: Store) -> None:
    open_states = [state for state in JobState if not state.is_final]
    assert await store.backlog() == Backlog(dict.fromkeys(open_states, 0), undelivered=0)
    for state in JobState:
        await a_job(store, state)
    running = await a_job(store, JobState.RUNNING)
    due = await store.outbox.claim(owner=OURS, now=NOW, capacity=capacity_of(100))

    backlog = await store.backlog()
    assert backlog.open_jobs == await store.count_open()
    assert backlog.undelivered == len(due) > 0
    await store.settle(running.key, state=JobState.FAILED, now=NOW)
    settled = await store.backlog()
    assert settled.undelivered == len(due) + 1
    assert settled.oldest_at == dict.fromkeys(open_states, NOW)
    assert settled.undelivered_since == NOW


async def test_checking_writes_stores_the_time(store: Store) -> None:
    await store.key_values.check_writable(now=NOW)
    await store.key_values.check_writable(now=NOW)
    assert await store.key_values.get("written_at") == NOW.isoformat(timespec="seconds")


async def test_recent_waits_are_of_the_newest_songs(store: Store) -> None:
    for wait_s in (10, 20, 30):
        job = await a_job(store, JobState.RUNNING)
        await store.settle(job.key, state=JobState.COMPLETED, now=NOW + seconds(wait_s))
    failed = await a_job(store, JobState.RUNNING)
    await store.settle(failed.key, state=JobState.FAILED, now=NOW + seconds(99))

    assert await store.recent_waits_s() == (30.0, 20.0, 10.0)
    assert await store.recent_waits_s(limit=2) == (30.0, 20.0)


async def test_a_late_song_counts_with_the_time_that_whisul_took(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)
    await store.settle(job.key, state=JobState.TIMED_OUT, now=NOW + seconds(20))
    # Whisul's clock may be far from ours.
    started_at = NOW - seconds(5000)
    await store.complete_late(
        job.key,
        song=Song(song_url="https://whisul.com/a.mp3"),
        started_at=started_at,
        finished_at=started_at + seconds(90),
    )

    assert await store.recent_waits_s() == (90.0,)


async def test_no_token_is_shown_with_a_job(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)

    assert job.interaction_token is not None
    assert job.interaction_token not in repr(job)


async def test_children_are_found_oldest_first(store: Store) -> None:
    parent, stranger = await a_job(store), await a_job(store)
    children = [await store.record(replace(a_request(), parent_key=parent.key), now=NOW) for _ in range(3)]

    assert await store.children(parent.key) == children
    assert await store.children(stranger.key) == []

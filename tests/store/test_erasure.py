"""After an erasure nothing personal is left of a job, in whichever state it found it, and nothing brings it back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.jobs import NOBODY, DeliveryRoute, DeliveryState, Job, JobState, PendingAck, Reason
from bot.domain.personal_data import DataSummary, Like
from bot.domain.policy.model import Policy
from bot.domain.search import SongQuery, ViewerScope
from bot.store import Store, erasure
from bot.store.pseudonyms import LONGEST_WINDOW
from tests.factories import (
    LATER,
    LEASE,
    MIDNIGHT_GRID,
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
from tests.store.test_sharing import SHARED_AT, a_private_song

ME, OTHER = 30, 31
PERSONAL = (
    "error", "song_url", "title", "tags", "image_url", "interaction_token", "interaction_expires_at", "card_message_id",
    "post_channel_id", "post_message_id", "delivery_note", "parent_key", "submit_after", "delivery_after",
)  # fmt: skip
OPEN = [state for state in JobState if not state.is_final]


async def row(store: Store, key: int) -> dict[str, Any]:
    async with store._database.read() as connection:
        found = await connection.execute(text("SELECT * FROM jobs WHERE key = :key"), {"key": key})
        return dict(found.mappings().one())


async def assert_bare(store: Store, key: int, *, followed: bool = False) -> None:
    found = await row(store, key)
    assert {name: found[name] for name in PERSONAL if found[name] not in (None, "[]", [])} == {}
    assert (found["requester_id"], found["prompt"], found["search_text"]) == (NOBODY, "", "")
    assert followed or (found["job_id"], found["job_ref"], found["owner"]) == (None, None, None)
    assert found["delivery"] in ("none", "delivered")
    assert not found["card_outdated"]


async def liked(store: Store, job: Job, user_id: int, *, at: datetime = NOW) -> None:
    async with store._database.write() as connection:
        await connection.execute(
            text("INSERT INTO likes (job_key, user_id, liked_at) VALUES (:key, :user, :at)"),
            {"key": job.key, "user": user_id, "at": at if store._database.dialect != "sqlite" else str(at)},
        )


@pytest.mark.parametrize("state", JobState)
async def test_a_job_in_any_state_is_bare_afterwards(store: Store, state: JobState) -> None:
    job = await a_job(store, state)
    await store.set_card(job.key, message_id=77)

    erased = await store.erasure.erase_user(ME, now=LATER)

    after = expected(await store.get(job.key))
    becomes = {JobState.QUEUED: JobState.CANCELLED, JobState.RUNNING: JobState.DETACHED}
    assert after.state is becomes.get(state, state)
    await assert_bare(store, job.key, followed=not after.state.is_final)
    assert after.created_at == job.created_at
    assert erased.jobs == 1
    untold = not state.is_final or job.delivery is DeliveryState.DUE
    assert [one.prompt for one in erased.under_way] == (["a trap song"] if untold else [])
    assert all(one.card_message_id == 77 for one in erased.under_way)


@pytest.mark.parametrize("delivery", [state for state in DeliveryState if state is not DeliveryState.NONE])
async def test_what_was_not_told_is_never_told_and_what_was_told_stays_so(
    store: Store, delivery: DeliveryState
) -> None:
    job = await a_delivery(store, delivery)

    erased = await store.erasure.erase_user(ME, now=LATER)

    told = delivery is DeliveryState.DELIVERED
    after = expected(await store.get(job.key))
    assert after.delivery is (DeliveryState.DELIVERED if told else DeliveryState.NONE)
    await assert_bare(store, job.key)
    assert (after.state, after.song) == (
        JobState.COMPLETED,
        replace(
            MIDNIGHT_GRID,
            song_url=None,
            title=None,
            tags=(),
            image_url=None,
        ),
    )
    assert keys(list(erased.posted)) == ([job.key] if job.post_message_id else [])
    # Whoever has the delivery in hand finds that it is none any more.
    assert (
        await store.outbox.begin_post(job.key, rung=DeliveryRoute.CHANNEL, channel_id=20, now=LATER) is None
    )
    assert (
        await store.outbox.complete_post(
            job.key, rung=DeliveryRoute.CHANNEL, channel_id=20, message_id=40, note="n", now=LATER
        )
        is None
    )
    assert await store.outbox.abort_post(job.key, note="n") is None
    assert await store.outbox.mark_undeliverable(job.key, note="n") is None
    assert await store.outbox.mark_delivered(job.key, now=LATER) is None
    claimed = await store.outbox.claim(
        owner=OURS, lease_until=LEASE, now=LATER, capacity=capacity_of(9), takeover=True
    )
    assert claimed == []
    await assert_bare(store, job.key)


@pytest.mark.parametrize("outcome", [state for state in JobState if state.is_final])
@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED])
async def test_an_outcome_brings_nothing_back(store: Store, state: JobState, outcome: JobState) -> None:
    job = await a_job(store, state)
    await store.erasure.erase_user(ME, now=NOW)

    settled = await store.settle(
        job.key, state=outcome, reason=Reason.GENERATION_FAILED, error="No.", song=MIDNIGHT_GRID, now=LATER
    )

    assert expected(settled).state is outcome
    assert expected(settled).delivery is DeliveryState.NONE
    song = expected(settled).song
    assert song is not None
    assert (song.bpm, song.duration_s, song.title, song.song_url) == (140.0, 167.0, None, None)
    await assert_bare(store, job.key)


async def test_a_submit_that_is_accepted_afterwards_is_followed_for_nobody(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    accepted = expected(await store.accept(job.key, job_id="81fa5ff7", now=LATER))
    await store.set_card(job.key, message_id=5)

    assert (accepted.state, accepted.job_id) == (JobState.DETACHED, "81fa5ff7")
    assert keys(await store.take_over(owner="another", lease_until=LEASE, now=LATER, takeover=True)) == [
        job.key
    ]
    await assert_bare(store, job.key, followed=True)


async def test_a_submit_that_failed_afterwards_is_not_sent_again(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    put_back = expected(await store.requeue(job.key, submit_after=LATER, now=LATER))

    assert (put_back.state, put_back.settled_at) == (JobState.CANCELLED, LATER)
    assert not await store.queue()
    await assert_bare(store, job.key)


async def test_a_job_that_was_put_back_is_bare_afterwards(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.requeue(job.key, submit_after=LATER, now=NOW)
    await store.set_card(job.key, message_id=77)
    await store.set_card_outdated(job.key, outdated=True)
    await store.erasure.erase_user(ME, now=NOW)
    await assert_bare(store, job.key)


async def test_a_submit_whose_process_died_is_told_to_nobody(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    (orphan,) = await store.settle_orphaned_submits(owner="another", now=LATER, takeover=True)

    assert (orphan.state, orphan.delivery) == (JobState.UNKNOWN, DeliveryState.NONE)
    await assert_bare(store, job.key)


@pytest.mark.parametrize("state", [JobState.TIMED_OUT, JobState.EXPIRED])
async def test_a_late_look_brings_nothing_back(store: Store, state: JobState) -> None:
    job = await a_job(store, state)
    await store.erasure.erase_user(ME, now=NOW)

    late = await store.complete_late(job.key, song=MIDNIGHT_GRID, started_at=NOW, finished_at=NOW)

    assert late is None
    await assert_bare(store, job.key)


async def test_only_ones_own_goes_with_likes_searches_and_promises(store: Store) -> None:
    await store.pending_acks.add(PendingAck(1, "a-token-of-discord", LATER), now=NOW)
    mine = await a_job(store, JobState.COMPLETED)
    await store.pending_acks.add(PendingAck(2, "a-token-of-discord", LATER), now=NOW)
    theirs = await store.record(replace(a_request(requester_id=OTHER), interaction_token="theirs"), now=NOW)
    await store.pending_acks.add(PendingAck(3, "theirs", LATER), now=NOW)
    for job, user_id in ((mine, ME), (mine, OTHER), (theirs, ME), (theirs, OTHER)):
        await liked(store, job, user_id)
    for user_id in (ME, OTHER):
        await store.songs.save_search(SongQuery(text="trap"), ViewerScope(user_id=user_id), now=NOW)
    assert await store.erasure.holdings(ME) == DataSummary(jobs=1, since=NOW, likes=2, searches=1)

    erased = await store.erasure.erase_user(ME, now=NOW)

    assert (erased.jobs, erased.likes, erased.searches) == (1, 1, 1)
    assert await store.get(theirs.key) == theirs
    assert await store.erasure.holdings(ME) == DataSummary(jobs=0, since=None, likes=0, searches=0)
    assert await store.erasure.holdings(OTHER) == DataSummary(jobs=1, since=NOW, likes=1, searches=1)
    async with store._database.read() as connection:
        assert list(await connection.scalars(text("SELECT interaction_id FROM promises"))) == [3]
    assert (await store.erasure.erase_user(ME, now=NOW)).is_empty
    assert (await store.erasure.erase_user(NOBODY, now=NOW)).is_empty


async def test_what_is_handed_over_is_ones_own_newest_first_and_so_much(store: Store) -> None:
    jobs = [await store.record(a_request(), now=NOW + seconds(number)) for number in (0, 2, 1, 1)]
    theirs = await store.record(a_request(requester_id=OTHER), now=NOW)
    for at, (job, user_id) in enumerate([(jobs[0], ME), (theirs, ME), (jobs[1], OTHER)]):
        await liked(store, job, user_id, at=NOW + seconds(at))
    for at, (text_, user_id) in enumerate([("old", ME), ("new", ME), ("theirs", OTHER)]):
        await store.songs.save_search(
            SongQuery(text=text_), ViewerScope(user_id=user_id), now=NOW + seconds(at)
        )

    own, newest = store.erasure, [jobs[1], jobs[3], jobs[2], jobs[0]]
    assert [await own.jobs_of(ME, limit=limit) for limit in (9, 2)] == [newest, newest[:2]]
    likes = [Like(theirs.key, NOW + seconds(1)), Like(jobs[0].key, NOW)]
    assert [await own.likes_of(ME, limit=limit) for limit in (9, 1)] == [likes, likes[:1]]
    for limit in (9, 1):
        marks = await own.searches_of(ME, limit=limit)
        told = [(mark.query["text"], mark.made_at) for mark in marks]
        assert told == [("new", NOW + seconds(1)), ("old", NOW)][:limit]


async def test_no_more_posts_are_named_than_fit_an_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MAX_POST_LINKS", 1)
    for _ in range(2):
        await a_delivery(store, DeliveryState.DELIVERED)
    erased = await store.erasure.erase_user(ME, now=LATER)
    assert (erased.jobs, len(erased.posted)) == (2, 1)


async def test_what_is_asked_for_after_an_erasure_is_ones_own_again(store: Store) -> None:
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW)

    new = await store.record(a_request(), now=LATER)

    assert keys(await store.erasure.jobs_of(ME, limit=9)) == [new.key]
    assert await store.songs.suggestions("", user_id=ME) == [new]
    assert await store.songs.suggestions("", user_id=NOBODY) == []


async def test_songs_still_count_after_their_erasure(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)
    await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=LATER)
    before = await store.recent_waits_s(), await store.recent_generations_s()

    await store.erasure.erase_user(ME, now=LATER)

    assert (await store.recent_waits_s(), await store.recent_generations_s()) == before


# --- servers ---


async def test_a_server_is_erased_when_its_time_has_come_and_no_other(store: Store) -> None:
    for _ in range(3):
        await a_job(store, JobState.COMPLETED)
    theirs = await store.record(a_request(guild_id=11), now=NOW)
    await store.guilds.sync([10, 11], now=NOW)
    assert await store.guilds.sync([11], now=NOW) == [10]
    await store.guilds.mark_left(10, now=LATER)

    assert await store.erasure.next_left_at() == NOW
    assert await store.erasure.guilds_to_erase(left_before=NOW - timedelta(seconds=1)) == []
    assert await store.erasure.guilds_to_erase(left_before=NOW) == [10]
    assert await store.erasure.erase_guild_batch(11, left_before=NOW, now=LATER) == 0
    assert await store.erasure.erase_guild_batch(10, left_before=NOW, now=LATER) == 3

    for key in (1, 2, 3):
        await assert_bare(store, key)
    assert await store.get(theirs.key) == theirs
    assert await store.erasure.guilds_to_erase(left_before=LATER) == []
    assert await store.erasure.next_left_at() is None


async def test_a_large_server_is_erased_in_batches_and_marked_with_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    queued = await a_job(store, JobState.QUEUED)
    for _ in range(2):
        await a_job(store, JobState.COMPLETED)
    await store.pending_acks.add(PendingAck(1, "a-token-of-discord", LATER), now=NOW)
    await store.guilds.mark_left(10, now=NOW)

    numbers: list[int] = []
    while await store.erasure.guilds_to_erase(left_before=NOW):
        numbers.append(await store.erasure.erase_guild_batch(10, left_before=NOW, now=LATER))

    assert numbers == [2, 1]
    after = [expected(await store.get(key)) for key in (1, 2, 3)]
    assert all(job.is_erased for job in after)
    assert (after[0].key, after[0].state, after[0].settled_at) == (queued.key, JobState.CANCELLED, LATER)
    async with store._database.read() as connection:
        assert list(await connection.scalars(text("SELECT interaction_id FROM promises"))) == []


async def test_a_server_that_takes_the_bot_back_in_time_keeps_everything(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)
    await store.guilds.mark_left(10, now=NOW)
    await store.guilds.mark_joined(10, now=NOW)

    assert await store.erasure.guilds_to_erase(left_before=LATER) == []
    assert await store.erasure.erase_guild_batch(10, left_before=LATER, now=LATER) == 0
    assert await store.get(job.key) == job


async def test_a_server_that_comes_back_after_its_erasure_begins_anew(store: Store) -> None:
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)
    assert await store.guilds.sync([10], now=LATER) == []

    assert await store.guilds.sync([], now=LATER) == [10]
    assert await store.erasure.guilds_to_erase(left_before=LATER) == [10]


async def test_a_servers_settings_go_with_it(store: Store) -> None:
    await store.policies.change(10, lambda _: Policy(member_at_once=1), by=30, what="limit", now=NOW)
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)
    store.policies.invalidate(10)

    assert await store.policies.get(10) == Policy()
    assert await store.policies.changes(10, limit=9) == []


async def test_who_changed_a_servers_settings_is_forgotten_and_what_they_set_stays(store: Store) -> None:
    await store.policies.change(10, lambda _: Policy(member_at_once=1), by=30, what="limit", now=NOW)
    await store.erasure.erase_user(30, now=NOW)

    (change,) = await store.policies.changes(10, limit=9)
    assert (change.changed_by, change.after) == (NOBODY, Policy(member_at_once=1))


async def test_what_a_server_does_not_want_to_be_kept_is_erased_once_it_is_over(store: Store) -> None:
    old = await a_delivery(store, DeliveryState.DELIVERED)
    under_way = [await a_job(store, state) for state in (JobState.QUEUED, JobState.RUNNING)]
    untold = await a_delivery(store, DeliveryState.DUE)
    elsewhere = await store.record(a_request(guild_id=11), now=NOW)
    assert await store.policies.with_retention() == {}
    await store.policies.change(10, lambda _: Policy(retention_days=1), by=1, what="retention", now=NOW)
    assert list(await store.policies.with_retention()) == [10]

    assert await store.erasure.erase_older_batch(10, asked_before=NOW, now=LATER) == 0
    assert await store.erasure.erase_older_batch(10, asked_before=LATER, now=LATER) == 1
    await assert_bare(store, old.key)
    for job in (*under_way, untold, elsewhere):
        kept = await store.get(job.key)
        assert kept is not None
        assert not kept.is_erased


async def test_an_expired_job_has_its_card_wiped_and_its_share_looked_for(store: Store) -> None:
    shared, failed = await a_private_song(store), await a_job(store, JobState.FAILED)
    await store.outbox.begin_share(shared.key, now=SHARED_AT)
    await store.outbox.begin_post(failed.key, rung=DeliveryRoute.CHANNEL, channel_id=20, now=NOW)
    await store.outbox.complete_post(
        failed.key, rung=DeliveryRoute.CHANNEL, channel_id=20, message_id=40, note=None, now=NOW
    )
    await store.set_card(failed.key, message_id=77)
    await store.set_card_outdated(failed.key, outdated=True)

    assert await store.erasure.erase_older_batch(10, asked_before=LATER, now=SHARED_AT) == 2

    (lost,) = await store.lost_posts.all()
    assert (lost.job.key, lost.since, lost.erased_at) == (shared.key, SHARED_AT, SHARED_AT)
    cards = {card.job.key: card.job.card_message_id for card in await store.card_wipes.due()}
    assert cards[failed.key] == 77


# --- what counts for limits after an erasure ---


async def refs(store: Store) -> list[str | None]:
    async with store._database.read() as connection:
        return list(await connection.scalars(text("SELECT limit_ref FROM jobs ORDER BY key")))


async def test_a_pseudonym_is_of_one_member_in_one_server_and_holds_no_id(store: Store) -> None:
    for guild_id, requester_id in ((10, ME), (10, ME), (11, ME), (10, OTHER)):
        await store.record(a_request(guild_id=guild_id, requester_id=requester_id), now=NOW)
    await store.erasure.erase_user(ME, now=NOW)
    await store.erasure.erase_user(OTHER, now=NOW)

    mine, again, elsewhere, other = await refs(store)
    assert mine == again
    assert len({mine, elsewhere, other}) == 3
    assert None not in (mine, elsewhere, other)


async def test_what_no_limit_can_count_gets_no_pseudonym(store: Store) -> None:
    await a_job(store, JobState.FAILED)
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW + LONGEST_WINDOW)

    assert await refs(store) == [None, None]
    assert await store.key_values.get("limit_key") is None


async def test_the_key_goes_with_the_last_pseudonym_and_the_next_one_is_new(store: Store) -> None:
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW)
    key = await store.key_values.get("limit_key")
    await store.erasure.drop_pseudonyms(now=NOW + LONGEST_WINDOW - seconds(1))
    assert await refs(store) != [None]
    assert await store.key_values.get("limit_key") == key is not None

    await store.erasure.drop_pseudonyms(now=NOW + LONGEST_WINDOW)
    assert await refs(store) == [None]
    assert await store.key_values.get("limit_key") is None

    await a_job(store, JobState.RUNNING)
    await store.erasure.erase_user(ME, now=NOW)
    assert await store.key_values.get("limit_key") not in (None, key)


async def test_an_open_job_keeps_its_pseudonym_until_it_ends(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)
    await store.erasure.erase_user(ME, now=NOW)
    await store.erasure.drop_pseudonyms(now=NOW + 2 * LONGEST_WINDOW)
    assert await refs(store) != [None]

    await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=LATER)
    await store.erasure.drop_pseudonyms(now=NOW + 2 * LONGEST_WINDOW)
    assert await refs(store) == [None]


async def test_a_left_server_keeps_no_pseudonym(store: Store) -> None:
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW)
    await a_job(store, JobState.COMPLETED)
    await a_job(store, JobState.COMPLETED, guild_id=11, requester_id=OTHER)
    await store.erasure.erase_user(OTHER, now=NOW)
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)

    *gone, kept = await refs(store)
    assert gone == [None, None]
    assert kept is not None


# --- cards that are to be wiped ---


async def test_a_card_is_due_to_be_wiped_from_the_erasure_on_and_until_it_is_done(store: Store) -> None:
    shown = await a_job(store, JobState.RUNNING)
    await store.set_card(shown.key, message_id=77)
    unknown = await a_job(store, JobState.QUEUED)
    await store.erasure.erase_user(ME, now=NOW)

    by_token, by_message = await store.card_wipes.due()
    assert (by_message.job.key, by_message.job.card_message_id, by_message.job.interaction_token) == (
        shown.key,
        77,
        None,
    )
    assert (by_token.job.key, by_token.job.card_message_id) == (unknown.key, None)
    assert (by_token.job.interaction_token, by_token.by_requester) == ("a-token-of-discord", True)
    await store.card_wipes.remove(unknown.key)
    assert keys([card.job for card in await store.card_wipes.due()]) == [shown.key]
    assert await store.card_wipes.due(before=shown.key) == []


async def test_a_line_with_a_title_that_links_to_its_post_is_left(store: Store) -> None:
    told = await a_delivery(store, DeliveryState.DELIVERED)
    outdated = await a_delivery(store, DeliveryState.DELIVERED)
    for job in (told, outdated):
        await store.set_card(job.key, message_id=70 + job.key)
    await store.set_card_outdated(outdated.key, outdated=True)
    erased = await store.erasure.erase_user(ME, now=NOW)

    assert erased.cards == (outdated.key,)


async def test_without_access_only_a_living_token_wipes_a_card(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)
    await store.set_card(job.key, message_id=77)
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)
    (card,) = await store.card_wipes.due()
    assert (card.job.card_message_id, card.job.interaction_token) == (None, "a-token-of-discord")
    assert not card.by_requester

    await store.card_wipes.remove(job.key)
    await store.guilds.mark_joined(10, now=NOW)
    late = await a_job(store, JobState.RUNNING)
    await store.set_card(late.key, message_id=78)
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW + timedelta(minutes=15))
    assert await store.card_wipes.due() == []


@pytest.mark.parametrize("delivery", [DeliveryState.DUE, DeliveryState.POSTING, DeliveryState.DELIVERED])
async def test_a_send_whose_fact_is_not_known_is_to_be_looked_for(
    store: Store, delivery: DeliveryState
) -> None:
    job = await a_delivery(store, delivery)
    await store.erasure.erase_user(ME, now=LATER)

    lost = await store.lost_posts.all()
    if delivery is not DeliveryState.POSTING:
        assert lost == []
        return
    (only,) = lost
    assert (only.job.job_id, only.channel_ids, only.since, only.erased_at) == (job.job_id, (20,), NOW, LATER)
    await assert_bare(store, job.key)
    await store.lost_posts.remove(job.key)
    assert await store.lost_posts.all() == []


@pytest.mark.parametrize("begun", [False, True])
async def test_a_share_whose_fact_is_not_known_is_to_be_looked_for(store: Store, *, begun: bool) -> None:
    job = await a_private_song(store)
    if begun:
        await store.outbox.begin_share(job.key, now=SHARED_AT)
    await store.erasure.erase_user(ME, now=SHARED_AT)

    assert [lost.since for lost in await store.lost_posts.all()] == [SHARED_AT] * begun


@pytest.mark.parametrize("step", ["begin", "fact"])
async def test_an_erased_song_cannot_be_shared(store: Store, step: str) -> None:
    job = await a_private_song(store)
    if step == "fact":
        await store.outbox.begin_share(job.key, now=SHARED_AT)
    await store.erasure.erase_user(ME, now=SHARED_AT)

    assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
    assert await store.outbox.complete_share(job.key, channel_id=20, message_id=40) is None
    await assert_bare(store, job.key)

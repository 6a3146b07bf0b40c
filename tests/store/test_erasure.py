"""Erased jobs have no personal data, whatever their state, and no later step restores any."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.domain.jobs import NOBODY, NOWHERE, DeliveryRoute, DeliveryState, Job, JobState, PendingAck, Reason
from bot.domain.personal_data import DataSummary, Like, OwnPlaylist
from bot.domain.policy.model import Policy
from bot.domain.prompts import PromptOptions
from bot.domain.search import SongQuery, ViewerScope
from bot.domain.shards import Shards
from bot.store import Store, erasure, tables
from bot.store.pseudonyms import LONGEST_WINDOW
from tests.factories import (
    LATER,
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
    "error", "song_url", "title", "tags", "image_url", "post_cover_url", "audio_note", "interaction_token", "interaction_expires_at", "card_message_id",
    "post_channel_id", "post_message_id", "delivery_note", "parent_key", "submit_after", "delivery_after",
)  # fmt: skip
OPEN = [state for state in JobState if not state.is_final]

ALL = Shards(1, frozenset({0}))


async def row(store: Store, key: int) -> dict[str, Any]:
    found = await store._database.fetch(select(tables.jobs).where(tables.jobs.c.key == key), dict)
    return found[0]


async def assert_no_personal_data(store: Store, key: int, *, followed: bool = False) -> None:
    found = await row(store, key)
    assert {name: found[name] for name in PERSONAL if found[name] not in (None, ())} == {}
    assert (found["requester_id"], found["prompt"], found["search_text"]) == (NOBODY, "", "")
    assert followed or (found["job_id"], found["job_ref"], found["owner"]) == (None, None, None)
    assert found["delivery"] in ("none", "delivered")
    assert not found["card_outdated"]


async def liked(store: Store, job: Job, user_id: int, *, at: datetime = NOW) -> None:
    await store._database.execute(insert(tables.likes).values(job_key=job.key, user_id=user_id, liked_at=at))


async def test_a_job_in_any_state_has_no_personal_data_afterwards(store: Store) -> None:
    becomes = {JobState.QUEUED: JobState.CANCELLED, JobState.RUNNING: JobState.DETACHED}
    for user_id, state in enumerate(JobState, start=100):
        job = await a_job(store, state, requester_id=user_id)
        await store.set_card(job.key, message_id=77)

        erased = await store.erasure.erase_user(user_id, now=LATER)

        after = expected(await store.get(job.key))
        assert after.state is becomes.get(state, state)
        await assert_no_personal_data(store, job.key, followed=not after.state.is_final)
        assert after.created_at == job.created_at
        assert erased.jobs == 1
        unfinished = not state.is_final or job.delivery is DeliveryState.DUE
        assert [one.prompt for one in erased.under_way] == (["a trap song"] if unfinished else []), state
        assert all(one.card_message_id == 77 for one in erased.under_way)


async def test_an_erased_job_is_not_delivered_any_more(store: Store) -> None:
    states = [state for state in DeliveryState if state is not DeliveryState.NONE]
    for user_id, delivery in enumerate(states, start=100):
        job = await a_delivery(store, delivery, requester_id=user_id)

        erased = await store.erasure.erase_user(user_id, now=LATER)

        delivered = delivery is DeliveryState.DELIVERED
        after = expected(await store.get(job.key))
        assert after.delivery is (DeliveryState.DELIVERED if delivered else DeliveryState.NONE)
        await assert_no_personal_data(store, job.key)
        blank = replace(MIDNIGHT_GRID, song_url=None, title=None, tags=(), image_url=None)
        assert (after.state, after.song) == (JobState.COMPLETED, blank)
        assert keys(list(erased.posted)) == ([job.key] if job.post_message_id else []), delivery
        # A process that was delivering it finds nothing to do.
        outbox, route = store.outbox, DeliveryRoute.CHANNEL
        steps = [
            outbox.begin_post(job.key, route=route, channel_id=20, now=LATER),
            outbox.complete_post(job.key, route=route, channel_id=20, message_id=40, note="n", now=LATER),
            outbox.abort_post(job.key, note="n"),
            outbox.mark_undeliverable(job.key, note="n"),
            outbox.mark_delivered(job.key, now=LATER),
        ]
        assert [await step for step in steps] == [None] * len(steps)
        await assert_no_personal_data(store, job.key)
    claimed = await store.outbox.claim(owner=OURS, now=LATER, capacity=capacity_of(9))
    assert claimed == []


async def test_a_later_outcome_restores_no_personal_data(store: Store) -> None:
    open_states = (JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED)
    outcomes = [state for state in JobState if state.is_final]
    jobs = {(state, outcome): await a_job(store, state) for state in open_states for outcome in outcomes}
    await store.erasure.erase_user(ME, now=NOW)

    for case, job in jobs.items():
        settled = expected(
            await store.settle(
                job.key,
                state=case[1],
                reason=Reason.GENERATION_FAILED,
                error="No.",
                song=MIDNIGHT_GRID,
                now=LATER,
            )
        )
        assert (settled.state, settled.delivery) == (case[1], DeliveryState.NONE)
        blank = replace(MIDNIGHT_GRID, title=None, song_url=None, tags=(), image_url=None)
        assert settled.song == blank, case
        await assert_no_personal_data(store, job.key)


async def test_a_submit_accepted_after_the_erasure_is_detached(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    accepted = expected(await store.accept(job.key, job_id="81fa5ff7", now=LATER))
    await store.set_card(job.key, message_id=5)

    assert (accepted.state, accepted.job_id) == (JobState.DETACHED, "81fa5ff7")
    assert keys(await store.running()) == [job.key]
    await assert_no_personal_data(store, job.key, followed=True)


async def test_a_submit_requeued_after_the_erasure_is_cancelled(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    put_back = expected(await store.requeue(job.key, submit_after=LATER, now=LATER))

    assert (put_back.state, put_back.settled_at) == (JobState.CANCELLED, LATER)
    assert not await store.queue()
    await assert_no_personal_data(store, job.key)


async def test_a_requeued_job_has_no_personal_data_after_its_erasure(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.requeue(job.key, submit_after=LATER, now=NOW)
    await store.set_card(job.key, message_id=77)
    await store.set_card_outdated(job.key, outdated=True)
    await store.erasure.erase_user(ME, now=NOW)
    await assert_no_personal_data(store, job.key)


async def test_an_orphaned_submit_of_an_erased_job_is_not_delivered(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)
    await store.erasure.erase_user(ME, now=NOW)

    (orphan,) = await store.settle_orphaned_submits(owner="another", now=LATER)

    assert (orphan.state, orphan.delivery) == (JobState.UNKNOWN, DeliveryState.NONE)
    await assert_no_personal_data(store, job.key)


async def test_a_late_poll_restores_no_personal_data(store: Store) -> None:
    given_up = [await a_job(store, state) for state in (JobState.TIMED_OUT, JobState.EXPIRED)]
    await store.erasure.erase_user(ME, now=NOW)

    for job in given_up:
        late = await store.complete_late(job.key, song=MIDNIGHT_GRID, started_at=NOW, finished_at=NOW)
        assert late is None
        await assert_no_personal_data(store, job.key)


async def test_an_erasure_removes_only_the_users_own_rows_everywhere(store: Store) -> None:
    await store.pending_acks.add(PendingAck(1, "a-token-of-discord", LATER), now=NOW)
    mine = await a_job(store, JobState.COMPLETED)
    await store.pending_acks.add(PendingAck(2, "a-token-of-discord", LATER), now=NOW)
    theirs = await store.record(replace(a_request(requester_id=OTHER), interaction_token="theirs"), now=NOW)
    await store.pending_acks.add(PendingAck(3, "theirs", LATER), now=NOW)
    for job, user_id in ((mine, ME), (mine, OTHER), (theirs, ME), (theirs, OTHER)):
        await liked(store, job, user_id)
    for user_id in (ME, OTHER):
        await store.songs.save_search(SongQuery(text="trap"), ViewerScope(user_id=user_id), now=NOW)
        await store.form_choices.remember(user_id, PromptOptions(genre="polka"), now=NOW)
        await store.playlists.create("rain", user_id=user_id, guild_id=10, now=NOW)
    for job in (mine, theirs):
        await store.playlists.add(2, job.key, now=NOW)
    held = DataSummary(jobs=1, since=NOW, likes=2, searches=1, has_choices=True, playlists=1)
    assert await store.erasure.holdings(ME) == held

    erased = await store.erasure.erase_user(ME, now=NOW)

    assert (erased.jobs, erased.likes, erased.searches, erased.has_choices) == (1, 1, 1, True)
    assert erased.playlists == 1
    assert await store.form_choices.get(ME) is None
    assert await store.playlists.of_member(ME, 10) == []
    assert await store.erasure.playlists_of(OTHER) == [OwnPlaylist(10, "rain", (theirs.key,))]
    assert await store.get(theirs.key) == theirs
    assert await store.erasure.holdings(ME) == DataSummary(jobs=0, since=None, likes=0, searches=0)
    assert await store.erasure.holdings(OTHER) == replace(held, likes=1)
    assert await store._database.rows(select(tables.promises.c.interaction_id)) == [(3,)]
    assert (await store.erasure.erase_user(ME, now=NOW)).is_empty
    assert (await store.erasure.erase_user(NOBODY, now=NOW)).is_empty


async def test_the_servers_that_block_a_user_are_found_and_no_others(store: Store) -> None:
    documents = {
        11: Policy(blocked_member_ids=frozenset({ME, OTHER})),
        12: Policy(blocked_member_ids=frozenset({OTHER})),
        13: Policy(results_channel_id=ME),
    }
    for guild_id, policy in documents.items():
        await store.policies.change(guild_id, lambda _, new=policy: new, by=1, what="", now=NOW)
    assert (await store.erasure.holdings(ME)).blocked_in == (11,)
    await store.erasure.erase_user(ME, now=NOW)
    assert (await store.erasure.holdings(ME)).blocked_in == (11,)


async def test_the_export_has_only_own_data_newest_first_up_to_the_limit(store: Store) -> None:
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
        records = await own.searches_of(ME, limit=limit)
        found = [(record.query["text"], record.made_at) for record in records]
        assert found == [("new", NOW + seconds(1)), ("old", NOW)][:limit]


async def test_the_number_of_reported_posts_is_limited(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "MAX_POST_LINKS", 1)
    for _ in range(2):
        await a_delivery(store, DeliveryState.DELIVERED)
    erased = await store.erasure.erase_user(ME, now=LATER)
    assert (erased.jobs, len(erased.posted)) == (2, 1)


async def test_requests_after_an_erasure_belong_to_the_user_again(store: Store) -> None:
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW)

    new = await store.record(a_request(), now=LATER)

    assert keys(await store.erasure.jobs_of(ME, limit=9)) == [new.key]
    assert await store.songs.suggestions("", user_id=ME) == [new]
    assert await store.songs.suggestions("", user_id=NOBODY) == []


async def test_erased_songs_still_count_for_estimates(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)
    await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=LATER)
    before = await store.recent_waits_s(), await store.recent_generations_s()

    await store.erasure.erase_user(ME, now=LATER)

    assert (await store.recent_waits_s(), await store.recent_generations_s()) == before


# --- servers ---


async def test_only_the_server_that_is_due_is_erased(store: Store) -> None:
    for _ in range(3):
        await a_job(store, JobState.COMPLETED)
    theirs = await store.record(a_request(guild_id=11), now=NOW)
    await store.guilds.sync([10, 11], of_shard=ALL, now=NOW)
    assert await store.guilds.sync([11], of_shard=ALL, now=NOW) == [10]
    await store.guilds.mark_left(10, now=LATER)

    assert await store.erasure.next_left_at() == NOW
    assert await store.erasure.guilds_to_erase(left_before=NOW - timedelta(seconds=1)) == []
    assert await store.erasure.guilds_to_erase(left_before=NOW) == [10]
    assert await store.erasure.erase_guild_batch(11, left_before=NOW, now=LATER) == 0
    assert await store.erasure.erase_guild_batch(10, left_before=NOW, now=LATER) == 3

    for key in (1, 2, 3):
        await assert_no_personal_data(store, key)
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
    assert await store._database.rows(select(tables.promises.c.interaction_id)) == []


async def test_a_server_that_the_bot_rejoins_in_time_keeps_its_data(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)
    await store.guilds.mark_left(10, now=NOW)
    await store.guilds.mark_joined(10, now=NOW)

    assert await store.erasure.guilds_to_erase(left_before=LATER) == []
    assert await store.erasure.erase_guild_batch(10, left_before=LATER, now=LATER) == 0
    assert await store.get(job.key) == job


async def test_a_server_that_comes_back_after_its_erasure_starts_empty(store: Store) -> None:
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)
    assert await store.guilds.sync([10], of_shard=ALL, now=LATER) == []

    assert await store.guilds.sync([], of_shard=ALL, now=LATER) == [10]
    assert await store.erasure.guilds_to_erase(left_before=LATER) == [10]


async def test_an_erased_server_has_no_settings(store: Store) -> None:
    await store.policies.change(10, lambda _: Policy(member_at_once=1), by=30, what="limit", now=NOW)
    await store.guilds.mark_left(10, now=NOW)
    await store.erasure.erase_guild_batch(10, left_before=NOW, now=NOW)
    store.policies.invalidate(10)

    assert await store.policies.get(10) == Policy()
    assert await store.policies.changes(10, limit=9) == []


async def test_an_erasure_removes_who_changed_settings_but_not_the_settings(store: Store) -> None:
    await store.policies.change(10, lambda _: Policy(member_at_once=1), by=30, what="limit", now=NOW)
    await store.erasure.erase_user(30, now=NOW)

    (change,) = await store.policies.changes(10, limit=9)
    assert (change.changed_by, change.after) == (NOBODY, Policy(member_at_once=1))


async def test_retention_erases_only_finished_and_delivered_jobs(store: Store) -> None:
    old = await a_delivery(store, DeliveryState.DELIVERED)
    under_way = [await a_job(store, state) for state in (JobState.QUEUED, JobState.RUNNING)]
    untold = await a_delivery(store, DeliveryState.DUE)
    elsewhere = await store.record(a_request(guild_id=11), now=NOW)
    assert await store.policies.with_field("retention_days") == {}
    await store.policies.change(10, lambda _: Policy(retention_days=1), by=1, what="retention", now=NOW)
    assert list(await store.policies.with_field("retention_days")) == [10]

    assert await store.erasure.erase_older_batch(10, asked_before=NOW, now=LATER) == 0
    assert await store.erasure.erase_older_batch(10, asked_before=LATER, now=LATER) == 1
    await assert_no_personal_data(store, old.key)
    for job in (*under_way, untold, elsewhere):
        kept = await store.get(job.key)
        assert kept is not None
        assert not kept.is_erased


async def test_retention_notes_cards_to_wipe_and_lost_posts(store: Store) -> None:
    shared, failed = await a_private_song(store), await a_job(store, JobState.FAILED)
    await store.outbox.begin_share(shared.key, now=SHARED_AT)
    await store.outbox.begin_post(failed.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=NOW)
    await store.outbox.complete_post(
        failed.key, route=DeliveryRoute.CHANNEL, channel_id=20, message_id=40, note=None, now=NOW
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
    statement = select(tables.jobs.c.limit_ref).order_by(tables.jobs.c.key)
    return [ref for (ref,) in await store._database.rows(statement)]


async def test_a_pseudonym_differs_by_member_and_by_server(store: Store) -> None:
    asked = ((10, ME), (10, ME), (11, ME), (10, OTHER), (None, ME), (None, OTHER))
    for guild_id, requester_id in asked:
        await store.record(a_request(guild_id=guild_id, requester_id=requester_id), now=NOW)
    await store.erasure.erase_user(ME, now=NOW)
    await store.erasure.erase_user(OTHER, now=NOW)

    mine, again, *others = await refs(store)
    assert mine == again
    assert len({mine, *others}) == 5
    assert None not in (mine, *others)


async def test_jobs_that_no_limit_can_count_get_no_pseudonym(store: Store) -> None:
    await a_job(store, JobState.FAILED)
    await a_job(store, JobState.COMPLETED)
    await store.erasure.erase_user(ME, now=NOW + LONGEST_WINDOW)

    assert await refs(store) == [None, None]
    assert await store.key_values.get("limit_key") is None


async def test_the_pseudonym_key_is_deleted_with_the_last_pseudonym(store: Store) -> None:
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


async def test_an_open_job_keeps_its_pseudonym_until_it_is_settled(store: Store) -> None:
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


async def test_a_card_has_to_be_wiped_from_its_erasure_until_it_is_removed(store: Store) -> None:
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


async def test_an_erased_job_of_direct_messages_does_not_name_their_channel(store: Store) -> None:
    directly: dict[str, Any] = {"guild_id": None, "guild_locale": "de"}
    shown = await a_job(store, JobState.RUNNING, **directly)
    await store.set_card(shown.key, message_id=77)
    posting = await a_delivery(store, DeliveryState.POSTING, **directly)
    await store.erasure.erase_user(ME, now=NOW)

    for job in (shown, posting):
        left = expected(await store.get(job.key))
        assert (left.channel_id, left.guild_locale) == (NOWHERE, None)
        assert (await row(store, job.key))["root_channel_id"] == NOWHERE
    cards = {card.job.key: card.job for card in await store.card_wipes.due()}
    assert (cards[shown.key].channel_id, cards[shown.key].guild_locale) == (20, "de")
    (lost,) = await store.lost_posts.all()
    assert (lost.job.key, lost.channel_ids) == (posting.key, (20,))


async def test_a_card_that_only_links_to_its_post_is_not_wiped(store: Store) -> None:
    delivered = await a_delivery(store, DeliveryState.DELIVERED)
    outdated = await a_delivery(store, DeliveryState.DELIVERED)
    for job in (delivered, outdated):
        await store.set_card(job.key, message_id=70 + job.key)
    await store.set_card_outdated(outdated.key, outdated=True)
    erased = await store.erasure.erase_user(ME, now=NOW)

    assert erased.cards == (outdated.key,)


async def test_without_access_only_cards_with_a_valid_token_are_noted(store: Store) -> None:
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


async def test_an_interrupted_send_is_a_lost_post(store: Store) -> None:
    posting, *_ = [
        await a_delivery(store, delivery)
        for delivery in (DeliveryState.POSTING, DeliveryState.DUE, DeliveryState.DELIVERED)
    ]
    await store.erasure.erase_user(ME, now=LATER)

    (lost,) = await store.lost_posts.all()
    assert (lost.job.key, lost.job.job_id) == (posting.key, posting.job_id)
    assert (lost.channel_ids, lost.since, lost.erased_at) == ((20,), NOW, LATER)
    await assert_no_personal_data(store, posting.key)
    await store.lost_posts.remove(posting.key)
    assert await store.lost_posts.all() == []


async def test_an_interrupted_share_is_a_lost_post(store: Store) -> None:
    begun, _ = [await a_private_song(store) for _ in range(2)]
    await store.outbox.begin_share(begun.key, now=SHARED_AT)
    await store.erasure.erase_user(ME, now=SHARED_AT)

    assert [(lost.job.key, lost.since) for lost in await store.lost_posts.all()] == [(begun.key, SHARED_AT)]


async def test_an_erased_song_cannot_be_shared(store: Store) -> None:
    private, begun = [await a_private_song(store) for _ in range(2)]
    await store.outbox.begin_share(begun.key, now=SHARED_AT)
    await store.erasure.erase_user(ME, now=SHARED_AT)

    for job in (private, begun):
        assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
        assert await store.outbox.complete_share(job.key, channel_id=20, message_id=40) is None
        await assert_no_personal_data(store, job.key)

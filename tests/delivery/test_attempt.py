"""The stored state after a failed delivery attempt."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.clock import Clock
from bot.delivery import attempt
from bot.delivery.attempt import AttemptState, DeliveryLost, RetryLater
from bot.delivery.routes.base import Sent, Unreachable
from bot.delivery.sending import NotSearchable, Shape
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job
from bot.store import Store
from tests.delivery.delivering import Make, ScriptedRoute, attempting, refusal
from tests.factories import a_delivery, expected


@pytest.fixture
async def attempts(store: Store) -> AsyncGenerator[Make]:
    async with attempting(store) as make:
        yield make


async def test_files_are_left_out_after_their_upload_timed_out(
    store: Store, attempts: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "SEND_TIMEOUT_S", 0.01)
    carried: list[bool] = []

    async def send(shape: Shape) -> Sent:
        carried.append(bool(shape.attachments))
        if shape.attachments:
            await asyncio.Event().wait()
        return Sent(20, 40, "https://discord.com/channels/10/20/40")

    job, memory = await a_delivery(store, DeliveryState.DUE), AttemptState()
    with pytest.raises(RetryLater):
        await attempts(ScriptedRoute(send=send)).deliver(job, memory)
    await attempts(ScriptedRoute(send=send)).deliver(expected(await store.get(job.key)), memory)

    assert carried == [True, False]
    assert expected(await store.get(job.key)).delivery is DeliveryState.DELIVERED


async def test_an_erased_job_is_not_sent_again_after_an_interruption(store: Store, attempts: Make) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    await store.erasure.erase_user(job.requester_id, now=Clock().now())
    route = ScriptedRoute()
    with pytest.raises(DeliveryLost):
        await attempts(route).deliver(job, AttemptState())
    assert route.sends == 0


@pytest.mark.parametrize("is_searchable", [True, False])
async def test_a_refused_resend_proves_nothing_about_an_unsearchable_first_send(
    store: Store, attempts: Make, *, is_searchable: bool
) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    job = expected(
        await store.outbox.begin_post(job.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=Clock().now())
    )
    found = None if is_searchable else NotSearchable("too much was said")
    with pytest.raises(RetryLater):
        await attempts(ScriptedRoute(send=refusal(429), found=found)).deliver(job, AttemptState())

    left = expected(await store.get(job.key))
    assert left.delivery is (DeliveryState.DUE if is_searchable else DeliveryState.POSTING)


async def test_a_follow_up_that_comes_too_late_leaves_the_job_delivered(store: Store, attempts: Make) -> None:
    class Expired(ScriptedRoute):
        async def after_delivered(self, job: Job) -> None:
            raise Unreachable(f"the interaction of {job.key} has expired")

    job, other = await a_delivery(store, DeliveryState.DUE), ScriptedRoute(DeliveryRoute.DIRECT_MESSAGE)
    await attempts(Expired(), other).deliver(job, AttemptState())
    assert expected(await store.get(job.key)).route is DeliveryRoute.CHANNEL
    assert other.sends == 0

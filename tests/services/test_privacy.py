"""Interaction tokens are deleted when they expire, also those of jobs without a delivery."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.domain.jobs import PendingAck
from bot.services.privacy import TokenExpiry
from bot.store import Store
from tests.factories import a_request, expected

LIFE = timedelta(milliseconds=1500)
PATIENCE_S = 60.0


async def test_a_cancelled_job_loses_its_token_when_that_expires(store: Store) -> None:
    clock = Clock()
    expires_at = clock.now() + LIFE
    job = await store.record(replace(a_request(), interaction_expires_at=expires_at), now=clock.now())
    await store.cancel(job.key, now=clock.now())
    await store.pending_acks.add(PendingAck(1, "of-a-promise", expires_at), now=clock.now())
    loop = asyncio.create_task(TokenExpiry(store=store, clock=clock).run())
    for _ in range(int(PATIENCE_S / 0.05)):
        if await store.next_token_expiry() is None:
            break
        await asyncio.sleep(0.05)
    loop.cancel()
    assert clock.now() >= expires_at
    assert expected(await store.get(job.key)).interaction_token is None

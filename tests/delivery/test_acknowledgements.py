"""Request processing waits while interactions are unacknowledged."""

import asyncio

import pytest

from bot.delivery import acknowledgements
from bot.delivery.acknowledgements import AckBarrier


async def test_a_request_waits_until_all_interactions_are_acknowledged() -> None:
    barrier = AckBarrier()
    with barrier.unacknowledged():
        with barrier.unacknowledged():
            waiting = asyncio.create_task(barrier.wait())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_the_barrier_is_open_when_nothing_is_pending() -> None:
    barrier = AckBarrier()
    await asyncio.wait_for(barrier.wait(), timeout=0.5)
    with pytest.raises(ConnectionError), barrier.unacknowledged():
        raise ConnectionError
    await asyncio.wait_for(barrier.wait(), timeout=0.5)


async def test_the_barrier_opens_after_its_longest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledgements, "MAX_BARRIER_WAIT_S", 0.01)
    barrier = AckBarrier()
    with barrier.unacknowledged():
        await barrier.wait()

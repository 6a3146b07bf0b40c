import asyncio

import pytest

from bot.delivery import rush
from bot.delivery.rush import Rush


async def test_without_a_rush_nobody_waits() -> None:
    await asyncio.wait_for(Rush().over(), timeout=0.5)


async def test_whoever_is_acknowledged_waits_for_the_others() -> None:
    busy = Rush()
    with busy.hurrying():
        with busy.hurrying():
            waiting = asyncio.create_task(busy.over())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_an_acknowledgement_that_fails_ends_its_hurry_too() -> None:
    busy = Rush()
    with pytest.raises(ConnectionError), busy.hurrying():
        raise ConnectionError
    await asyncio.wait_for(busy.over(), timeout=0.5)


async def test_a_rush_without_end_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "LONGEST_WAIT_S", 0.01)
    busy = Rush()
    with busy.hurrying():
        await busy.over()

import asyncio

from bot.alarm import Alarm


async def test_a_ring_wakes_the_sleeper() -> None:
    alarm = Alarm()
    sleeper = asyncio.create_task(alarm.sleep(None))
    await asyncio.sleep(0)
    assert not sleeper.done()
    alarm.ring()
    await sleeper


async def test_a_ring_before_the_sleep_is_kept_once() -> None:
    alarm = Alarm()
    alarm.ring()
    alarm.ring()
    await alarm.sleep(None)
    sleeper = asyncio.create_task(alarm.sleep(None))
    await asyncio.sleep(0.01)
    assert not sleeper.done()
    sleeper.cancel()


async def test_the_time_ends_the_sleep_without_a_ring() -> None:
    await Alarm().sleep(0.001)

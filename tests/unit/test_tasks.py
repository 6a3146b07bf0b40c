import asyncio

from bot.tasks import ended


async def test_tasks_get_their_time_and_the_late_are_counted() -> None:
    quick = asyncio.create_task(asyncio.sleep(0))
    slow = asyncio.create_task(asyncio.sleep(60))
    assert await ended([quick, slow], grace_s=0.05) == 1
    assert slow.cancelled()
    assert not quick.cancelled()


async def test_without_grace_all_are_cancelled_at_once() -> None:
    tasks = [asyncio.create_task(asyncio.sleep(60)) for _ in range(3)]
    assert await ended(tasks) == 3


async def test_nothing_to_end_is_fine() -> None:
    assert await ended([], grace_s=1) == 0

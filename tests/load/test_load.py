"""A part of `make load`."""

from pathlib import Path

from tests.faults.stage import staged
from tests.load.crowd import MAX_GROWTH, crowded_world, growth, make_songs_quickly, wave

PEOPLE = 20
SERVERS = 4


async def test_100_simultaneous_requests_are_acknowledged_and_delivered_once(
    tmp_path: Path,
) -> None:
    world, seats = crowded_world(servers=SERVERS, people=PEOPLE)
    async with staged(tmp_path, world=world) as rig:
        await rig.start()
        make_songs_quickly(rig)
        waves = [await wave(rig, seats, name=name) for name in ("first", "second")]
        for each in waves:
            assert each.is_good, f"{each}: {each.verdict.faults()}"
        assert growth(*waves) <= MAX_GROWTH
        assert await rig.bot.stop() == 0
        assert '"exception"' not in rig.bot.log

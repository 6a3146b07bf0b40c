"""`python -m tests.load`: two waves of simultaneous requests, and many songs that finish at once in one channel.

Checks acknowledgement times, deliveries and the use of Discord's rate limits.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.faults.stage import staged
from tests.load.crowd import MAX_GROWTH, Wave, crowded_world, growth, make_songs_quickly, wave
from tests.load.finish import Finish, finish_at_once, one_crowded_channel


@click.command(help=__doc__)
@click.option("--people", default=500, show_default=True, help="How many ask at once.")
@click.option("--servers", default=50, show_default=True, help="In how many servers.")
@click.option("--songs", default=60, show_default=True, help="How many finish at once in one channel.")
def main(people: int, servers: int, songs: int) -> None:
    """Exit with 0 only if all was in time, nothing is lost or duplicated, memory did not grow, and few requests got 429."""
    finish = asyncio.run(_finish(songs))
    waves = asyncio.run(_waves(people, servers))
    for fault in finish.verdict.faults():
        click.echo(f"FAILED {fault}")
    for each in waves:
        for fault in each.verdict.faults():
            click.echo(f"FAILED {fault}")
    grown = growth(*waves)
    late = sum(each.asked - each.acknowledged for each in waves)
    told_wrongly = sum(len(each.verdict.faults()) for each in waves)
    click.echo(
        f"load: {len(waves)} waves of {people} people in {servers} servers, not acknowledged {late}, "
        f"lost or twice {told_wrongly}, memory {grown:+.1%} (at most {MAX_GROWTH:+.0%})"
    )
    sys.exit(0 if finish.is_good and all(each.is_good for each in waves) and grown <= MAX_GROWTH else 1)


async def _finish(songs: int) -> Finish:
    world, seats = one_crowded_channel(songs=songs, servers=20)
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        async with staged(Path(folder), world=world) as rig:
            await rig.start()
            finish = await finish_at_once(rig, seats)
            click.echo(f"finish: {finish}")
            return finish


async def _waves(people: int, servers: int) -> tuple[Wave, Wave]:
    world, seats = crowded_world(servers=servers, people=people)
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        async with staged(Path(folder), world=world) as rig:
            await rig.start()
            make_songs_quickly(rig)
            first = await wave(rig, seats, name="first")
            click.echo(f"first wave:  {first}")
            second = await wave(rig, seats, name="second")
            click.echo(f"second wave: {second}")
            return first, second


if __name__ == "__main__":
    main()

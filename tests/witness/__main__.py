"""`python -m tests.witness`: run the bot in simcord through all of its features; prints what was covered."""

import asyncio
import logging
import re
import tempfile
from pathlib import Path

import click
import simcord
import structlog

from tests.witness.corrections import correct
from tests.witness.scenes import SCENES
from tests.witness.stage import Stage, staged

_ID = re.compile(r"\d{15,}|simcord_interaction_\d+")


@click.command(help=__doc__)
def main() -> None:
    """A failure names its scene, and shows the events and requests before it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    correct()
    click.echo(asyncio.run(_run()))


async def _run() -> str:
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage:
            for scene in SCENES:
                try:
                    await scene(stage)
                except Exception as error:
                    error.add_note(f"in the scene {scene.__name__!r}: {scene.__doc__}")
                    raise
            return _summary(stage)


def _summary(stage: Stage) -> str:
    requests = stage.env.http_requests
    routes = {f"{request.method} {_ID.sub('ID', request.path)}" for request in requests}
    return "\n".join(
        [
            f"simcord {simcord.__version__}: {len(SCENES)} scenes, {len(requests)} requests on {len(routes)} routes",
            *(f"  {scene.__name__}: {scene.__doc__}" for scene in SCENES),
        ]
    )


main()

"""`python -m tests.clients`: test the Discord stand-in with discord.js and hikari; prints what was covered."""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.clients.scenario import Coverage, Route, run_scenario

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Library:
    """The command of its client program, and the routes that the library does not use."""

    command: list[str]
    without: set[Route] = field(default_factory=set[Route])


HIKARI = HERE / "hikari_client"
LIBRARIES = {
    "discord.js": Library(["node", str(HERE / "discord_js" / "client.js")]),
    "hikari": Library(
        [str(HIKARI / ".venv" / "bin" / "python"), "-O", str(HIKARI / "client.py")],
        without={("GET", "/applications/@me")},  # it reads /oauth2/applications/@me
    ),
}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(LIBRARIES)))
def main(names: tuple[str, ...]) -> None:
    """Exit with 0 only when no request was refused and every route was used."""
    sys.exit(asyncio.run(_all(names or tuple(LIBRARIES))))


async def _all(names: tuple[str, ...]) -> int:
    libraries = [LIBRARIES[name] for name in names]
    results = await asyncio.gather(*(run_scenario(library.command) for library in libraries))
    failures = 0
    for library, covered in zip(libraries, results, strict=True):
        unused = covered.routes - covered.used - library.without
        click.echo(_summary(covered, unused))
        failures += len(unused) + len(covered.refused)
    return 1 if failures else 0


def _summary(covered: Coverage, unused: set[Route]) -> str:
    return "\n".join(
        [
            f"{covered.library}: {len(covered.used)} of {len(covered.routes)} REST routes",
            f"  {len(covered.events)} events: {', '.join(covered.events)}",
            f"  {len(covered.interactions)} kinds of interaction: {', '.join(covered.interactions)}",
            f"  {covered.resumes} lost connections, resumed",
            *(f"  NOT USED: {method} {path}" for method, path in sorted(unused)),
            *(f"  REFUSED: {request}" for request in covered.refused),
        ]
    )


main()

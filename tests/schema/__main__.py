"""`python -m tests.schema SCHEMA`: are the bot's requests, and the stand-in for Discord, as Discord's OpenAPI schema says?

SCHEMA is Discord's OpenAPI file (specs/openapi.json of the public repository discord/discord-api-spec). Some end-to-end tests are
run and their traffic is compared with it; then every limit of the requests seen is broken once, which the stand-in must refuse.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.schema.allowed import BREAKS, TRAFFIC, Allowed, sort_out
from tests.schema.events import Events
from tests.schema.published import Published
from tests.schema.recorder import RECORDS, Record, read
from tests.schema.refusals import RefusalCheck, Refusals
from tests.schema.traffic import Findings, TrafficCheck

BOT_TESTS = (
    "tests/e2e/test_every_control.py::test_every_control_works_after_a_restart",
    "tests/e2e/test_discord_compose.py",
    "tests/e2e/test_component_posts.py",
    "tests/e2e/test_error_codes.py",
    "tests/e2e/test_private_songs.py",
    "tests/e2e/test_forum_results.py::test_deleting_a_song_takes_its_forum_post_or_the_title",
    "tests/e2e/test_forum_results.py::test_an_archived_post_from_before_a_crash_is_found",
    "tests/e2e/test_config_panel.py::test_results_channel_and_music_channels_are_picked_on_the_panel",
)
"""A choice that makes the bot send requests of every kind. Tests that forge interactions are not in it."""
STAND_IN_TESTS = (
    "tests/sandbox/test_discord_gateway.py",
    "tests/sandbox/test_discord_messages.py",
    "tests/sandbox/test_discord_threads.py",
    "tests/sandbox/test_discord_forums.py",
    "tests/sandbox/test_discord_faults.py",
)
"""Tests of the stand-in with events and answers that the bot does not cause or ask for."""
CHOSEN = "not (forge or forged or forges or test_config_rights)"


@click.command(help=__doc__)
@click.argument("schema", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--whole", is_flag=True, help="Run all end-to-end tests and all of the stand-in's, not a choice."
)
@click.option("--workers", default="2", show_default=True, help="How many tests at a time.")
def main(schema: Path, *, whole: bool, workers: str) -> None:
    """Exit with 0 only when every complaint is on the allow-list, and every entry there is needed."""
    published = Published(schema)
    bot_tests = ("tests/e2e",) if whole else BOT_TESTS
    stand_in_tests = ("tests/sandbox",) if whole else STAND_IN_TESTS
    with tempfile.TemporaryDirectory(prefix="schema-") as folder:
        bots = _recorded(Path(folder, "bot"), bot_tests, workers)
        others = _recorded(Path(folder, "stand-in"), stand_in_tests, workers)
    events = Events(published).schemas
    found = TrafficCheck(published, events).findings(bots)
    found.add_all(TrafficCheck(published, events, by_bot=False).findings(others))
    refusals = asyncio.run(RefusalCheck(published).refusals(record for record, _ in bots))
    good = [_report_traffic(found), _report_refusals(refusals)]
    sys.exit(0 if all(good) else 1)


def _recorded(folder: Path, tests: Sequence[str], workers: str) -> list[tuple[Record, int]]:
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.schema.recorder",
        "-q",
        f"-n{workers}",
        "-k",
        CHOSEN,
        *tests,
    ]
    environment = {**os.environ, RECORDS: str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode != 0:
        click.echo(done.stdout + done.stderr)
        raise click.ClickException("the tests whose traffic is looked at have failed")
    return list(read(folder))


def _report_traffic(found: Findings) -> bool:
    unexpected = _report_unexpected(found.complaints, found.examples, TRAFFIC)
    click.echo(
        f"schema: {found.requests:,} requests, {found.responses:,} responses, {found.events:,} events of "
        f"{len(found.kinds)} kinds, {unexpected} complaints outside the allow-list ({len(TRAFFIC)} entries)"
    )
    return unexpected == 0


def _report_refusals(refusals: Refusals) -> bool:
    unexpected = _report_unexpected(refusals.objections, refusals.objections, BREAKS)
    click.echo(
        f"schema: {len(refusals.breaks):,} broken requests of {len(refusals.operations)} operations, "
        f"{len(refusals.breaks) - len(refusals.objections):,} refused as Discord does, "
        f"{unexpected} complaints outside the allow-list ({len(BREAKS)} entries)"
    )
    return unexpected == 0 and len(refusals.breaks) > 0


def _report_unexpected(
    names: dict[str, int] | dict[str, str], examples: dict[str, str], allowed: Sequence[Allowed]
) -> int:
    """Print each complaint outside the allow-list and each unused entry; return how many there are."""
    result = sort_out(names, allowed)
    for name in result.unexpected:
        click.echo(f"  {name}: {examples[name]}")
    for entry in result.unneeded:
        click.echo(f"  nothing needs this entry of the allow-list any more: {entry.reason}")
    return len(result.unexpected) + len(result.unneeded)


if __name__ == "__main__":
    main()

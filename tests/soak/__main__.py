"""`python -m tests.soak`: songs at a steady rate while 5 % of all requests fail; checks deliveries and growth."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.soak.run import SONGS_PER_S, soaked


@click.command(help=__doc__)
@click.option("--minutes", default=10.0, show_default=True, help="How long people ask.")
@click.option("--rate", default=SONGS_PER_S, show_default=True, help="Songs asked for in a second.")
@click.option("--seed", default=1, show_default=True, help="Decides what goes wrong.")
def main(minutes: float, rate: float, seed: int) -> None:
    """Exit with 0 only when nothing is lost, nothing twice, and neither memory nor open files grow."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        report = asyncio.run(soaked(Path(folder), minutes=minutes, songs_per_s=rate, seed=seed))
    for fault in report.verdict.faults():
        click.echo(f"FAILED {fault}")
    if not report.verdict.is_good:
        click.echo(
            "the bot's log ends with:\n" + "".join(f"  | {line}\n" for line in report.log_tail.splitlines())
        )
    click.echo(
        f"{report.faults} faults; to {report.unanswered} people Discord said that the bot did not respond"
    )
    click.echo(report)
    sys.exit(0 if report.is_good else 1)


if __name__ == "__main__":
    main()

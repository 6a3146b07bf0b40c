"""`python -m tests.faults`: carries out the runs and reports failures with the command that repeats each."""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click

from tests.faults.group.exercise import group_exercise
from tests.faults.plan import DEFAULT_RUNS, DEFAULT_SEED, plans
from tests.faults.points import Plan
from tests.faults.run import Outcome, carried_out


@click.command(help=__doc__)
@click.option("--runs", default=DEFAULT_RUNS, show_default=True, help="How many.")
@click.option(
    "--seed", default=DEFAULT_SEED, show_default=True, help="Decides the order, and the pairs of kills."
)
@click.option("--workers", default=3, show_default=True, help="How many at a time.")
@click.option(
    "--processes",
    default=1,
    show_default=True,
    help="Several of them share a PostgreSQL database, and any may fail.",
)
@click.option("--only", multiple=True, metavar="ID", help="Repeat this run, as a failing one names itself.")
def main(runs: int, seed: int, workers: int, processes: int, only: Sequence[str]) -> None:
    """Exit with 0 only if nothing is lost, duplicated or shown after an erasure, and every run has ended."""
    if processes > 1:
        sys.exit(group_exercise(runs, seed, workers, processes, only))
    try:
        chosen = [Plan.parse(name) for name in only] if only else plans(runs, seed)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--only") from None
    outcomes = asyncio.run(_all(chosen, workers))
    click.echo(_table(outcomes))
    if failed := sum(not outcome.verdict.is_good for outcome in outcomes):
        click.echo(f"{failed} runs failed; each says why, and how to repeat it, further up")
    click.echo(closing_line(outcomes))
    sys.exit(0 if all(outcome.verdict.is_good for outcome in outcomes) else 1)


async def _all(chosen: Sequence[Plan], workers: int) -> list[Outcome]:
    waiting, outcomes = list(reversed(chosen)), list[Outcome]()
    began = time.monotonic()

    async def work() -> None:
        while waiting:
            with tempfile.TemporaryDirectory(prefix="faults-") as folder:
                outcome = await carried_out(waiting.pop(), Path(folder))
            outcomes.append(outcome)
            _tell(outcome)
            if len(outcomes) % 20 == 0:
                click.echo(f"{len(outcomes)} of {len(chosen)}, {time.monotonic() - began:.0f} s", err=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    return outcomes


def _tell(outcome: Outcome) -> None:
    if outcome.verdict.is_good:
        return
    click.echo(f"FAILED {outcome.plan}: {'; '.join(outcome.verdict.faults())}")
    click.echo(f"  repeat it: python -m tests.faults --only '{outcome.plan}'")
    click.echo(
        "  the bot's log ends with:\n" + "".join(f"  | {line}\n" for line in outcome.log_tail.splitlines())
    )


def _table(outcomes: Sequence[Outcome]) -> str:
    """One line for each boundary. *erased*: what was published after an erasure; *cards*: those that still show a job at work, which is no fault but no beauty either."""
    groups = defaultdict[str, list[Outcome]](list)
    for outcome in outcomes:
        groups[outcome.plan.boundary].append(outcome)
    head = _row("killed at", "runs", "kills", "lost", "twice", "erased", "cards", "s/run")
    return "\n".join(
        [head, *(_summary(each, groups[each]) for each in sorted(groups)), _summary("all", outcomes)]
    )


def _summary(name: str, group: Sequence[Outcome]) -> str:
    verdicts = [outcome.verdict for outcome in group]
    return _row(
        name,
        len(group),
        sum(outcome.kills for outcome in group),
        sum(len(verdict.lost) for verdict in verdicts),
        sum(len(verdict.duplicated) + len(verdict.double_submitted) for verdict in verdicts),
        sum(len(verdict.published_after_erasure) for verdict in verdicts),
        sum(len(verdict.stale_cards) for verdict in verdicts),
        f"{sum(outcome.took_s for outcome in group) / max(1, len(group)):.1f}",
    )


def _row(name: str, *figures: object) -> str:
    return f"{name:28}" + "".join(f"{figure!s:>8}" for figure in figures)


def closing_line(outcomes: Sequence[Outcome]) -> str:
    """The last line: what the whole exercise is about."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return (
        f"faults: {len(outcomes)} runs, lost {sum(len(verdict.lost) for verdict in verdicts)}, "
        f"duplicated {sum(len(verdict.duplicated) for verdict in verdicts)}, "
        f"double-submitted {sum(len(verdict.double_submitted) for verdict in verdicts)}, "
        f"published after erasure {sum(len(verdict.published_after_erasure) for verdict in verdicts)}"
    )


if __name__ == "__main__":
    main()

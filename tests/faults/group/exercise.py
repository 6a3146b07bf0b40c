"""The exercise with several processes: carries out the runs, and prints what was wrong, and how long taking over took."""

import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click

from tests.databases import prepared_server
from tests.e2e.forked_bot import forked_command
from tests.faults.group.plan import GroupPlan, group_plans
from tests.faults.group.rolling import RollingOutcome, rolled
from tests.faults.group.run import GroupOutcome, carried_out


def group_exercise(runs: int, seed: int, workers: int, processes: int, only: Sequence[str]) -> int:
    """Carry out the runs, or those with the names `only`; 0 if nothing was wrong."""
    try:
        chosen = [GroupPlan.parse(name) for name in only] if only else group_plans(runs, seed)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--only") from None
    with ExitStack() as stack:
        # One for each worker, because some runs restart theirs.
        servers = [stack.enter_context(prepared_server()) for _ in range(max(1, min(workers, len(chosen))))]
        asyncio.run(_load_program())
        outcomes = asyncio.run(_all(chosen, servers, processes))
        # Alone, because its load is measured in time.
        rolling = None if only else asyncio.run(_rolling(servers[0], processes))
    if outcomes:
        click.echo(_table(outcomes))
    if rolling is not None:
        click.echo("\n".join([str(rolling), *rolling.verdict.faults()]))
    click.echo(closing_line(outcomes, processes))
    verdicts = [each.verdict for each in (*outcomes, *filter(None, [rolling]))]
    return 0 if all(verdict.is_good for verdict in verdicts) else 1


async def _load_program() -> None:
    """Start the process that bots are forked from: that stands still for seconds, and no transaction may be open then."""
    with tempfile.TemporaryDirectory() as folder:
        await forked_command("--help", folder=Path(folder), environment=os.environ, timeout_s=120.0)


async def _rolling(server: Path, processes: int) -> RollingOutcome:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        return await rolled(server, Path(folder), processes=processes)


async def _all(chosen: Sequence[GroupPlan], servers: Sequence[Path], processes: int) -> list[GroupOutcome]:
    waiting, outcomes = list(reversed(chosen)), list[GroupOutcome]()
    began = time.monotonic()

    async def work(server: Path) -> None:
        while waiting:
            with tempfile.TemporaryDirectory(prefix="faults-") as folder:
                outcome = await carried_out(waiting.pop(), server, Path(folder), processes=processes)
            outcomes.append(outcome)
            _tell(outcome, processes)
            if len(outcomes) % 10 == 0:
                click.echo(f"{len(outcomes)} of {len(chosen)}, {time.monotonic() - began:.0f} s", err=True)

    async with asyncio.TaskGroup() as group:
        for server in servers:
            group.create_task(work(server))
    return outcomes


def _tell(outcome: GroupOutcome, processes: int) -> None:
    if outcome.verdict.is_good:
        return
    click.echo(f"FAILED {outcome.plan}: {'; '.join(outcome.verdict.faults())}")
    click.echo(f"  repeat it: python -m tests.faults --processes {processes} --only '{outcome.plan}'")
    click.echo("".join(f"  | {line}\n" for line in outcome.log_tail.splitlines()))


def _table(outcomes: Sequence[GroupOutcome]) -> str:
    """One line for each kind of strike, with the median and the longest time in which others took over."""
    groups = defaultdict[str, list[GroupOutcome]](list)
    for outcome in outcomes:
        groups[outcome.plan.kind].append(outcome)
    head = (
        "struck",
        "runs",
        "lost",
        "twice",
        "other",
        "leads p50",
        "max",
        "calls p50",
        "max",
        "serves p50",
        "max",
        "s/run",
    )
    return "\n".join([_row(*head), *(_summary(name, groups[name]) for name in sorted(groups))])


def _summary(name: str, group: Sequence[GroupOutcome]) -> str:
    verdicts = [outcome.verdict for outcome in group]
    return _row(
        name,
        len(group),
        sum(len(verdict.lost) for verdict in verdicts),
        sum(len(verdict.duplicated) + len(verdict.double_submitted) for verdict in verdicts),
        sum(len(verdict.other) for verdict in verdicts),
        *_times(outcome.leads_s for outcome in group),
        *_times(outcome.calls_s for outcome in group),
        *_times(outcome.serves_s for outcome in group),
        f"{sum(outcome.took_s for outcome in group) / len(group):.1f}",
    )


def _times(values: Iterable[float | None]) -> tuple[str, str]:
    known = [each for each in values if each is not None]
    return (f"{median(known):.1f}", f"{max(known):.1f}") if known else ("-", "-")


def _row(name: object, *figures: object) -> str:
    return f"{name!s:18}" + "".join(f"{figure!s:>11}" for figure in figures)


def closing_line(outcomes: Sequence[GroupOutcome], processes: int) -> str:
    """The last line: what the whole exercise is about."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return (
        f"faults with {processes} processes: {len(outcomes)} runs, lost {sum(len(verdict.lost) for verdict in verdicts)}, "
        f"duplicated {sum(len(verdict.duplicated) for verdict in verdicts)}, "
        f"double-submitted {sum(len(verdict.double_submitted) for verdict in verdicts)}, "
        f"otherwise wrong {sum(len(verdict.other) for verdict in verdicts)}"
    )

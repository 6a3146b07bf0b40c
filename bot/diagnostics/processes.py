"""Pure: checks of the processes that share a PostgreSQL database."""

from collections.abc import Collection, Iterable, Iterator
from itertools import count, groupby

from bot.diagnostics.findings import CheckResult
from bot.domain.shards import Group, Member
from bot.errors import ExitCode


def processes_results(group: Group | None, *, wanted_shards: int | None) -> list[CheckResult]:
    """Who runs, and a failed result for everything that the processes should agree on or do together, and don't.

    None for SQLite, where there can be one process only: nothing is said about it. `wanted_shards` is SHARD_COUNT.
    """
    if group is None:
        return []
    if not group.members:
        return [CheckResult("processes", "none is running", facts={"processes": []})]
    what = f"{len(group.members)} running, with version {_listed(_versions(group))}"
    running = CheckResult(
        "processes",
        what,
        details=tuple(_line(group, member) for member in group.members),
        facts={"processes": [_facts(group, member) for member in group.members]},
    )
    return [running, *_faults(group, wanted_shards)]


def _faults(group: Group, wanted_shards: int | None) -> Iterator[CheckResult]:
    if group.leader is None:
        remedy = (
            "Run the check again in 10 seconds: another process takes over by then. If none does, look for "
            "beat_failed in their logs. Until then no song is submitted or found."
        )
        yield CheckResult("leader", "no process leads", remedy, ExitCode.UNAVAILABLE)
    counts = group.shard_counts
    if len(counts) > 1:
        numbers = _listed(map(str, sorted(counts)))
        remedy = "Stop all processes, set the same SHARD_COUNT for each, and start them again."
        yield CheckResult("SHARD_COUNT", f"the processes have {numbers} shards", remedy, ExitCode.SETTINGS)
    elif wanted_shards and counts - {wanted_shards}:
        what = f"it is {wanted_shards} here, but the running processes have {max(counts)} shards"
        remedy = (
            f"Set SHARD_COUNT={max(counts)}, or stop all processes before you start one with another number."
        )
        yield CheckResult("SHARD_COUNT", what, remedy, ExitCode.SETTINGS)
    if unserved := group.unserved(max(counts, default=0)):
        what = f"no process has {ranges(unserved)} of {max(counts)}; their servers get no answers"
        remedy = (
            "Run the check again in 20 seconds: the other processes take the shards of one that has ended. If "
            "they don't, start a process with these numbers in SHARD_IDS, or one without SHARD_IDS."
        )
        yield CheckResult("shards", what, remedy, ExitCode.UNAVAILABLE)
    if len(versions := _versions(group)) > 1:
        remedy = (
            "Finish the upgrade: restart the processes that still run the older version with the newer one."
        )
        yield CheckResult("versions", f"{_listed(versions)} run together", remedy, ExitCode.SETTINGS)


def _line(group: Group, member: Member) -> str:
    shards = group.shards_of(member.owner)
    if not member.shard_count:
        has = "is asking Discord for the number of shards"
    elif not shards:
        has = "on standby, without a shard"
    else:
        has = f"shards {ranges(shards)} of {member.shard_count}"
    without_session = {shard for shard in shards if not group.shards[shard].is_ready}
    parts = [
        f"version {member.version}",
        "leads" if group.leader == member.owner else "",
        has,
        f"no session yet for {ranges(without_session)}" if without_session else "",
        f"SHARD_IDS={ranges(member.pins)}" if member.pins is not None else "",
        "is stopping" if member.is_leaving else "",
        f"last seen {member.seen_s:.0f} s ago",
    ]
    return f"{member.owner}: {', '.join(filter(None, parts))}"


def _facts(group: Group, member: Member) -> dict[str, object]:
    shards = group.shards_of(member.owner)
    return {
        "owner": member.owner,
        "version": member.version,
        "leads": group.leader == member.owner,
        "shards": sorted(shards),
        "without_session": sorted(shard for shard in shards if not group.shards[shard].is_ready),
        "shard_count": member.shard_count,
        "shard_ids": None if member.pins is None else sorted(member.pins),
        "is_leaving": member.is_leaving,
        "seen_s": round(member.seen_s, 1),
    }


def _versions(group: Group) -> list[str]:
    return sorted({member.version for member in group.members})


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)


def ranges(numbers: Collection[int]) -> str:
    """The numbers as SHARD_IDS has them: `0-3,7`."""
    steps = count()
    runs = [list(run) for _, run in groupby(sorted(numbers), key=lambda number: number - next(steps))]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)

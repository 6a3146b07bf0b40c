"""The gauges of `GET /metrics`: what holds at the moment of a scrape.

What is read from the database, or known to the process that leads only, is exported by that process: over all processes of a
database the sum of such a gauge is its value. A gauge without a value has no sample, since a NaN would make every sum NaN.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.domain.jobs import Backlog, JobState
from bot.domain.shards import Group

SHARD_STATES = ("served", "connecting", "free")
"""Whose process has a session for it; whose process has none yet; which no living process has."""

_GAUGES: dict[str, tuple[str, str | None]] = {
    "database_readable": ("1 when the database could be read for this scrape.", None),
    "leads": ("1 in the process that calls Whisul.", None),
    "beat_age_seconds": ("How long ago the last beat of this process was; 0 on SQLite.", None),
    "backup_age_seconds": (
        "Age of the newest copy in BACKUP_FOLDER, +Inf without one; only with the setting.",
        None,
    ),
    "gateway_connected": ("1 while there is a gateway session for every shard of this process.", None),
    "shard_connected": ("1 while there is a gateway session for a shard of this process.", "shard"),
    "gateway_latency_seconds": ("The gateway's last heartbeat, by shard; missing before the first.", "shard"),
    "guilds": ("Servers of this process's shards that the bot is in.", None),
    "open_jobs": ("Jobs that have not ended, by state; from the leader.", "state"),
    "queue_length": ("Jobs that wait to be submitted; from the leader.", None),
    "deliveries_outstanding": ("Ended jobs whose outcome is not delivered yet; from the leader.", None),
    "oldest_job_seconds": (
        "How long ago the oldest job of each open state was requested; from the leader.",
        "state",
    ),
    "oldest_delivery_seconds": (
        "How long ago the oldest job with an undelivered outcome ended, 0 without one; from the leader.",
        None,
    ),
    "processes": ("Living processes on this database, by version; from the leader.", "version"),
    "shards": ("Shards by whether a process serves them; from the leader.", "state"),
    "whisul_budget_calls_per_second": ("Calls to Whisul that the budget allows now; from the leader.", None),
    "whisul_paused": (
        "1 while no call is made: Whisul asked for a pause or refuses the key; from the leader.",
        None,
    ),
    "whisul_key_refused": ("1 while Whisul refuses the API key; from the leader.", None),
    "whisul_no_credit": ("1 while the account at Whisul has no credit left; from the leader.", None),
}
"""By name: what it says, and its label."""

Value = float | Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of this process at the moment `now` of a scrape. `backlog` is None if the database cannot be read.

    `leads` is whether this process calls Whisul, and `group` are all that share the database, as its last beat found them,
    `beat_age_s` seconds ago. `calls_per_s` is the budget of Whisul calls. `connected` says for each shard of this process
    whether it has a gateway session, `latencies_s` how long its last heartbeat took. `backup_age_s` is None without a folder for
    backups.
    """

    now: datetime
    backlog: Backlog | None
    leads: bool
    group: Group
    beat_age_s: float
    calls_per_s: float
    is_paused: bool
    key_refused: bool
    no_credit: bool
    is_online: bool
    connected: Mapping[int, bool]
    latencies_s: Mapping[int, float]
    guilds: int
    backup_age_s: float | None = None


class Gauges(Collector):
    """Exports the last `snapshot`; nothing before the first one is set."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.snapshot: Snapshot | None = None
        registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge with the values that it has."""
        values = {} if self.snapshot is None else _values(self.snapshot)
        for name, (documentation, label) in _GAUGES.items():
            family = GaugeMetricFamily(f"whisul_bot_{name}", documentation, labels=[label] if label else [])
            match values.get(name):
                case None:
                    pass
                case Mapping() as labelled:
                    for key, value in labelled.items():
                        family.add_metric([key], float(value))
                case value:
                    family.add_metric([], float(value))
            yield family


def _values(snapshot: Snapshot) -> dict[str, Value]:
    values: dict[str, Value] = {
        "database_readable": snapshot.backlog is not None,
        "leads": snapshot.leads,
        "beat_age_seconds": snapshot.beat_age_s,
        "gateway_connected": snapshot.is_online,
        "shard_connected": {str(shard): is_on for shard, is_on in snapshot.connected.items()},
        "gateway_latency_seconds": {str(shard): took_s for shard, took_s in snapshot.latencies_s.items()},
        "guilds": snapshot.guilds,
    }
    if snapshot.backup_age_s is not None:
        values["backup_age_seconds"] = snapshot.backup_age_s
    # From one process only: sums over all processes would count these several times.
    if snapshot.leads:
        values |= _values_of_leader(snapshot)
        if snapshot.backlog is not None:
            values |= _values_of_backlog(snapshot.backlog, snapshot.now)
    return values


def _values_of_leader(snapshot: Snapshot) -> dict[str, Value]:
    group = snapshot.group
    count = max(group.shard_counts, default=0)
    # A shard whose owner has ended still has a row: it counts as free.
    free = group.unserved(count)
    served = sum(row.is_ready for shard, row in group.shards.items() if shard not in free)
    return {
        "processes": Counter(member.version for member in group.members),
        "shards": dict(zip(SHARD_STATES, (served, count - served - len(free), len(free)), strict=True)),
        "whisul_budget_calls_per_second": snapshot.calls_per_s,
        "whisul_paused": snapshot.is_paused,
        "whisul_key_refused": snapshot.key_refused,
        "whisul_no_credit": snapshot.no_credit,
    }


def _values_of_backlog(backlog: Backlog, now: datetime) -> dict[str, Value]:
    def age_s(since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (now - since).total_seconds())

    return {
        "open_jobs": {state.value: number for state, number in backlog.open_jobs.items()},
        "queue_length": backlog.open_jobs[JobState.QUEUED],
        "deliveries_outstanding": backlog.undelivered,
        "oldest_job_seconds": {
            state.value: age_s(backlog.oldest_at.get(state)) for state in backlog.open_jobs
        },
        "oldest_delivery_seconds": age_s(backlog.undelivered_since),
    }

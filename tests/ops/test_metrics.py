import asyncio
import json
import math
import re
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import Clock
from bot.domain.jobs import Backlog, DeliveryRoute, JobState, Reason
from bot.domain.shards import Group, Member, ShardRow
from bot.ops import metrics as subject
from bot.ops.gauges import SHARD_STATES, Snapshot
from bot.ops.metrics import Metrics
from bot.whisul.errors import WhisulError, WhisulRateLimited
from tests.job_shapes import NOW, a_song_job

ROOT = Path(__file__).resolve().parents[2]
ALERTS = (ROOT / "deploy/prometheus/alerts.yml").read_text()
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
ALONE = Member(owner="a", shard_count=1, version="1.0")
NOTHING = Snapshot(
    now=NOW,
    backlog=Backlog(dict.fromkeys(JobState, 0), undelivered=0),
    group=Group(leader="a", members=(ALONE,), shards={0: ShardRow("a", is_ready=True)}),
    beat_age_s=0,
    calls_per_s=5,
    is_paused=False,
    key_refused=False,
    no_credit=False,
    leads=True,
    is_online=True,
    connected={0: True},
    latencies_s={0: 0.04},
    guilds=0,
)


class SetClock(Clock):
    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def metrics(clock: SetClock) -> Metrics:
    return Metrics(clock=clock)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"whisul_bot_{name}", labels)


def limited_after(seconds: float, clock: SetClock) -> WhisulRateLimited:
    clock.seconds += seconds
    return WhisulRateLimited("too many", retry_after_s=None)


def test_a_call_to_whisul_is_timed_under_its_outcome(metrics: Metrics, clock: SetClock) -> None:
    with metrics.whisul_call("look"):
        clock.seconds += 2
    clock.seconds += 1
    with pytest.raises(WhisulRateLimited), metrics.whisul_call("submit"):
        raise limited_after(3, clock)
    assert value(metrics, "whisul_call_seconds_sum", call="look", outcome="ok") == 2
    assert value(metrics, "whisul_call_seconds_sum", call="submit", outcome="rate_limited") == 3


def test_a_call_that_is_cancelled_is_no_success(metrics: Metrics) -> None:
    with pytest.raises(asyncio.CancelledError), metrics.whisul_call("look"):
        raise asyncio.CancelledError
    assert value(metrics, "whisul_call_seconds_count", call="look", outcome="interrupted") == 1


def test_every_error_of_whisul_is_an_outcome_of_its_own() -> None:
    assert set(subject._OUTCOMES) == set(WhisulError.__subclasses__())
    assert len(set(subject._OUTCOMES.values())) == len(subject._OUTCOMES)


def test_the_delay_is_from_the_songs_end_to_the_bots_knowing(metrics: Metrics) -> None:
    job = replace(a_song_job(), settled_at=NOW, finished_at=NOW - timedelta(seconds=4))
    metrics.settled(job)
    metrics.settled(replace(job, finished_at=NOW + timedelta(hours=1)))  # Whisul's clock goes before ours
    metrics.settled(replace(job, finished_at=None))
    assert value(metrics, "detection_delay_seconds_count") == 2
    assert value(metrics, "detection_delay_seconds_sum") == 4
    assert value(metrics, "jobs_settled_total", state="completed", reason="none") == 3


def test_other_endings_are_counted_with_their_reason(metrics: Metrics) -> None:
    metrics.settled(replace(a_song_job(), state=JobState.FAILED, reason=Reason.REFUSED))
    assert value(metrics, "jobs_settled_total", state="failed", reason="refused") == 1
    assert value(metrics, "detection_delay_seconds_count") == 0


def test_gauges_of_an_unreadable_database_are_not_stale(metrics: Metrics) -> None:
    busy = replace(NOTHING, backlog=Backlog({JobState.QUEUED: 3, JobState.RUNNING: 1}, undelivered=2))
    metrics.render(busy)
    assert value(metrics, "open_jobs", state="running") == 1
    assert value(metrics, "queue_length") == 3
    assert value(metrics, "deliveries_outstanding") == 2
    metrics.render(replace(NOTHING, backlog=None))
    assert value(metrics, "database_readable") == 0
    assert value(metrics, "open_jobs", state="running") is None
    assert value(metrics, "queue_length") is None


def test_sums_over_all_processes_count_what_is_in_the_database_once() -> None:
    backlog = Backlog(
        {JobState.QUEUED: 3, JobState.RUNNING: 1},
        undelivered=2,
        oldest_at={JobState.QUEUED: NOW - timedelta(seconds=40)},
        undelivered_since=NOW - timedelta(seconds=7),
    )
    second = Member(owner="b", shard_count=4, version="1.1")
    group = Group(
        leader="a",
        members=(replace(ALONE, shard_count=4), second),
        shards={0: ShardRow("a", is_ready=True), 1: ShardRow("b"), 2: ShardRow("gone", is_ready=True)},
    )
    leading = replace(NOTHING, backlog=backlog, group=group, key_refused=True)
    following = replace(leading, leads=False, connected={1: False}, latencies_s={})
    sums = defaultdict[str, float](float)
    for snapshot in (leading, following):
        page = Metrics(clock=SetClock()).render(snapshot).decode()
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                sums[" ".join([sample.name.removeprefix("whisul_bot_"), *sample.labels.values()])] += (
                    sample.value
                )
    assert (sums["leads"], sums["whisul_key_refused"]) == (1, 1)
    assert (sums["queue_length"], sums["open_jobs running"], sums["deliveries_outstanding"]) == (3, 1, 2)
    assert (sums["oldest_job_seconds queued"], sums["oldest_job_seconds running"]) == (40, 0)
    assert sums["oldest_delivery_seconds"] == 7
    assert (sums["processes 1.0"], sums["processes 1.1"]) == (1, 1)
    assert [sums[f"shards {state}"] for state in ("served", "connecting", "free")] == [1, 1, 2]
    assert (sums["shard_connected 0"], sums["shard_connected 1"]) == (1, 0)
    assert not [name for name, number in sums.items() if math.isnan(number)]


async def test_lag_is_not_measured_before_the_first_scrape(clock: SetClock) -> None:
    metrics = Metrics(clock=clock, lag_interval_s=0)
    pulse = asyncio.create_task(metrics.run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert value(metrics, "event_loop_lag_seconds_count") == 0
    metrics.render(NOTHING)
    for _ in range(10):
        await asyncio.sleep(0)
    assert (value(metrics, "event_loop_lag_seconds_count") or 0) > 0
    pulse.cancel()
    await asyncio.wait([pulse])


@pytest.mark.parametrize(
    ("scope", "counted"), [("user", "user"), ("global", "global"), ("made up", "unnamed")]
)
async def test_an_answer_429_is_counted_by_its_scope(metrics: Metrics, scope: str, counted: str) -> None:
    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"X-RateLimit-Scope": scope})

    app = web.Application()
    app.router.add_get("/", limited)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with (
        ClientSession(trace_configs=[metrics.discord_trace()]) as session,
        session.get(f"http://{host}:{port}/"),
    ):
        pass
    await runner.cleanup()
    assert value(metrics, "discord_rate_limited_total", scope=counted) == 1


def sample_names(registry: CollectorRegistry) -> set[str]:
    """Every name that a query may use, also of metrics that nothing was reported to yet."""
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",)}
    return {
        family.name + ending for family in registry.collect() for ending in endings.get(family.type, ("",))
    }


EXPRESSIONS = re.findall(r"expr: (>-\n(?: {10}.*\n)+|.*)", ALERTS)
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
_METRIC = re.compile(r"\b(?:whisul_bot|process|python)_\w+")


def test_alerts_and_dashboard_name_only_metrics_that_exist(metrics: Metrics) -> None:
    exist = sample_names(metrics.registry)
    named = {name for query in EXPRESSIONS + QUERIES for name in _METRIC.findall(query)}
    assert named <= exist, named - exist
    assert len(EXPRESSIONS) == ALERTS.count("- alert:")
    assert all(_METRIC.search(query) or "up{" in query for query in EXPRESSIONS + QUERIES)


def test_alerts_and_dashboard_name_only_label_values_that_exist() -> None:
    text = "\n".join(EXPRESSIONS + QUERIES)
    told = {
        "outcome": {*subject._OUTCOMES.values(), "ok", "interrupted"},
        "state": {*JobState, *SHARD_STATES},
        "rung": set(DeliveryRoute),
        "scope": {*subject._SCOPES, "unnamed"},
        "kind": {"Unforeseen"},
        "job": {"whisul-bot"},
        "call": {"look", "submit"},
    }
    for label, values in re.findall(r'(\w+)=~?"([^"]*)"', text):
        assert set(values.split("|")) <= told[label]


def test_what_alerts_count_is_there_before_it_happens(metrics: Metrics) -> None:
    metrics.expect_tasks(["tracker"])
    there = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    counted = {name for query in EXPRESSIONS for name in re.findall(r"\w+_(?:total|count|bucket)\b", query)}
    assert counted <= there
    assert value(metrics, "refusals_total", kind="Unforeseen") == 0
    assert value(metrics, "jobs_settled_total", state="unknown", reason="no_answer") == 0
    assert value(metrics, "task_failures_total", task="tracker") == 0
    assert value(metrics, "whisul_call_seconds_count", call="submit", outcome="unreachable") == 0


def test_failures_and_limits_are_counted_by_name(metrics: Metrics) -> None:
    metrics.task_failed("tracker")
    metrics.limit_reached("member")
    assert value(metrics, "task_failures_total", task="tracker") == 1
    assert value(metrics, "limits_reached_total", rule="member") == 1


def test_the_operations_page_explains_every_metric_and_every_alert(metrics: Metrics) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    alerts = re.findall(r"- alert: (\w+)", ALERTS)
    assert re.findall(r"^\| `([A-Z]\w+)` \|", page, re.MULTILINE) == alerts
    ours = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in metrics.registry.collect()
        if family.name.startswith("whisul_bot_") and family.type != "info"
    }
    assert set(re.findall(r"`(whisul_bot_\w+)`", page)) == ours


def test_the_page_is_what_prometheus_reads(metrics: Metrics) -> None:
    metrics.refused("PromptTooLong")
    metrics.delivered(DeliveryRoute.CHANNEL)
    families = {family.name for family in text_string_to_metric_families(metrics.render(NOTHING).decode())}
    assert {"whisul_bot_refusals", "whisul_bot_deliveries", "whisul_bot_guilds"} <= families


def test_the_age_of_the_newest_backup_is_exported_where_there_is_a_folder(metrics: Metrics) -> None:
    pages = [
        metrics.render(replace(NOTHING, backup_age_s=age_s)).decode() for age_s in (None, 90.0, math.inf)
    ]
    found = [re.findall(r"^whisul_bot_backup_age_seconds (.+)$", page, re.MULTILINE) for page in pages]
    assert found == [[], ["90.0"], ["+Inf"]]

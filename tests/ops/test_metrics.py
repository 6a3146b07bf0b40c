import asyncio
import json
import math
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import Clock
from bot.domain.jobs import Backlog, DeliveryRoute, JobState, Reason
from bot.ops import metrics as subject
from bot.ops.metrics import Metrics, Snapshot
from bot.whisul.errors import WhisulError, WhisulRateLimited
from tests.job_shapes import NOW, a_song_job

ROOT = Path(__file__).resolve().parents[2]
ALERTS = (ROOT / "deploy/prometheus/alerts.yml").read_text()
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
NOTHING = Snapshot(
    backlog=Backlog(dict.fromkeys(JobState, 0), undelivered=0),
    calls_per_s=5,
    is_paused=False,
    key_refused=False,
    no_credit=False,
    leads=True,
    is_online=True,
    latency_s=0.04,
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
    assert math.isnan(value(metrics, "queue_length") or 0)


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
        "state": set(JobState),
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

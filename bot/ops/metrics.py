"""Prometheus metrics for `GET /metrics`. No label holds a user, a server, a prompt or a secret."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Literal

import aiohttp
from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot import __version__
from bot.clock import Clock
from bot.domain.jobs import DeliveryRoute, Job, JobState, Reason
from bot.ops.gauges import Gauges, Snapshot
from bot.whisul.errors import (
    WhisulDeclined,
    WhisulError,
    WhisulMisdirected,
    WhisulNoCredit,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)

HTTP_RATE_LIMITED = 429
_SCOPES = frozenset({"user", "global", "shared"})
_UNNAMED = "unnamed"

_OUTCOMES: dict[type[WhisulError], str] = {
    WhisulNotFound: "not_found",
    WhisulRateLimited: "rate_limited",
    WhisulUnauthorised: "unauthorised",
    WhisulNoCredit: "no_credit",
    WhisulRefused: "refused",
    WhisulDeclined: "declined",
    WhisulUnavailable: "unavailable",
    WhisulUnreachable: "unreachable",
    WhisulMisdirected: "misdirected",
    WhisulUnreadable: "unreadable",
}


class Metrics:
    """Counters and histograms with a method for each event; each instance has its own registry.

    After the first scrape the event loop's lag is measured every `lag_interval_s` seconds.
    """

    def __init__(self, *, clock: Clock, lag_interval_s: float = 1.0) -> None:
        self._clock = clock
        self._lag_interval_s = lag_interval_s
        self._scraped = asyncio.Event()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Info("whisul_bot_build", "The version of the bot.", registry=self.registry).info(
            {"version": __version__}
        )
        self._gauges = Gauges(self.registry)
        self._settled = self._counter(
            "jobs_settled", "Jobs that have ended, by state and reason.", "state", "reason"
        )
        self._deliveries = self._counter(
            "deliveries", "Delivered outcomes, by route; `kept` ones wait for /job status.", "rung"
        )
        self._refusals = self._counter(
            "refusals", "Commands and presses answered with a refusal, by kind.", "kind"
        )
        self._limits = self._counter(
            "limits_reached",
            "Refusals by a limit, by its rule; one counts under each limit that is used up.",
            "rule",
        )
        self._failures = self._counter(
            "task_failures", "Background tasks that failed and were restarted, by task.", "task"
        )
        self._rate_limited = self._counter(
            "discord_rate_limited", "429 responses of Discord, by scope.", "scope"
        )
        self._calls = Histogram(
            "whisul_bot_whisul_call_seconds",
            "Duration and outcome of calls to Whisul.",
            ("call", "outcome"),
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 45),
            registry=self.registry,
        )
        self._detection = Histogram(
            "whisul_bot_detection_delay_seconds",
            "From a song's finish by Whisul's clock to its detection by the bot's clock.",
            buckets=(0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60, 300),
            registry=self.registry,
        )
        self._lateness = Histogram(
            "whisul_bot_poll_lateness_seconds",
            "How long after it was due each poll of a job started.",
            buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300),
            registry=self.registry,
        )
        self._lag = Histogram(
            "whisul_bot_event_loop_lag_seconds",
            "How late the event loop wakes a sleeper.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
            registry=self.registry,
        )

        self._initialise_counters()

    def _initialise_counters(self) -> None:
        """Export the counters of alerts as 0 from the start: Prometheus sees no increase in a series that begins with 1."""
        self._settled.labels(JobState.UNKNOWN.value, Reason.NO_ANSWER.value)
        self._refusals.labels("Unforeseen")
        for scope in (*_SCOPES, _UNNAMED):
            self._rate_limited.labels(scope)
        for outcome in ("ok", *_OUTCOMES.values()):
            self._calls.labels("submit", outcome)
            self._calls.labels("look", outcome)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"whisul_bot_{name}", documentation, labels, registry=self.registry)

    # --- events ---------------------------------------------------------------------------------------------------

    @contextmanager
    def whisul_call(self, call: Literal["submit", "look"]) -> Generator[None]:
        """Measure the call within the block, under the outcome `ok` or that of its WhisulError, which is raised again."""
        # "interrupted" stays if the call is cancelled or raises anything but a WhisulError.
        began, outcome = self._clock.monotonic(), "interrupted"
        try:
            yield
            outcome = "ok"
        except WhisulError as error:
            outcome = _OUTCOMES[type(error)]
            raise
        finally:
            self._calls.labels(call, outcome).observe(self._clock.monotonic() - began)

    def poll_started(self, late_s: float) -> None:
        """A poll of a job starts so many seconds after it was due."""
        self._lateness.observe(late_s)

    def settled(self, job: Job) -> None:
        """A job has ended."""
        self._settled.labels(job.state.value, job.reason.value if job.reason else "none").inc()
        if job.state is JobState.COMPLETED and job.settled_at is not None and job.finished_at is not None:
            # The clocks of both sides may differ by more than the delay.
            self._detection.observe(max(0.0, (job.settled_at - job.finished_at).total_seconds()))

    def delivered(self, route: DeliveryRoute) -> None:
        """An outcome was delivered by this route."""
        self._deliveries.labels(route.value).inc()

    def refused(self, kind: str) -> None:
        """A command or press was refused; `kind` is the name of the error's class."""
        self._refusals.labels(kind).inc()

    def limit_reached(self, rule: str) -> None:
        """A request was refused by a limit of this rule; the refusal itself is counted by `refused`."""
        self._limits.labels(rule).inc()

    def expect_tasks(self, names: Iterable[str]) -> None:
        """Export the failure counters of these tasks as 0."""
        for name in names:
            self._failures.labels(name)

    def task_failed(self, name: str) -> None:
        """A background task has failed and is restarted."""
        self._failures.labels(name).inc()

    def discord_trace(self) -> aiohttp.TraceConfig:
        """A trace configuration that counts the 429 answers of a session with Discord."""

        async def ended(
            _session: aiohttp.ClientSession, _context: object, params: aiohttp.TraceRequestEndParams
        ) -> None:
            if params.response.status == HTTP_RATE_LIMITED:
                scope = params.response.headers.get("X-RateLimit-Scope", "")
                # Known values only: a header must not create labels.
                self._rate_limited.labels(scope if scope in _SCOPES else _UNNAMED).inc()

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(ended)
        return trace

    # --- export ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Measure the event loop's lag until cancelled. Does not wake up before the first scrape."""
        await self._scraped.wait()
        while True:
            asleep_at = self._clock.monotonic()
            await asyncio.sleep(self._lag_interval_s)
            # A sleep may also end a little early, by the clock's resolution.
            self._lag.observe(max(0.0, self._clock.monotonic() - asleep_at - self._lag_interval_s))

    def render(self, reading: Snapshot) -> bytes:
        """All metrics in Prometheus' text format."""
        # Without anybody who reads the metrics, the bot need not wake every second.
        self._scraped.set()
        self._gauges.snapshot = reading
        return generate_latest(self.registry)

    def handler(
        self, read: Callable[[], Awaitable[Snapshot]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The handler of `GET /metrics`; `read` is called for each scrape."""

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=self.render(await read()), headers={"Content-Type": CONTENT_TYPE_LATEST})

        return answer

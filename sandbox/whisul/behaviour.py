"""The bad days of an API, in small parts that can be put together.

A behaviour may step in at four places: it changes what a submitted job will become (`plan`), answers in place of
the simulator (`instead`, nothing is created then), changes the answer (`reshape`), or sends it in its own way
(`deliver`). Of several behaviours on one request each is asked in turn; the first own answer and the first own
way of sending win.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, cast

from aiohttp import web

from sandbox.whisul.exchange import Answer, Exchange
from sandbox.whisul.jobs import ABSENT, JobPlan, changed

When = Literal["before", "after"]
"""Before the request is handled, or after it was (a job created, a look taken) and before the answer."""


class Behaviour:
    """One way in which a request does not go as documented; this one changes nothing."""

    def plan(self, plan: JobPlan) -> JobPlan:
        """What the job that this submit creates will become."""
        return plan

    async def instead(self, exchange: Exchange) -> Answer | None:
        """An answer that is given without handling the request; None handles it."""
        del exchange

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """The answer that is sent in place of this one."""
        del exchange
        return answer

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Send the answer; None leaves that to others."""
        del exchange, answer


@dataclass(frozen=True, slots=True)
class Planned(Behaviour):
    """The submitted job follows this plan."""

    changes: JobPlan

    def plan(self, plan: JobPlan) -> JobPlan:
        """Lay the changes over what is planned already."""
        return plan.overlaid(self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond(Behaviour):
    """Another answer: bytes and text as they are, anything else as JSON.

    With `when="after"` the request is handled first, so that a submit does create its job.
    """

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    when: When = "before"

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Answer without handling."""
        del exchange
        return self._answer() if self.when == "before" else None

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Answer something else than what was found."""
        del exchange
        return self._answer() if self.when == "after" else answer

    def _answer(self) -> Answer:
        match self.body:
            case bytes():
                return Answer(status=self.status, body=self.body, headers=self.headers)
            case str():
                headers = {"Content-Type": "text/html; charset=utf-8", **self.headers}
                return Answer(status=self.status, body=self.body.encode(), headers=headers)
            case payload:
                return Answer.of_json(self.status, payload, self.headers)


def failing(status: int, *, message: str = "Something went wrong", when: When = "before") -> Respond:
    """An error status with a JSON body in the API's form."""
    return Respond(status=status, body={"error": f"Error {status}", "message": message}, when=when)


def html_page(status: int = 502, *, when: When = "before") -> Respond:
    """The error page of a proxy in front of the API; status 200 makes it a lie."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>nginx</body></html>"
    return Respond(status=status, body=page, when=when)


def rate_limited(retry_after: float | datetime | str | None = None) -> Respond:
    """429; `retry_after` is seconds, a moment (sent as an HTTP date), any text, or None for no header."""
    headers: dict[str, str] = {}
    if isinstance(retry_after, datetime):
        headers["Retry-After"] = format_datetime(retry_after.astimezone(UTC), usegmt=True)
    elif retry_after is not None:
        headers["Retry-After"] = retry_after if isinstance(retry_after, str) else f"{retry_after:g}"
    body = {"error": "Too many requests", "message": "You are going too fast. Please try again later."}
    return Respond(status=429, body=body, headers=headers)


def redirect(url: str, *, status: int = 307) -> Respond:
    """A redirect to any address, ours or not."""
    return Respond(status=status, headers={"Location": url})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Behaviour):
    """Fields of the answered object, and of its `result`, replaced or (with `ABSENT`) left out."""

    job: Mapping[str, object] = field(default_factory=dict[str, object])
    result: Mapping[str, object] = field(default_factory=dict[str, object])

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Change what is an object; any other answer stays as it is."""
        del exchange
        try:
            payload: Any = json.loads(answer.body)
        except ValueError:
            return answer
        if not isinstance(payload, dict):
            return answer
        body = cast("dict[str, object]", payload)
        if isinstance(result := body.get("result"), dict):
            body["result"] = changed(cast("dict[str, object]", result), self.result)
        return replace(answer, body=json.dumps(changed(body, self.job)).encode())


@dataclass(frozen=True, slots=True)
class StatusWord(Behaviour):
    """The job is shown as not finished yet, under a status that no page mentions."""

    word: str = "queued"

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Hide whatever the job has become."""
        shown = {"status": self.word, "result": None, "error": None, "finished_at": ABSENT}
        return await Change(job=shown).reshape(exchange, answer)


@dataclass(frozen=True, slots=True)
class NotFoundYet(Behaviour):
    """404 until the job is this old (the clock's seconds): a replica that lags behind."""

    age_s: float

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Deny a young job."""
        job = exchange.job
        if job is None or exchange.clock.monotonic() - job.accepted_s >= self.age_s:
            return answer
        return Answer.of_error(404, "Not found", "Job not found")


@dataclass(frozen=True, slots=True)
class Delay(Behaviour):
    """Real seconds of nothing, and then the answer."""

    seconds: float
    when: When = "after"

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Wait before handling."""
        if self.when == "before":
            await exchange.pause(self.seconds)

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Wait after handling."""
        if self.when == "after":
            await exchange.pause(self.seconds)
        return answer


@dataclass(frozen=True, slots=True)
class Silence(Behaviour):
    """No answer at all, on a connection that stays open."""

    when: When = "after"

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Fall silent before handling."""
        if self.when == "before":
            await exchange.never()

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Fall silent after handling."""
        del answer
        await exchange.never()


@dataclass(frozen=True, slots=True)
class Reset(Behaviour):
    """A TCP reset before handling, after it, or in the middle of the answer's body."""

    when: Literal["before", "after", "mid_body"] = "after"

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Cut off before handling."""
        if self.when == "before":
            exchange.reset()

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Cut off before or within the answer."""
        if self.when == "mid_body":
            response = await exchange.begin(answer, length_bytes=len(answer.body))
            await response.write(answer.body[: len(answer.body) // 2])
            await asyncio.sleep(0)
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Truncate(Behaviour):
    """An answer that ends this many bytes before its Content-Length says so."""

    missing_bytes: int = 10

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Promise all, send less, hang up."""
        response = await exchange.begin(answer, length_bytes=len(answer.body))
        await response.write(answer.body[: max(1, len(answer.body) - self.missing_bytes)])
        exchange.hang_up()


@dataclass(frozen=True, slots=True)
class Drip(Behaviour):
    """The answer a few bytes at a time, with real seconds between."""

    chunk_bytes: int = 1
    pause_s: float = 0.05

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Send slowly."""
        response = await exchange.begin(answer, length_bytes=len(answer.body))
        for start in range(0, len(answer.body), self.chunk_bytes):
            await response.write(answer.body[start : start + self.chunk_bytes])
            await exchange.pause(self.pause_s)
        await response.write_eof()
        return response


@dataclass(frozen=True, slots=True)
class Flood(Behaviour):
    """A body of this size, made while it is sent; `stated` says whether a Content-Length announces it."""

    total_bytes: int = 100_000_000
    stated: bool = False
    head: bytes = b'{"status": "running", "prompt": "'

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Send JSON, or what begins otherwise, that does not end before the size is reached."""
        head, tail, chunk = self.head, b'"}', b"la" * 32_768
        response = await exchange.begin(answer, length_bytes=self.total_bytes if self.stated else None)
        await response.write(head)
        left = max(0, self.total_bytes - len(head) - len(tail))
        while left > 0:
            await response.write(chunk[:left])
            left -= len(chunk[:left])
        await response.write(tail)
        await response.write_eof()
        return response

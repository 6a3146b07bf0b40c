"""Faults of the API, in small parts that combine.

A behaviour has four hooks: `plan` changes what a submitted job will become, `instead` answers without handling the
request (nothing is created then), `reshape` changes the answer, and `deliver` sends it in its own way. Of several
behaviours on one request all plan and reshape in turn; the first that answers, and the first that sends, wins.
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
from sandbox.whisul.jobs import ABSENT, JobPlan, with_changes

When = Literal["before", "after"]
"""Before the request is handled, or after it was and before the answer is sent."""


class Behaviour:
    """One deviation from the documented API; the base class changes nothing."""

    def plan(self, plan: JobPlan) -> JobPlan:
        """Change the plan of the job that this submit creates."""
        return plan

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Answer without handling the request; None has it handled."""
        del exchange

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Change the answer before it is sent."""
        del exchange
        return answer

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Send the answer; None leaves that to the next behaviour."""
        del exchange, answer


async def early_answer(exchange: Exchange, behaviours: tuple[Behaviour, ...]) -> Answer | None:
    """The first answer that a behaviour gives without handling the request, if any."""
    for each in behaviours:
        if (answer := await each.instead(exchange)) is not None:
            return answer
    return None


async def send(exchange: Exchange, behaviours: tuple[Behaviour, ...], answer: Answer) -> web.StreamResponse:
    """Send the answer in the way of the first behaviour that has one, else at once."""
    for each in behaviours:
        if (response := await each.deliver(exchange, answer)) is not None:
            return response
    return await exchange.send(answer)


@dataclass(frozen=True, slots=True)
class Planned(Behaviour):
    """The submitted job follows this plan."""

    changes: JobPlan

    def plan(self, plan: JobPlan) -> JobPlan:
        """Apply the changes to what is planned already."""
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
        """Replace the answer."""
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
    """The HTML error page of a proxy in front of the API."""
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
    """A redirect to any address."""
    return Respond(status=status, headers={"Location": url})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Behaviour):
    """Fields of the answered object, and of its `result`, replaced or (with `ABSENT`) left out."""

    job: Mapping[str, object] = field(default_factory=dict[str, object])
    result: Mapping[str, object] = field(default_factory=dict[str, object])

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Change a JSON object; any other answer stays as it is."""
        del exchange
        try:
            payload: Any = json.loads(answer.body)
        except ValueError:
            return answer
        if not isinstance(payload, dict):
            return answer
        body = cast("dict[str, object]", payload)
        if isinstance(result := body.get("result"), dict):
            body["result"] = with_changes(cast("dict[str, object]", result), self.result)
        return replace(answer, body=json.dumps(with_changes(body, self.job)).encode())


@dataclass(frozen=True, slots=True)
class StatusWord(Behaviour):
    """The job is shown as unfinished, under an undocumented status."""

    word: str = "queued"

    async def reshape(self, exchange: Exchange, answer: Answer) -> Answer:
        """Hide the job's outcome."""
        shown = {"status": self.word, "result": None, "error": None, "finished_at": ABSENT}
        return await Change(job=shown).reshape(exchange, answer)


@dataclass(frozen=True, slots=True)
class Delay(Behaviour):
    """The answer after so many real seconds."""

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
        """Never answer, without handling."""
        if self.when == "before":
            await exchange.never()

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Never answer, after handling."""
        del answer
        await exchange.never()


@dataclass(frozen=True, slots=True)
class Reset(Behaviour):
    """A TCP reset before handling, after it, or in the middle of the answer's body."""

    when: Literal["before", "after", "mid_body"] = "after"

    async def instead(self, exchange: Exchange) -> Answer | None:
        """Reset before handling."""
        if self.when == "before":
            exchange.reset()

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Reset before or within the answer."""
        if self.when == "mid_body":
            response = await exchange.begin(answer, length_bytes=len(answer.body))
            await response.write(answer.body[: len(answer.body) // 2])
            # Lets the transport send what is written; the reset would drop it.
            await asyncio.sleep(0)
        exchange.reset()


@dataclass(frozen=True, slots=True)
class Truncate(Behaviour):
    """An answer that ends this many bytes before its Content-Length says so."""

    missing_bytes: int = 10

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """State the whole length, send less, close."""
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
    """A body of this size, generated while it is sent; with `stated` it has a Content-Length."""

    total_bytes: int = 100_000_000
    stated: bool = False
    head: bytes = b'{"status": "running", "prompt": "'

    async def deliver(self, exchange: Exchange, answer: Answer) -> web.StreamResponse | None:
        """Send `head`, filler, and the end of a JSON object."""
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

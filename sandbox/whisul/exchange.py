"""One request to the simulator, its answer, and its connection."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, Self, cast

from aiohttp import web

from sandbox.http_answers import reset_connection
from sandbox.whisul.jobs import SimulatedJob

Kind = Literal["submit", "poll", "audio", "cover", "other"]
Phase = Literal["before", "handled", "answered"]


class ConnectionGone(Exception):
    """The connection is closed, by a behaviour or by the client: nothing can be sent any more."""


@dataclass(slots=True, kw_only=True, eq=False)
class SeenRequest:
    """A request as it arrived. Header names are lower-case; `at` is the clock's monotonic seconds.

    `status` is that of the answer, None where none was sent (yet); `job_id` is the job that the request created or
    was about; `word` is that job's status in the answer.
    """

    kind: Kind
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    status: int | None = None
    job_id: str | None = None
    word: str | None = None

    @property
    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: if it isn't.
        """
        return json.loads(self.body)

    @property
    def prompt(self) -> str | None:
        """The prompt of a submit whose body is as documented: an object with this one field, a string."""
        fields = _json_object(self.body)
        prompt = fields.get("prompt")
        return prompt if isinstance(prompt, str) and len(fields) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer before it is sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_json(cls, status: int, payload: object, headers: Mapping[str, str] | None = None) -> Self:
        """An answer that carries JSON."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        return cls(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def of_error(cls, status: int, error: str, message: str) -> Self:
        """An error in the form that the API documents."""
        return cls.of_json(status, {"error": error, "message": message})

    @property
    def job_status(self) -> str | None:
        """The job's status in a JSON answer."""
        word = _json_object(self.body).get("status")
        return word if isinstance(word, str) else None


def _json_object(body: bytes) -> dict[str, object]:
    """The fields of a JSON object; none if it is anything else."""
    try:
        payload: object = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", payload) if isinstance(payload, dict) else {}


@dataclass(slots=True, kw_only=True, eq=False)
class Exchange:
    """A request while it is handled; `job` is the job that it created or asks about, once known."""

    seen: SeenRequest
    request: web.Request
    stopping: asyncio.Event
    job: SimulatedJob | None = None

    async def send(self, answer: Answer) -> web.StreamResponse:
        """Send the whole answer at once."""
        response = web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        await response.prepare(self.request)
        await response.write_eof()
        return response

    async def begin(self, answer: Answer, *, length_bytes: int | None) -> web.StreamResponse:
        """Send status and headers only, with the stated Content-Length; None is chunked."""
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        if length_bytes is None:
            response.enable_chunked_encoding()
        else:
            response.content_length = length_bytes
        await response.prepare(self.request)
        return response

    async def pause(self, seconds: float) -> None:
        """Wait so many real seconds; when the simulator stops, close the connection."""
        try:
            async with asyncio.timeout(seconds):
                await self.never()
        except TimeoutError:
            return

    async def never(self) -> NoReturn:
        """Send nothing until the simulator stops, then close the connection."""
        await self.stopping.wait()
        self.hang_up()

    def hang_up(self) -> NoReturn:
        """Close the connection after what has been written."""
        if self.request.transport is not None:
            self.request.transport.close()
        raise ConnectionGone

    def reset(self) -> NoReturn:
        """Close the connection with a TCP reset."""
        reset_connection(self.request)
        raise ConnectionGone

"""One request on its way through the simulator, and the answer that it gets."""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, Self

from aiohttp import web

from sandbox.whisul.clock import Clock
from sandbox.whisul.jobs import SimulatedJob

Kind = Literal["submit", "poll", "audio", "cover", "other"]
Phase = Literal["before", "handled", "answered"]

_LINGER_0 = struct.pack("ii", 1, 0)


class ConnectionGone(Exception):
    """The connection was ended on purpose, or by the client; there is nobody left to answer."""


@dataclass(slots=True, kw_only=True, eq=False)
class SeenRequest:
    """What arrived. Header names are lower-case; `at` is the clock's monotonic seconds.

    `status` is what was answered, None while (or because) nothing was; `job_id` the job that the request made or was
    about; `word` that job's status as the answer told it.
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


@dataclass(slots=True, kw_only=True, eq=False)
class Exchange:
    """One request while it is dealt with; `job` is the job that it made or asks about, once that is known."""

    seen: SeenRequest
    request: web.Request
    clock: Clock
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
        """Let real time pass; a simulator that stops ends the wait, and the connection with it."""
        try:
            async with asyncio.timeout(seconds):
                await self.never()
        except TimeoutError:
            return

    async def never(self) -> NoReturn:
        """Keep the client waiting until the simulator stops."""
        await self.stopping.wait()
        self.hang_up()

    def hang_up(self) -> NoReturn:
        """Close the connection in an orderly way after what has been written."""
        if self.request.transport is not None:
            self.request.transport.close()
        raise ConnectionGone

    def reset(self) -> NoReturn:
        """Cut the connection off: the client's side sees a TCP reset."""
        transport = self.request.transport
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
            transport.abort()
        raise ConnectionGone

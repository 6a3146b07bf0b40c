"""A pytest plugin that writes down what passes the stand-in's REST API and gateway while other tests run.

`pytest -p tests.schema.recorder` with SCHEMA_RECORDS=FOLDER: each process writes a file of JSON lines there, each line one
`Exchange` or one `Dispatch`. The methods of the stand-in that answer and dispatch are wrapped here; it has no hook for this.
"""

import json
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.discord import Fault, SeenRequest
from sandbox.discord.gateway.session import Session
from sandbox.discord.rest.server import RestServer

RECORDS = "SCHEMA_RECORDS"
_VARIABLE = re.compile(
    r"(?<=\")(?:(\d)\d{14,19}|(\d)\d{3}-\d\d-\d\dT[\d:.]+\+00:00|([\w-])[\w-]{127})(?=\")|(?<=: )(\d)\d{14,19}\b"
)
"""IDs, points in time and tokens, each whole and well-formed."""
_is_scripted: ContextVar[bool] = ContextVar("is_scripted", default=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `is_scripted`: a planned fault took the place of the regular answer."""

    method: str
    route: str
    query: dict[str, str]
    json: Any
    files: list[tuple[str, str]]
    status: int
    body: Any
    is_scripted: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An event of the gateway."""

    name: str
    data: Any


Record = Exchange | Dispatch


@dataclass(frozen=True, slots=True)
class _Records:
    """The file of this process."""

    file: Path

    def add(self, record: Record) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")


def read(folder: Path) -> Iterator[tuple[Record, int]]:
    """The records of all processes, and how often each was made: those count as equal that differ in IDs and times only."""
    found: dict[str, tuple[str, int]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            first, count = found.setdefault(_VARIABLE.sub("", line), (line, 0))
            found[_VARIABLE.sub("", line)] = first, count + 1
    for line, count in found.values():
        raw = json.loads(line)
        yield (Exchange(**raw) if "route" in raw else Dispatch(**raw)), count


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record."""
    if RECORDS not in os.environ:
        raise pytest.UsageError(f"the recorder needs {RECORDS}")
    records = _Records(Path(os.environ[RECORDS], f"{os.getpid()}.jsonl"))
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    _record_answers(patch, records)
    _record_events(patch, records)


def _record_answers(patch: pytest.MonkeyPatch, records: _Records) -> None:
    send, apply_fault = RestServer._send, RestServer._apply_fault

    @wraps(send)
    async def recorded(
        self: RestServer,
        request: web.Request,
        seen: SeenRequest,
        status: int,
        body: object,
        headers: dict[str, str],
    ) -> web.StreamResponse:
        files = [(file.field_name, file.filename) for file in seen.files]
        route = seen.route
        records.add(
            Exchange(seen.method, route, seen.query, seen.json, files, status, body, _is_scripted.get())
        )
        return await send(self, request, seen, status, body, headers)

    @wraps(apply_fault)
    async def scripted(
        self: RestServer, request: web.Request, seen: SeenRequest, fault: Fault
    ) -> web.StreamResponse:
        token = _is_scripted.set(True)
        try:
            return await apply_fault(self, request, seen, fault)
        finally:
            _is_scripted.reset(token)

    patch.setattr(RestServer, "_send", recorded)
    patch.setattr(RestServer, "_apply_fault", scripted)


def _record_events(patch: pytest.MonkeyPatch, records: _Records) -> None:
    dispatch = Session.dispatch

    @wraps(dispatch)
    def recorded(self: Session, name: str, data: dict[str, Any]) -> None:
        records.add(Dispatch(name, data))
        dispatch(self, name, data)

    patch.setattr(Session, "dispatch", recorded)

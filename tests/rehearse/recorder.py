"""`python -m tests.rehearse.recorder FILE`: `python -m bot run` that also records the shapes of its traffic.

The bot itself has no hook for this: the methods of aiohttp and discord.py through which everything passes are wrapped here,
in the bot's process. FILE gets one JSON line for each exchange and event, without any value.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.base_protocol import BaseProtocol
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.__main__ import main
from bot.errors import SettingsError
from bot.ops import console
from bot.replies.buttons import Control
from bot.settings import Settings
from sandbox.discord.json_types import is_object
from tests.rehearse.shapes import route, shape_of

_EVENT = 0
_UNTIMELY = (1, 11)
"""Heartbeats and their acknowledgements: how many there are depends on the time only."""
_SENT = {2: "IDENTIFY", 3: "PRESENCE", 6: "RESUME"}
_COMMAND, _COMPONENT, _SUGGESTIONS, _FORM = 2, 3, 4, 5
_SUBCOMMANDS = (1, 2)
_BUTTON = 2


@dataclass(frozen=True, slots=True)
class Record:
    """An exchange or event: `operation` says of which kind, `label` what a person did to cause it, where they did."""

    operation: str
    label: str
    shape: dict[str, list[str]]


def read_record(line: str) -> Record:
    """The record in a line of the file."""
    return Record(**json.loads(line))


class Recorder:
    """Appends records to a file that only this user can read."""

    def __init__(self, file: Path, *, discord_url: str, whisul_url: str) -> None:
        file.touch(mode=0o600)
        self._file = file
        self._services = {"Discord": URL(discord_url), "Whisul": URL(whisul_url)}

    def add(self, operation: str, parts: Mapping[str, object], *, label: str = "") -> None:
        """Record the shapes of these parts, and no value but those of `status`."""
        shape: dict[str, set[str]] = {}
        for name, part in parts.items():
            found = [("status", str(part))] if name == "status" else shape_of(part, name)
            for path, kind in found:
                shape.setdefault(path, set()).add(kind)
        record = Record(operation, label, {path: sorted(kinds) for path, kinds in sorted(shape.items())})
        # One write without a buffer: a bot that is killed leaves no half line.
        with self._file.open("ab", buffering=0) as file:
            file.write(json.dumps(asdict(record)).encode() + b"\n")

    def operation(self, method: str, url: URL) -> str:
        """The kind of a request: service, method and route. A file may be anywhere, so its address is left out."""
        if url.scheme in ("ws", "wss"):
            return "Discord gateway"
        for service, base in self._services.items():
            if url.origin() == base.origin() and url.path.startswith(f"{base.path.rstrip('/')}/"):
                return f"{service} {method} {route(url.path.removeprefix(base.path))}"
        return f"file {method}"

    def received(self, text: str) -> None:
        """Record a message of the gateway, of whatever form: an error here would end the bot's connection."""
        try:
            message = json.loads(text)
            if message["op"] == _EVENT:
                kind, label = _event_kind(message["t"], message["d"])
                self.add(f"event {kind}", {"data": message["d"]}, label=label)
            elif message["op"] not in _UNTIMELY:
                self.add(f"gateway opcode {message['op']}", {"data": message["d"]})
        except (ValueError, LookupError, TypeError):
            self.add("gateway message of another form", {})

    def sent(self, text: str) -> None:
        """Record a message to the gateway."""
        message = json.loads(text)
        if message["op"] not in _UNTIMELY:
            self.add(f"gateway {_SENT.get(message['op'], 'other')}", {"data": message["d"]})


def _event_kind(name: str, data: Any) -> tuple[str, str]:
    """The kind of an event, and its label. Commands and controls have names that the bot gave them: they are no secrets."""
    if name != "INTERACTION_CREATE":
        return name, name
    given: dict[str, Any] = data.get("data") or {}
    match data["type"]:
        case 2:
            return f"{name} command", f"command {_command(given)}"
        case 3:
            kind = "button" if given["component_type"] == _BUTTON else "select"
            return f"{name} {kind}", f"{kind} {_control(given)}"
        case 4:
            return f"{name} suggestions", f"suggestions {_command(given)}"
        case 5:
            return f"{name} form", f"form {_control(given)}"
        case _:
            return f"{name} other", "other"


def _command(given: dict[str, Any]) -> str:
    names, options = [str(given["name"])], _options(given)
    while options and options[0]["type"] in _SUBCOMMANDS:
        names.append(str(options[0]["name"]))
        options = _options(options[0])
    return " ".join(names)


def _options(given: dict[str, Any]) -> list[dict[str, Any]]:
    return given.get("options") or []


def _control(given: dict[str, Any]) -> str:
    name = str(given["custom_id"]).split(":")[0]
    return name if name in set(Control) else "other"


Send = Callable[..., Coroutine[Any, Any, aiohttp.ClientResponse]]


def recorded_requests(recorder: Recorder, send: Send) -> Send:
    """`ClientSession._request`, recorded."""

    @wraps(send)
    async def request(
        self: aiohttp.ClientSession, method: str, str_or_url: str | URL, **given: Any
    ) -> aiohttp.ClientResponse:
        url = URL(str_or_url)
        operation = recorder.operation(method, url)
        parts: dict[str, object] = _sent_parts(given, url)
        try:
            response = await send(self, method, str_or_url, **given)
            parts["status"] = response.status
            if (
                operation.startswith(("Discord ", "Whisul "))
                and response.status != HTTPStatus.SWITCHING_PROTOCOLS
            ):
                parts["response"] = _json(await _kept_body(response))
        except aiohttp.ClientResponseError as error:
            parts["status"] = error.status
            raise
        except (aiohttp.ClientError, OSError) as error:
            parts.setdefault("status", type(error).__name__)
            raise
        finally:
            # Without a status the call was cancelled, as calls are when the bot stops.
            if "status" in parts:
                recorder.add(operation, parts)
        return response

    return request


def _sent_parts(given: Mapping[str, Any], url: URL) -> dict[str, object]:
    """Query and body of a request. A multipart body has the JSON in a field and the files in others."""
    parts: dict[str, object] = {}
    params: Mapping[str, Any] = given.get("params") or {}
    if query := [*url.query, *params]:
        parts["query"] = dict.fromkeys(query, "")
    body = given.get("json") if given.get("json") is not None else given.get("data")
    if isinstance(body, aiohttp.FormData):
        fields: list[tuple[Mapping[str, str], Any, Any]] = body._fields
        named = {options["name"]: value for options, _, value in fields}
        parts["request"] = _json(str(named.pop("payload_json", "null")).encode())
        parts["files"] = ["" for _ in named]
    elif body is not None:
        parts["request"] = _json(body.encode() if isinstance(body, str) else body)
    return parts


def _json(body: object) -> object:
    """The JSON in a body; an empty one is None, and anything else a text."""
    if is_object(body) or not isinstance(body, bytes):
        return body
    try:
        return json.loads(body) if body else None
    except ValueError:
        return ""


async def _kept_body(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, and leave it for the bot to read again, whole or in pieces."""
    body = await response.read()
    loop = asyncio.get_running_loop()
    response.content = aiohttp.StreamReader(BaseProtocol(loop), max(len(body), 1), loop=loop)
    response.content.feed_data(body)
    response.content.feed_eof()
    return body


def record(recorder: Recorder) -> None:
    """Wrap the methods of this process for good."""
    session: Any = aiohttp.ClientSession
    session._request = recorded_requests(recorder, aiohttp.ClientSession._request)
    send = DiscordWebSocket.send

    @wraps(send)
    async def sent(self: DiscordWebSocket, data: str, /) -> None:
        recorder.sent(data)
        await send(self, data)

    def received(_: DiscordWebSocket, data: Any, /) -> None:
        recorder.received(data)

    DiscordWebSocket.send = sent
    # discord.py calls this with each whole, decompressed message; by itself it does nothing.
    DiscordWebSocket.log_receive = received


def run(file: Path) -> None:
    """Run the bot and record. Without usable settings there is nothing to record: the bot itself says why."""
    try:
        settings = Settings.load()
    except SettingsError:
        pass
    else:
        record(Recorder(file, discord_url=settings.discord_api_url, whisul_url=settings.whisul_api_url))
    main(["run"])


if __name__ == "__main__":
    console.set_up()
    run(Path(sys.argv[1]))

"""The door of the REST side: reads each request, keeps it, misbehaves where it is told to, and answers."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.json_types import snowflake
from sandbox.discord.rest.content_filters import Objection
from sandbox.discord.rest.faults import Fault, FaultScript
from sandbox.discord.rest.rate_limits import RateLimits
from sandbox.discord.rest.requests import Answer, Call, Route, SeenRequest
from sandbox.discord.rules.errors import DiscordError, blocked, invalid_json, not_found, unauthorised
from sandbox.discord.rules.messages import SeenFile
from sandbox.discord.transport import Hook, Phase, reset
from sandbox.discord.world.bus import Bus, Topic
from sandbox.discord.world.clock import SandboxClock

PREFIX = "/api/v10"

_USER_AGENT = re.compile(r"DiscordBot \(https?://[^\s,)]+,? [^\s)]+\)")
"""`DiscordBot ($url, $versionNumber)`, with anything behind it; some libraries leave the comma out.

Asked for where the bot's token is: discord.py's webhooks, interaction responses among them, call themselves otherwise.
"""


@dataclass(slots=True)
class RestDoor:
    """Serves routes. `requests` holds everything that came in; `hook` is called around each request.

    `objection` is asked about each request whose form is right, as Discord's filters are.
    """

    token: str
    clock: SandboxClock
    bus: Bus
    script: FaultScript = field(default_factory=FaultScript)
    requests: list[SeenRequest] = field(default_factory=list[SeenRequest])
    hook: Hook | None = None
    objection: Objection | None = None
    limits: RateLimits = field(init=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """The limits go by the stand-in's clock."""
        self.limits = RateLimits(self.clock)

    def add_to(self, app: web.Application, routes: list[Route]) -> None:
        """Let `app` serve these routes, and refuse all others under the API's prefix."""
        for route in routes:
            app.router.add_route(route.method, PREFIX + route.path, self._serving(route))
        nowhere = Route("*", "/{tail:.*}", "unknown", _nowhere, needs_token=False)
        app.router.add_route("*", "/api/{tail:.*}", self._serving(nowhere))

    def _serving(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            kind = route.kind_of(request.match_info) if route.kind_of else route.kind
            headers, over_limit = self.limits.take(kind, request.match_info)
            channel_id = snowflake(request.match_info.get("channel"))
            fault = over_limit or self.script.take(kind, channel_id) or Fault()
            fault = replace(fault, headers=headers | fault.headers)
            try:
                seen, refusal = await self._receive(request, route, kind, fault)
                await self._call_hook(seen, "before")
            except ConnectionError:  # the bot is gone, and its request with it
                return web.Response()
            return await self._serve(request, route, seen, refusal, fault)

        return serve

    async def _receive(
        self, request: web.Request, route: Route, kind: str, fault: Fault
    ) -> tuple[SeenRequest, DiscordError | None]:
        seen = SeenRequest(
            kind,
            request.method,
            route.path,
            request.path,
            dict(request.query),
            dict(request.headers),
            self.clock.time(),
        )
        is_let_through = not route.needs_token or _USER_AGENT.match(request.headers.get("User-Agent", ""))
        refusal = None if is_let_through else blocked()
        if not fault.unread:
            try:
                seen.json, seen.files = await _read_body(request)
            except DiscordError as error:
                refusal = refusal or error
        self.requests.append(seen)
        self.bus.publish(Topic.REQUEST, seen)
        return seen, refusal

    async def _serve(
        self,
        request: web.Request,
        route: Route,
        seen: SeenRequest,
        refusal: DiscordError | None,
        fault: Fault,
    ) -> web.StreamResponse:
        if not fault.handled:
            await asyncio.sleep(fault.delay_s)
            if fault.replaces_answer:
                return await self._misbehave(request, seen, fault)
        answer = await self._handle(request, route, seen, refusal)
        await self._call_hook(seen, "handled")
        if fault.handled:
            await asyncio.sleep(fault.delay_s)
            if fault.replaces_answer:
                return await self._misbehave(request, seen, fault)
        return await self._finish(request, seen, answer[0], answer[1], fault.headers)

    async def _handle(
        self, request: web.Request, route: Route, seen: SeenRequest, refusal: DiscordError | None
    ) -> tuple[int, Any]:
        try:
            if route.needs_token and request.headers.get("Authorization") != f"Bot {self.token}":
                raise unauthorised()
            if refusal is not None:
                raise refusal
            if self.objection is not None and (objected := self.objection(seen)) is not None:
                raise objected
            answer = await route.handler(Call(seen, dict(request.match_info)))
        except DiscordError as error:
            seen.code = error.code
            return error.status, error.body()
        seen.handled = True
        return answer

    async def _misbehave(self, request: web.Request, seen: SeenRequest, fault: Fault) -> web.StreamResponse:
        if fault.hang:
            await self.closing.wait()
        if fault.hang or fault.reset or fault.status is None:
            reset(request)
            self.bus.publish(Topic.REQUEST, seen)
            return web.Response()
        return await self._finish(request, seen, fault.status, fault.body, fault.headers)

    async def _finish(
        self, request: web.Request, seen: SeenRequest, status: int, body: object, headers: dict[str, str]
    ) -> web.StreamResponse:
        # As everywhere on the web, and by the stand-in's own clock: the bot tells Discord's time by it.
        response = _response(
            status, body, {"Date": format_datetime(self.clock.now(), usegmt=True), **headers}
        )
        if request.transport is None:  # the bot is gone: nothing can be answered
            return response
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return response
        seen.status = status
        self.bus.publish(Topic.REQUEST, seen)
        await self._call_hook(seen, "answered")
        return response

    async def _call_hook(self, seen: SeenRequest, phase: Phase) -> None:
        if self.hook is not None:
            await self.hook(seen.kind, phase)


async def _nowhere(_: Call) -> Answer:
    raise not_found()


async def _read_body(request: web.Request) -> tuple[Any, list[SeenFile]]:
    if not request.can_read_body:
        return None, []
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    return _parse(await request.read()), []


async def _read_multipart(request: web.Request) -> tuple[Any, list[SeenFile]]:
    body: Any = None
    files: list[SeenFile] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid_json()
        content = bytes(await part.read(decode=False))
        if part.name == "payload_json":
            body = _parse(content)
        else:
            content_type = part.headers.get("Content-Type", "")
            files.append(SeenFile(part.name or "", part.filename or "", content, content_type))
    return body, files


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise invalid_json() from None


def _response(status: int, body: object, headers: dict[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    # Exactly this content type: with a charset, discord.py does not read the body as JSON.
    headers = {"Content-Type": "application/json", **headers}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)

"""The REST server: records each request, applies planned faults, rate limits and content filters, and answers."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.json_types import snowflake
from sandbox.discord.rest.content_filters import ContentFilter
from sandbox.discord.rest.faults import Fault, FaultScript
from sandbox.discord.rest.rate_limits import RateLimits
from sandbox.discord.rest.requests import Answer, Call, Route, SeenRequest
from sandbox.discord.rules.errors import (
    DiscordError,
    blocked_at_the_edge,
    invalid_json,
    not_found,
    unauthorised,
)
from sandbox.discord.rules.messages import SeenFile
from sandbox.discord.transport import Hook, Phase
from sandbox.discord.world.bus import EventBus, Topic
from sandbox.discord.world.clock import SandboxClock
from sandbox.http_answers import reset_connection

PREFIX = "/api/v10"

_USER_AGENT = re.compile(r"DiscordBot \(https?://[^\s,)]+,? [^\s)]+\)")
"""`DiscordBot ($url, $versionNumber)`, followed by anything; some libraries leave the comma out.

Required by the routes that need the bot's token: discord.py's webhooks, which answer interactions, send another one.
"""


@dataclass(slots=True)
class RestServer:
    """Serves routes. `requests` holds every request; `hook` is called around each.

    `content_filter` sees each authorised request before its handler, and may refuse it.
    """

    token: str
    clock: SandboxClock
    bus: EventBus
    script: FaultScript = field(default_factory=FaultScript)
    requests: list[SeenRequest] = field(default_factory=list[SeenRequest])
    hook: Hook | None = None
    content_filter: ContentFilter | None = None
    limits: RateLimits = field(init=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Rate limits use the stand-in's clock."""
        self.limits = RateLimits(self.clock)

    def add_to(self, app: web.Application, routes: list[Route]) -> None:
        """Add the routes to `app`, and answer 404 to everything else below /api/."""
        for route in routes:
            app.router.add_route(route.method, PREFIX + route.path, self._handler_for(route))
        unknown = Route("*", "/{tail:.*}", "unknown", _unknown, needs_token=False)
        app.router.add_route("*", "/api/{tail:.*}", self._handler_for(unknown))

    def _handler_for(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            kind = route.kind_of(request.match_info) if route.kind_of else route.kind
            headers, over_limit = self.limits.take(
                kind, request.match_info, counts_globally=route.needs_token
            )
            channel_id = snowflake(request.match_info.get("channel"))
            # The limit first: a request above it uses up no planned fault.
            fault = over_limit or self.script.take(kind, channel_id) or Fault()
            # Pages of the network in front of Discord, which are no JSON, know nothing of buckets.
            if not isinstance(fault.body, str):
                fault = replace(fault, headers=headers | fault.headers)
            try:
                seen, refusal = await self._receive(request, route, kind, fault)
                await self._call_hook(seen, "before")
            except ConnectionError:  # the bot has closed the connection
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
        refusal = None
        if not fault.unread:
            try:
                seen.json, seen.files = await _read_body(request)
            except DiscordError as error:
                refusal = error
        # Before it is handled: a request that is never answered is recorded, too.
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
        # A fault replaces the answer before the request has an effect, or (`handled`) after it.
        if not fault.handled:
            await asyncio.sleep(fault.delay_s)
            if fault.replaces_answer:
                return await self._apply_fault(request, seen, fault)
        status, body, headers = await self._handle(request, route, seen, refusal)
        await self._call_hook(seen, "handled")
        if fault.handled:
            await asyncio.sleep(fault.delay_s)
            if fault.replaces_answer:
                return await self._apply_fault(request, seen, fault)
        return await self._send(request, seen, status, body, fault.headers | headers)

    async def _handle(
        self, request: web.Request, route: Route, seen: SeenRequest, refusal: DiscordError | None
    ) -> tuple[int, Any, dict[str, str]]:
        try:
            if route.needs_token:
                # By Cloudflare, in front of Discord.
                if not _USER_AGENT.match(request.headers.get("User-Agent", "")):
                    raise blocked_at_the_edge()
                if request.headers.get("Authorization") != f"Bot {self.token}":
                    raise unauthorised()
            # After the token: an unauthorised request is not told what is wrong with its body.
            if refusal is not None:
                raise refusal
            if self.content_filter is not None and (objected := self.content_filter(seen)) is not None:
                raise objected
            answer = await route.handler(Call(seen, dict(request.match_info)))
        except DiscordError as error:
            seen.code = error.code
            return error.status, error.body(), error.headers
        seen.handled = True
        return *answer, {}

    async def _apply_fault(self, request: web.Request, seen: SeenRequest, fault: Fault) -> web.StreamResponse:
        if fault.hang:
            # Until the server goes down, which would wait for this request otherwise.
            await self.closing.wait()
        if fault.hang or fault.reset or fault.status is None:
            reset_connection(request)
            self.bus.publish(Topic.REQUEST, seen)
            return web.Response()
        return await self._send(request, seen, fault.status, fault.body, fault.headers)

    async def _send(
        self, request: web.Request, seen: SeenRequest, status: int, body: object, headers: dict[str, str]
    ) -> web.StreamResponse:
        # The bot derives Discord's time from this header, so it follows the stand-in's clock.
        response = _response(
            status, body, {"Date": format_datetime(self.clock.now(), usegmt=True), **headers}
        )
        if request.transport is None:  # the bot has closed the connection
            return response
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return response
        # Only now: a status means that the bot was sent an answer.
        seen.status = status
        self.limits.answered(status, headers)
        self.bus.publish(Topic.REQUEST, seen)
        await self._call_hook(seen, "answered")
        return response

    async def _call_hook(self, seen: SeenRequest, phase: Phase) -> None:
        if self.hook is not None:
            await self.hook(seen.kind, phase)


async def _unknown(_: Call) -> Answer:
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

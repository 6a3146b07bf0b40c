"""Broken bodies, sent to the stand-in: does it refuse each with Discord's error, and name the place?"""

import copy
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import aiohttp

from sandbox.discord import DiscordStandIn, SeenInteraction
from sandbox.discord.application.interaction import InteractionType
from sandbox.discord.json_types import Json, is_object, objects, parse_object
from sandbox.discord.rules.commands import CommandType
from sandbox.discord.world.model import ChannelType, Message
from tests.schema.breaking import Break, breaks, places_in
from tests.schema.published import Path_, Published
from tests.schema.recorder import Exchange, Record

INVALID_FORM = 50035
NOT_IN_QUERIES = ("null", "type (fraction)")
USER_AGENT = "DiscordBot (https://example.com, 1)"
_CALLBACKS = {
    6: InteractionType.COMPONENT,
    7: InteractionType.COMPONENT,
    8: InteractionType.AUTOCOMPLETE,
}
"""Which interaction takes a first response of a type; a command takes the others."""


@dataclass(slots=True)
class Refusals:
    """The breaks that were sent, and those that were not refused as they should be, with what came instead.

    `places` are those that hold something in the requests that were broken: others are broken only if they have more.
    """

    breaks: set[str] = field(default_factory=set[str])
    operations: Counter[str] = field(default_factory=Counter[str])
    objections: dict[str, str] = field(default_factory=dict[str, str])
    places: set[str] = field(default_factory=set[str])


Query = dict[str, str]
Target = Callable[[Any], str]
"""Makes a place for a body in the stand-in's world, and returns its path."""


class _Targets:
    """The stand-in with a place for each operation that takes a body."""

    def __init__(self, discord: DiscordStandIn) -> None:
        self._discord = discord
        self._channel = discord.world.channel("music")
        self._user = discord.world.user("ada")
        self._forum = discord.world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)
        self._tag = discord.world.add_tag(self._forum, "trap")
        self._said = discord.world.say("ada", self._channel, "to be replied to")
        self.by_operation: dict[str, Target] = {
            "create_message": lambda _: f"/channels/{self._channel.id}/messages",
            "update_message": lambda _: f"/channels/{self._channel.id}/messages/{self._message().id}",
            "create_thread": lambda _: f"/channels/{self._forum.id}/threads",
            "list_messages": lambda _: f"/channels/{self._channel.id}/messages",
            "create_dm": lambda _: "/users/@me/channels",
            "bulk_set_application_commands": lambda _: f"/applications/{discord.world.bot.id}/commands",
            "create_interaction_response": self._callback,
            "execute_webhook": lambda _: self._webhook(),
            "update_original_webhook_message": lambda _: self._webhook() + "/messages/@original",
        }

    def _message(self) -> Message:
        return self._discord.bot_messages.send(self._channel.id, {"content": "to be edited"}, [])

    def _interaction(self, kind: InteractionType = InteractionType.COMMAND) -> SeenInteraction:
        return self._discord.interactions.open(
            kind,
            self._user,
            self._channel,
            {},
            command_type=CommandType.CHAT_INPUT,
            source=self._message() if kind is InteractionType.COMPONENT else None,
        )

    def _callback(self, body: Any) -> str:
        used = self._interaction(_CALLBACKS.get(body["type"], InteractionType.COMMAND))
        return f"/interactions/{used.id}/{used.token}/callback"

    def _webhook(self) -> str:
        used = self._interaction()
        self._discord.interactions.respond(used.id, used.token, {"type": 5}, [])
        return f"/webhooks/{self._discord.world.bot.id}/{used.token}"

    def adapted(self, body: Any) -> Any:
        """A recorded body that refers to what is in this world."""
        adapted = copy.deepcopy(body)
        if is_object(adapted):
            if adapted.get("applied_tags"):
                adapted["applied_tags"] = [str(self._tag.id)]
            if "recipient_id" in adapted:
                adapted["recipient_id"] = self._user.id
            if "message_reference" in adapted:
                adapted["message_reference"] |= {
                    "message_id": self._said.id,
                    "channel_id": self._channel.id,
                    "guild_id": self._channel.guild_id,
                }
        return adapted


class RefusalCheck:
    """Breaks recorded bodies that the stand-in accepts, and sends each break once."""

    def __init__(self, published: Published) -> None:
        self._published = published

    async def refusals(self, records: Iterable[Record]) -> Refusals:
        """Send every break of every operation."""
        found = Refusals()
        async with _connected() as (discord, session):
            targets = _Targets(discord)
            for operation, exchange in self._successful(records, targets.by_operation):
                await self._send_breaks(found, targets, session, operation, exchange)
        return found

    def _successful(
        self, records: Iterable[Record], targets: dict[str, Target]
    ) -> Iterator[tuple[Json, Exchange]]:
        """The recorded requests that the stand-in accepted."""
        for record in records:
            if (
                isinstance(record, Exchange)
                and not record.is_scripted
                and record.status < HTTPStatus.BAD_REQUEST
            ):
                operation = self._published.operation(record.method, record.route)
                if operation is not None and operation["operationId"] in targets:
                    yield operation, record

    async def _send_breaks(
        self,
        found: Refusals,
        targets: _Targets,
        session: aiohttp.ClientSession,
        operation: Json,
        exchange: Exchange,
    ) -> None:
        name: str = operation["operationId"]
        body = targets.adapted(exchange.json)
        places = {f"{name} {place}" for place in (*places_in(body), *exchange.query)}
        if places <= found.places:
            return
        send = _Sender(session, exchange, targets.by_operation[name], body)
        status, _ = await send(body, exchange.query)
        if status >= HTTPStatus.BAD_REQUEST:  # it depends on something that this world does not have
            return
        found.places |= places
        for broken, sent in self._broken(operation, body, exchange.query):
            where = f"{name} {broken.name}"
            if where in found.breaks:
                continue
            found.breaks.add(where)
            found.operations[name] += 1
            if reason := objection(broken, *await send(*sent)):
                found.objections[where] = reason

    def _broken(self, operation: Json, body: Any, query: Query) -> Iterator[tuple[Break, tuple[Any, Query]]]:
        """Every break of a request, with the body and the query to be sent."""
        if body is not None and (schema := self._published.request_schema(operation)) is not None:
            for broken in breaks(self._published, schema, body):
                yield broken, (broken.body, query)
        schema = {"type": "object", "properties": self._published.query_schemas(operation)}
        for broken in breaks(self._published, schema, {}) if query else ():
            if broken.keyword not in NOT_IN_QUERIES:
                yield replace(broken, name=f"?{broken.name[2:]}"), (body, query | _as_query(broken.body))


@dataclass(frozen=True, slots=True)
class _Sender:
    """Sends bodies as a recorded request was sent, with its files."""

    session: aiohttp.ClientSession
    exchange: Exchange
    target: Target
    valid_body: Any

    async def __call__(self, body: Any, query: Query) -> tuple[int, Json]:
        data: Any = json.dumps(body) if self.valid_body is not None else None
        headers = {"Content-Type": "application/json"}
        if self.exchange.files:
            data, headers = aiohttp.FormData(), {}
            data.add_field("payload_json", json.dumps(body), content_type="application/json")
            for field_name, filename in self.exchange.files:
                data.add_field(field_name, b"x", filename=filename, content_type="application/octet-stream")
        path = "/api/v10" + self.target(self.valid_body)
        async with self.session.request(
            self.exchange.method, path, params=query, data=data, headers=headers
        ) as response:
            return response.status, parse_object(await response.read()) or {}


@asynccontextmanager
async def _connected() -> AsyncGenerator[tuple[DiscordStandIn, aiohttp.ClientSession]]:
    async with DiscordStandIn() as discord:
        # Hundreds of requests for one channel: the answer must be about the request, not about their number.
        discord.rest.limits.clear()
        headers = {"Authorization": f"Bot {discord.token}", "User-Agent": USER_AGENT}
        async with aiohttp.ClientSession(discord.page_url, headers=headers) as session:
            yield discord, session


def _as_query(values: dict[str, Any]) -> Query:
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def objection(broken: Break, status: int, answer: Json) -> str:
    """Why an answer is not the refusal of a break; empty where it is."""
    if status < HTTPStatus.BAD_REQUEST:
        return "accepted"
    if (status, answer.get("code")) != (HTTPStatus.BAD_REQUEST, INVALID_FORM):
        return f"answered {status} ({answer.get('code')})"
    wanted = tuple(map(str, broken.path))
    places = list(_error_places(answer.get("errors", {})))
    if not any(place[: len(wanted)] == wanted[: len(place)] for place in places):
        return f"the error is at {places}"
    return ""


def _error_places(errors: Json, path: Path_ = ()) -> Iterator[Path_]:
    if objects(errors.get("_errors")):
        yield path
    for key, inner in errors.items():
        if key != "_errors":
            yield from _error_places(inner, (*path, key))

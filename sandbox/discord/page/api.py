"""The API of the demo page: what one user sees, what they do, and a WebSocket of events."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord.application.interaction import InteractionType, SeenInteraction
from sandbox.discord.client.command_input import Refused
from sandbox.discord.client.user_actions import UserActions
from sandbox.discord.json_types import Json, is_array, is_object, parse_object, snowflake
from sandbox.discord.page.world_view import world_view
from sandbox.discord.rules import fields
from sandbox.discord.world import message_payloads
from sandbox.discord.world.bus import Change, Topic
from sandbox.discord.world.model import LOCALES, Channel, Message, Upload, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_MESSAGES = 100
_MESSAGE_TOPICS = {Topic.MESSAGE_CREATE, Topic.MESSAGE_UPDATE, Topic.MESSAGE_DELETE}
_WORLD_TOPICS = {
    Topic.PRESENCE,
    Topic.CHANNEL_CREATE,
    Topic.CHANNEL_UPDATE,
    Topic.CHANNEL_DELETE,
    Topic.ROLE_CREATE,
    Topic.ROLE_UPDATE,
    Topic.GUILD_UPDATE,
    Topic.MEMBER_UPDATE,
    Topic.GUILD_JOIN,
    Topic.GUILD_LEAVE,
    Topic.USER_UPDATE,
}
_FILENAME = re.compile(r"[^/\\\x00-\x1f]{1,260}")
_UNKNOWN_TYPE = "application/octet-stream"
_Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, eq=False)
class _Viewer:
    """One open page."""

    user: User
    queue: asyncio.Queue[Json] = field(default_factory=asyncio.Queue[Json])
    states: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(slots=True)
class PageApi:
    """Serves the API of the demo page."""

    world: World
    actions: UserActions
    is_online: Callable[[], bool]
    about: Json = field(default_factory=dict[str, Any])
    _viewers: set[_Viewer] = field(default_factory=set[_Viewer])

    def add_to(self, app: web.Application) -> None:
        """Add the routes to `app`."""
        app.router.add_get("/page/world", _with_refusals(self.get_world))
        app.router.add_get("/page/commands", _with_refusals(self.get_commands))
        app.router.add_get("/page/channels/{channel}/messages", _with_refusals(self.get_messages))
        app.router.add_post("/page/interactions", _with_refusals(self.post_interaction))
        app.router.add_post("/page/dm", _with_refusals(self.post_dm))
        app.router.add_post("/page/guilds/{guild}/bot", _with_refusals(self.post_bot))
        app.router.add_post("/page/locale", _with_refusals(self.post_locale))
        app.router.add_post("/page/app", _with_refusals(self.post_app))
        app.router.add_get("/page/events", _with_refusals(self.get_events))
        app.router.add_get("/page/about", _with_refusals(self.get_about))

    # ---- what a user sees ----

    async def get_world(self, request: web.Request) -> web.Response:
        """All users, and the servers and channels that this user sees (the first user, where none is named)."""
        user = self._user(request) if "user_id" in request.query else self._first_user()
        locales = self.actions.command_registry.locales()
        return _json(world_view(self.world, user, online=self.is_online(), locales=locales))

    async def get_commands(self, request: web.Request) -> web.Response:
        """The commands that this user may use in a channel, as they were registered."""
        user, channel = self._user(request), self._channel(request, request.query.get("channel_id"))
        return _json({"commands": self.actions.usable_commands(user, channel)})

    async def get_messages(self, request: web.Request) -> web.Response:
        """The latest messages of a channel that this user may read."""
        user = self._user(request)
        channel = self._channel(request, request.match_info["channel"])
        shown = [m for m in self.world.messages(channel) if self.world.can_see_message(user, m)]
        return _json(
            {"messages": [message_payloads.page_message(self.world, m) for m in shown[-MAX_MESSAGES:]]}
        )

    async def get_about(self, _: web.Request) -> web.Response:
        """The facts about the demo that the page shows."""
        return _json(self.about)

    def _first_user(self) -> User:
        """The user that a newly opened page acts as."""
        return next(user for user in self.world.users.values() if not user.bot)

    def _user(self, request: web.Request) -> User:
        user = self.world.users.get(snowflake(request.query.get("user_id")) or 0)
        if user is None or user.bot:
            raise Refused("There is no such user.")
        return user

    def _channel(self, request: web.Request, value: object) -> Channel:
        """A channel that the user of this request sees."""
        channel = self.world.channels.get(snowflake(value) or 0)
        if channel is None or not self.world.can(self._user(request), channel, Permission.VIEW_CHANNEL):
            raise Refused("You cannot see this channel.")
        return channel

    # ---- what a user does ----

    async def post_dm(self, request: web.Request) -> web.Response:
        """Open the direct messages with the bot."""
        return _json({"channel_id": str(self.world.open_dm(self._user(request)).id)})

    async def post_locale(self, request: web.Request) -> web.Response:
        """Set the language of this user's Discord."""
        user, body = self._user(request), parse_object(await request.read()) or {}
        locale = body.get("locale")
        if locale not in LOCALES:
            raise Refused("Discord has no such language.")
        self.world.set_locale(user, str(locale))
        return _json({"locale": user.locale})

    async def post_app(self, request: web.Request) -> web.Response:
        """Add the application to this user's account, or remove it."""
        user, body = self._user(request), parse_object(await request.read()) or {}
        self.world.install_app(user, installed=bool(body.get("installed")))
        return _json({"installed": user.has_app})

    async def post_bot(self, request: web.Request) -> web.Response:
        """Remove the bot from a server, or invite it again."""
        user, body = self._user(request), parse_object(await request.read()) or {}
        guild = self.world.guilds.get(snowflake(request.match_info["guild"]) or 0)
        if guild is None or user.id not in guild.members:
            raise Refused("You are not in this server.")
        if not self.world.base_permissions(user, guild) & Permission.MANAGE_GUILD:
            raise Refused("Only those who manage this server can do that.")
        is_member = self.world.bot.id in guild.members
        if body.get("here") and not is_member:
            self.world.add_bot(guild, by=user)
        elif not body.get("here") and is_member:
            self.world.remove_bot(guild)
        return _json({"here": self.world.bot.id in guild.members})

    async def post_interaction(self, request: web.Request) -> web.Response:
        """Use a command, a component or a modal."""
        body = parse_object(await request.read())
        if body is None:
            raise Refused("This is not a JSON object.")
        interaction = await self._act(body)
        return _json({"interaction_id": str(interaction.id)})

    async def _act(self, body: Json) -> SeenInteraction:
        user, channel = snowflake(body.get("user_id")) or 0, snowflake(body.get("channel_id")) or 0
        name = str(body.get("name", ""))
        options = fields.object_or_empty(body.get("options"))
        custom_id = str(body.get("custom_id", ""))
        match body.get("type"):
            case "command":
                if not name.strip():
                    raise Refused("A command needs its name.")
                target = (
                    self._message(channel, body["target_message_id"]) if "target_message_id" in body else None
                )
                return await self.actions.command(
                    user=user, channel=channel, name=name, options=_with_files(options), target_message=target
                )
            case "autocomplete":
                focused = str(body.get("focused", ""))
                return await self.actions.autocomplete(
                    user=user, channel=channel, name=name, options=options, focused=focused
                )
            case "button":
                message = self._message(channel, body.get("message_id"))
                return await self.actions.press(user=user, message=message, custom_id=custom_id)
            case "select":
                values = [str(value) for value in body["values"]] if is_array(body.get("values")) else []
                message = self._message(channel, body.get("message_id"))
                return await self.actions.select(
                    user=user, message=message, values=values, custom_id=custom_id
                )
            case "modal":
                opener = self._opener(body.get("interaction_id"), user)
                filled = fields.object_or_empty(body.get("fields"))
                return await self.actions.submit_modal(opener, filled, custom_id=custom_id)
            case other:
                raise Refused(f"There is no interaction of type {other!r}.")

    def _message(self, channel_id: int, value: object) -> Message:
        message = self.world.message(channel_id, snowflake(value) or 0)
        if message is None:
            raise Refused("There is no such message here.")
        return message

    def _opener(self, value: object, user_id: int) -> SeenInteraction:
        for interaction in self.actions.interactions.seen:
            if interaction.id == snowflake(value) and interaction.user.id == user_id:
                return interaction
        raise Refused("No such modal is open.")

    # ---- events ----

    async def get_events(self, request: web.Request) -> web.WebSocketResponse:
        """Send events to one open page until it closes the socket."""
        viewer = _Viewer(self._user(request))
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        # After the handshake, before which nothing can be sent.
        self._viewers.add(viewer)
        writer = asyncio.create_task(_write(socket, viewer.queue), name="page-writer")
        try:
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass
        finally:
            self._viewers.discard(viewer)
            writer.cancel()
        return socket

    def on_change(self, change: Change) -> None:
        """Send every open page what its user may see of a change."""
        for viewer in self._viewers:
            for event in self._events(viewer, change):
                viewer.queue.put_nowait(event)

    def _events(self, viewer: _Viewer, change: Change) -> list[Json]:
        if change.topic in _WORLD_TOPICS:
            return [{"type": "world"}]
        if change.topic is Topic.COMMANDS:
            return [{"type": "commands"}]
        if change.topic is Topic.INTERACTION:
            is_own = change.subject.user is viewer.user
            return _interaction_events(viewer, change.subject) if is_own else []
        if change.topic in _MESSAGE_TOPICS and self.world.can_see_message(viewer.user, change.subject):
            return [self._message_event(change.topic, change.subject)]
        return []

    def _message_event(self, topic: Topic, message: Message) -> Json:
        if topic is Topic.MESSAGE_DELETE:
            return {"type": topic, "channel_id": str(message.channel_id), "message_id": str(message.id)}
        return {"type": topic, "message": message_payloads.page_message(self.world, message)}


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[Json]) -> None:
    try:
        while True:
            await socket.send_str(json.dumps(await queue.get()))
    except ConnectionError:
        return


def _interaction_events(viewer: _Viewer, interaction: SeenInteraction) -> list[Json]:
    state = "acknowledged" if interaction.acknowledged else "failed" if interaction.failed else "open"
    # Edits and follow-ups publish the interaction again; the page gets each state once.
    if state == viewer.states.get(interaction.id, "open"):
        return []
    viewer.states[interaction.id] = state
    ref = {"interaction_id": str(interaction.id)}
    if interaction.choices is not None:
        return [{"type": "autocomplete", **ref, "choices": interaction.choices}]
    event: Json = {"type": "interaction", **ref, "state": state}
    if interaction.failed:
        event["reason"] = interaction.failed
    events = [] if interaction.type is InteractionType.AUTOCOMPLETE else [event]
    if interaction.modal is not None:
        modal = {key: interaction.modal[key] for key in ("custom_id", "title", "components")}
        events.append({"type": "modal", **ref, **modal})
    return events


def _with_files(options: Json) -> Json:
    """The page sends a file as an object: its name, its type, and its bytes in base64."""
    return {name: _file(value) if is_object(value) else value for name, value in options.items()}


def _file(raw: Json) -> Upload:
    filename, content, content_type = raw.get("filename"), raw.get("content"), raw.get("content_type")
    if not (isinstance(filename, str) and isinstance(content, str) and isinstance(content_type, str)):
        raise Refused("A file needs its name, its type and its content.")
    if not _FILENAME.fullmatch(filename):
        raise Refused("This is no name for a file.")
    try:
        return Upload(filename, base64.b64decode(content, validate=True), content_type or _UNKNOWN_TYPE)
    except ValueError:
        raise Refused("The content of the file is not base64.") from None


def _json(body: Json, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def _with_refusals(route: _Route) -> _Route:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return await route(request)
        except Refused as refusal:
            return _json({"error": str(refusal)}, status=400)

    return serve

"""The gateway server: identify, heartbeats, events, resuming, and faults such as invalid sessions and silence."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime

from aiohttp import WSMsgType, web

from sandbox.discord.gateway.codes import ENDS_SESSION, Close, Op
from sandbox.discord.gateway.compression import COMPRESSIONS
from sandbox.discord.gateway.events import (
    NO_INTENT,
    Event,
    Intent,
    events_of,
    guild_create,
    without_channels,
)
from sandbox.discord.gateway.identify import identify_error
from sandbox.discord.gateway.session import Connection, Session
from sandbox.discord.gateway.shards import MAX_GUILDS_PER_SHARD, Shard, shard_of
from sandbox.discord.gateway.starts import SessionStarts
from sandbox.discord.json_types import Json, is_object, parse_object
from sandbox.discord.transport import Hook, Phase
from sandbox.discord.world import payloads
from sandbox.discord.world.bus import Change, Topic
from sandbox.discord.world.model import Guild
from sandbox.discord.world.world import World
from sandbox.http_answers import reset_connection

CLEAN_CLOSES = (1000, 1001)
ABNORMAL_CLOSE = 1006
HEARTBEAT_INTERVAL_S = 41.25
MAX_SENT_PER_MINUTE = 120
MAX_SENT_BYTES = 4096


@dataclass(slots=True)
class Gateway:
    """All gateway sessions of the bot, of one process or several, each with its shard.

    `recommended_shards` is what GET /gateway/bot answers. `identifies` holds the data of every IDENTIFY, accepted or
    refused, `resumes` of every RESUME, and `bot_closes` the code with which the bot closed each connection (1006: none).
    `presences` holds when the bot went online and offline, in the stand-in's time. Channels in `hidden_channel_ids` are
    left out of all events, but their threads are not.
    """

    world: World
    token: str
    url: Callable[[], str]
    privileged: Intent = field(default=NO_INTENT)
    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    heartbeat_grace: float = 1.5
    silent: bool = False
    recommended_shards: int = 1
    max_guilds_per_shard: int = MAX_GUILDS_PER_SHARD
    hidden_channel_ids: set[int] = field(default_factory=set[int])
    unavailable: set[int] = field(default_factory=set[int])
    hook: Hook | None = None
    identifies: list[Json] = field(default_factory=list[Json])
    resumes: list[Json] = field(default_factory=list[Json])
    bot_closes: list[int] = field(default_factory=list[int])
    presences: list[tuple[float, bool]] = field(default_factory=list[tuple[float, bool]])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    online: bool = False
    starts: SessionStarts = field(init=False)
    _connections: set[Connection] = field(default_factory=set[Connection])

    def __post_init__(self) -> None:
        """Session starts are counted in the stand-in's time."""
        self.starts = SessionStarts(self.world.clock)

    # ---- control from outside ----

    @property
    def reads_content(self) -> bool:
        """Whether the bot may read the content of other users' messages."""
        return bool(self.privileged & Intent.MESSAGE_CONTENT)

    @property
    def connected_shards(self) -> list[Shard]:
        """The shards of the sessions that have a connection, sorted; one that two sessions have is there twice."""
        return sorted(session.shard for session in self.sessions.values() if session.connection is not None)

    def limits(self) -> Json:
        """What GET /gateway/bot answers, without the URL."""
        return {"shards": self.recommended_shards, "session_start_limit": self.starts.limit()}

    def on_change(self, change: Change) -> None:
        """Dispatch the events of a change in the world."""
        for event in events_of(self.world, change, reads_content=self.reads_content):
            self.dispatch(event)

    def dispatch(self, event: Event) -> None:
        """Send an event to every session that wants it; sessions without a connection store it."""
        visible = without_channels(event, self.hidden_channel_ids)
        for session in tuple(self.sessions.values()):
            if visible is not None and session.wants(visible):
                session.dispatch(visible.name, visible.data)

    def set_available(self, guild: Guild, *, available: bool) -> None:
        """Begin or end an outage of a guild; while unavailable, only its ID is sent."""
        if available and guild.id in self.unavailable:
            self.unavailable.remove(guild.id)
            self.dispatch(guild_create(self.world, guild))
        elif not available and guild.id not in self.unavailable:
            self.unavailable.add(guild.id)
            data = {"id": str(guild.id), "unavailable": True}
            self.dispatch(Event("GUILD_DELETE", data, Intent.GUILDS, guild.id))

    def reconnect(self, *, shard_index: int | None = None) -> None:
        """Ask the bot to reconnect and resume (opcode 7): all of its connections, or those of one shard."""
        for connection in self._connections_of(shard_index):
            connection.send(Op.RECONNECT)

    def invalidate(self, *, resumable: bool = False, shard_index: int | None = None) -> None:
        """Send that the session is invalid (opcode 9): on all connections, or on those of one shard."""
        for connection in self._connections_of(shard_index):
            connection.send(Op.INVALID_SESSION, resumable)
            if not resumable:
                self._end_session(connection.session)

    def close_all(self, code: int, *, shard_index: int | None = None) -> None:
        """Close every connection, or those of one shard, and end the sessions where the code implies that."""
        for connection in self._connections_of(shard_index):
            # Before the close: the bot may try to resume as soon as it sees the code.
            if code in ENDS_SESSION:
                self._end_session(connection.session)
            connection.close(code)

    def drop_all(self, *, shard_index: int | None = None) -> None:
        """Reset the TCP connections, or those of one shard, without a close code."""
        for connection in self._connections_of(shard_index):
            connection.closed_by_server = True
            reset_connection(connection.request)

    def _connections_of(self, shard_index: int | None) -> list[Connection]:
        return [
            connection
            for connection in self._connections
            if shard_index is None
            or (connection.session is not None and connection.session.shard.index == shard_index)
        ]

    def set_silent(self, silent: bool) -> None:
        """Stop or resume sending, heartbeat acknowledgements included."""
        self.silent = silent
        for connection in self._connections:
            connection.silent = silent

    def stop(self) -> None:
        """Cancel the timers."""
        for session in self.sessions.values():
            session.stop_presence_timer()

    # ---- one connection ----

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one WebSocket, from HELLO until it closes."""
        socket = web.WebSocketResponse()
        socket.headers["Date"] = format_datetime(self.world.clock.now(), usegmt=True)
        await socket.prepare(request)
        connection = Connection(socket, request)
        connection.silent = self.silent
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write(self._call_hook), name="gateway-writer")
        try:
            await self._receive_messages(connection)
        finally:
            self._connections.discard(connection)
            writer.cancel()
            self._disconnected(connection)
        return socket

    async def _call_hook(self, kind: str, phase: Phase) -> None:
        if self.hook is not None:
            await self.hook(kind, phase)

    async def _receive_messages(self, connection: Connection) -> None:
        query = connection.request.query
        asked = query.get("v"), query.get("encoding")
        if asked != ("10", "json") or query.get("compress") not in (None, *COMPRESSIONS):
            connection.close(Close.INVALID_VERSION)
        connection.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval_s * 1000)})
        while not connection.socket.closed:
            try:
                async with asyncio.timeout_at(self._heartbeat_due(connection)):
                    message = await connection.socket.receive()
            except TimeoutError:
                self._end_session(connection.session)
                await connection.socket.close(code=Close.SESSION_TIMED_OUT)
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                self._record_close(connection, message.data if message.type is WSMsgType.CLOSE else None)
                return
            content = message.data
            self._handle_message(connection, content if isinstance(content, bytes) else str(content).encode())

    def _heartbeat_due(self, connection: Connection) -> float:
        return connection.last_heartbeat + self.heartbeat_interval_s * self.heartbeat_grace

    def _record_close(self, connection: Connection, code: int | None) -> None:
        # What answers our own close says nothing about the bot.
        if connection.closed_by_server:
            return
        code = code or connection.socket.close_code or ABNORMAL_CLOSE
        self.bot_closes.append(code)
        # After any other code the session can be resumed (documentation: Gateway, Disconnecting).
        if code in CLEAN_CLOSES:
            self._end_session(connection.session)

    def _end_session(self, session: Session | None) -> None:
        if session is not None:
            session.stop_presence_timer()
            self.sessions.pop(session.id, None)

    def _disconnected(self, connection: Connection) -> None:
        session = connection.session
        # Not where the session was resumed on another connection meanwhile.
        if session is not None and session.connection is connection:
            session.connection = None
            # While its session can be resumed, a bot is shown as online for a while.
            if session.id in self.sessions:
                self._start_presence_timer(session)
            self._update_presence()
        self.world.bus.publish(Topic.GATEWAY)

    def _start_presence_timer(self, session: Session) -> None:
        def expire() -> None:
            session.presence_timer = None
            self._update_presence()

        wait_s = self.heartbeat_interval_s * self.heartbeat_grace
        session.presence_timer = asyncio.get_running_loop().call_later(wait_s, expire)

    def _update_presence(self) -> None:
        """The bot is online while any of its sessions has a connection, or has lost it only just now."""
        online = any(session.connection or session.presence_timer for session in self.sessions.values())
        if online != self.online:
            self.online = online
            self.presences.append((self.world.clock.time(), online))
            self.world.bus.publish(Topic.PRESENCE)

    # ---- messages of the bot ----

    def _handle_message(self, connection: Connection, content: bytes) -> None:
        # Too large a message is 4002 as well (documentation: Gateway, Sending Events).
        payload = parse_object(content) if len(content) <= MAX_SENT_BYTES else None
        if payload is None or not isinstance(payload.get("op"), int):
            connection.close(Close.DECODE_ERROR)
            return
        if self._exceeds_send_limit(connection):
            connection.close(Close.RATE_LIMITED)
            return
        self._handle_opcode(connection, payload["op"], payload.get("d"))

    def _exceeds_send_limit(self, connection: Connection) -> bool:
        # In real time, as the client measures it: a jump of the stand-in's clock frees no message.
        now = asyncio.get_running_loop().time()
        connection.sent_at.append(now)
        while connection.sent_at[0] < now - 60:
            connection.sent_at.popleft()
        return len(connection.sent_at) > MAX_SENT_PER_MINUTE

    def _handle_opcode(self, connection: Connection, op: int, data: object) -> None:
        match op:
            case Op.HEARTBEAT:
                connection.last_heartbeat = asyncio.get_running_loop().time()
                connection.send(Op.HEARTBEAT_ACK)
            case Op.IDENTIFY:
                self._identify(connection, data if is_object(data) else {})
            case Op.RESUME:
                self._resume(connection, data if is_object(data) else {})
            case Op.PRESENCE | Op.VOICE_STATE | Op.REQUEST_MEMBERS:
                # These are accepted without effect, but not before IDENTIFY.
                if connection.session is None:
                    connection.close(Close.NOT_AUTHENTICATED)
            case _:
                connection.close(Close.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: Json) -> None:
        self.identifies.append(data)
        error = self._identify_error(connection, data)
        # A refused IDENTIFY uses up no session start.
        if error is None and not self.starts.take():
            error = self._out_of_starts()
        shard = shard_of(data.get("shard"))
        if error is not None or shard is None:
            connection.close(error or Close.INVALID_SHARD)
        elif self.starts.enter_bucket(shard.index):
            self._start_session(connection, Session(Intent(data["intents"]), shard), data)
        else:
            # Opcode 9 instead of a close: the bot waits and identifies again (documentation: Identifying).
            connection.send(Op.INVALID_SESSION, data=False)

    def _start_session(self, connection: Connection, session: Session, data: Json) -> None:
        session.connection = connection
        connection.session = session
        self.sessions[session.id] = session
        self._update_presence()
        self._send_ready(session, sharded=data.get("shard") is not None)
        self.world.bus.publish(Topic.GATEWAY)

    def _identify_error(self, connection: Connection, data: Json) -> int | None:
        if connection.session is not None:
            return Close.ALREADY_AUTHENTICATED
        error = identify_error(data, token=self.token, privileged=self.privileged)
        return error or self._shard_error(shard_of(data.get("shard")))

    def _shard_error(self, shard: Shard | None) -> int | None:
        if shard is None:
            return Close.INVALID_SHARD
        is_too_large = len(self._guilds_of(shard)) > self.max_guilds_per_shard
        return Close.SHARDING_REQUIRED if is_too_large else None

    def _guilds_of(self, shard: Shard) -> list[Guild]:
        return [guild for guild in self.world.bot_guilds() if shard.has(guild.id)]

    def _out_of_starts(self) -> int:
        """Discord ends all sessions then, and resets the bot's token (gateway documentation, "Identifying")."""
        self.token = ""
        self.close_all(Close.AUTHENTICATION_FAILED)
        return Close.AUTHENTICATION_FAILED

    def _send_ready(self, session: Session, *, sharded: bool) -> None:
        guilds = self._guilds_of(session.shard)
        ready: Json = {
            "v": 10,
            "user": payloads.own_user(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url(),
            "application": {"id": str(self.world.bot.id), "flags": 0},
        }
        session.dispatch(
            "READY", ready | {"shard": [session.shard.index, session.shard.count]} if sharded else ready
        )
        # READY lists every guild as unavailable; those that are available follow.
        for guild in guilds:
            if guild.id not in self.unavailable:
                visible = without_channels(guild_create(self.world, guild), self.hidden_channel_ids)
                if visible is not None and session.wants(visible):
                    session.dispatch(visible.name, visible.data)

    def _resume(self, connection: Connection, data: Json) -> None:
        self.resumes.append(data)
        session = self.sessions.get(str(data.get("session_id")))
        seq = data.get("seq")
        if connection.session is not None:
            connection.close(Close.ALREADY_AUTHENTICATED)
        elif data.get("token") != self.token:
            connection.close(Close.AUTHENTICATION_FAILED)
        elif session is None or not isinstance(seq, int) or not session.can_resume_after(seq):
            self._end_session(session)
            connection.send(Op.INVALID_SESSION, data=False)
        else:
            session.stop_presence_timer()
            session.connection = connection
            connection.session = session
            # RESUMED comes after the events that were missed: it says that there are no more.
            session.replay(seq)
            session.dispatch("RESUMED", {})
            self._update_presence()
        self.world.bus.publish(Topic.GATEWAY)

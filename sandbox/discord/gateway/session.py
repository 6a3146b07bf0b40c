"""Gateway connections, and sessions that outlive them so that they can be resumed."""

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.gateway.codes import Op
from sandbox.discord.gateway.compression import COMPRESSIONS
from sandbox.discord.gateway.events import Event, Intent
from sandbox.discord.gateway.shards import Shard
from sandbox.discord.json_types import Json
from sandbox.discord.transport import Hook

MAX_STORED_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One queued message to the bot; `kind` is the name that hooks get, such as "gateway.ready"."""

    kind: str
    text: str


class Connection:
    """One WebSocket. Messages are queued, so that synchronous code can send them and they keep their order."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self.silent = False
        self.closed_by_server = False
        self.last_heartbeat = asyncio.get_running_loop().time()
        self.sent_at: deque[float] = deque()
        asked = request.query.get("compress")
        self._compress = COMPRESSIONS[asked]() if asked in COMPRESSIONS else None
        self._queue: asyncio.Queue[Outgoing | int] = asyncio.Queue()

    def send(self, op: int, data: object = None, *, seq: int | None = None, name: str | None = None) -> None:
        """Queue one message; while the connection is silent it is dropped."""
        # Dropped, not kept: a server that hangs acknowledges nothing later, either.
        if not self.silent:
            kind = f"gateway.{(name or Op(op).name).lower()}"
            text = json.dumps({"op": op, "d": data, "s": seq, "t": name})
            self._queue.put_nowait(Outgoing(kind, text))

    def close(self, code: int) -> None:
        """Close the WebSocket once the queued messages are sent."""
        self.closed_by_server = True
        self._queue.put_nowait(code)

    async def write(self, hook: Hook) -> None:
        """Send queued messages until the connection ends; `hook` is called "before" each message and once it is "answered"."""
        try:
            while isinstance(item := await self._queue.get(), Outgoing):
                await hook(item.kind, "before")
                await self._send(item.text)
                await hook(item.kind, "answered")
            await self.socket.close(code=item)
        except ConnectionError:
            return

    async def _send(self, text: str) -> None:
        """As text; with transport compression as a binary frame."""
        if self._compress is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._compress(text.encode()))


@dataclass(slots=True, eq=False)
class Session:
    """One session. It outlives its connection and stores events for a RESUME.

    While `presence_timer` runs, the bot is still shown as online though the connection is lost.
    """

    intents: Intent
    shard: Shard
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    stored: deque[tuple[int, str, Json]] = field(default_factory=lambda: deque(maxlen=MAX_STORED_EVENTS))
    connection: Connection | None = None
    presence_timer: asyncio.TimerHandle | None = None

    def wants(self, event: Event) -> bool:
        """Whether this session's intents and shard cover an event."""
        return self.shard.has(event.guild_id) and event.intent & self.intents == event.intent

    def stop_presence_timer(self) -> None:
        """The session is resumed, or has ended."""
        if self.presence_timer is not None:
            self.presence_timer.cancel()
            self.presence_timer = None

    def dispatch(self, name: str, data: Json) -> None:
        """Store an event, and send it where there is a connection."""
        # Stored in any case: it may get lost on its way, and is sent again after a RESUME.
        self.seq += 1
        self.stored.append((self.seq, name, data))
        if self.connection is not None:
            self.connection.send(0, data, seq=self.seq, name=name)

    def can_resume_after(self, seq: int) -> bool:
        """Whether all events after `seq` are still stored."""
        # A number that was never sent is not of this session.
        oldest = self.stored[0][0] if self.stored else self.seq + 1
        return oldest - 1 <= seq <= self.seq

    def replay(self, seq: int) -> None:
        """Send the events after `seq` again."""
        if self.connection is None:
            return
        for number, name, data in tuple(self.stored):
            if number > seq:
                self.connection.send(0, data, seq=number, name=name)

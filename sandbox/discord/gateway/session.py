"""One gateway session: what was sent in it, so that a lost connection can be resumed."""

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.gateway.codes import Op
from sandbox.discord.gateway.events import Event, Intent
from sandbox.discord.json_types import Json
from sandbox.discord.transport import Hook

KEPT_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way to the bot; `kind` is the name under which a hook hears of it."""

    kind: str
    text: str


class Connection:
    """One websocket. What is sent is queued, so that events can be sent from anywhere and keep their order."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self.silent = False
        self.ended_by_us = False
        self.last_heartbeat = asyncio.get_running_loop().time()
        self.sent_at: deque[float] = deque()
        self._queue: asyncio.Queue[Outgoing | int] = asyncio.Queue()

    def send(self, op: int, data: object = None, *, seq: int | None = None, name: str | None = None) -> None:
        """Queue one message; it is lost while the connection is silent."""
        if not self.silent:
            kind = f"gateway.{(name or Op(op).name).lower()}"
            text = json.dumps({"op": op, "d": data, "s": seq, "t": name})
            self._queue.put_nowait(Outgoing(kind, text))

    def close(self, code: int) -> None:
        """Close the websocket after what is queued."""
        self.ended_by_us = True
        self._queue.put_nowait(code)

    async def write(self, hook: Hook) -> None:
        """Send what is queued, until the connection ends; `hook` is called "before" each message and when it is "answered"."""
        try:
            while isinstance(item := await self._queue.get(), Outgoing):
                await hook(item.kind, "before")
                await self.socket.send_str(item.text)
                await hook(item.kind, "answered")
            await self.socket.close(code=item)
        except ConnectionError:
            return


@dataclass(slots=True, eq=False)
class Session:
    """A session outlives its connection: events go on being kept for a RESUME."""

    intents: Intent
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    kept: deque[tuple[int, str, Json]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    connection: Connection | None = None

    def wants(self, event: Event) -> bool:
        """Whether this session's intents and shard cover an event."""
        index, count = self.shard
        mine = index == (0 if event.guild_id is None else (event.guild_id >> 22) % count)
        return mine and event.intent & self.intents == event.intent

    def dispatch(self, name: str, data: Json) -> None:
        """Send an event, or keep it for later."""
        self.seq += 1
        self.kept.append((self.seq, name, data))
        if self.connection is not None:
            self.connection.send(0, data, seq=self.seq, name=name)

    def can_resume_after(self, seq: int) -> bool:
        """Whether everything after `seq` is still kept."""
        oldest = self.kept[0][0] if self.kept else self.seq + 1
        return oldest - 1 <= seq <= self.seq

    def replay(self, seq: int) -> None:
        """Send again what came after `seq`."""
        if self.connection is None:
            return
        for number, name, data in tuple(self.kept):
            if number > seq:
                self.connection.send(0, data, seq=number, name=name)

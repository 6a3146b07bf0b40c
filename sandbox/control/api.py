"""The control room behind the demo page: a stream of how things are, and what one may do to them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from sandbox.control.job_history import Board
from sandbox.control.supervisor import Keeper
from sandbox.control.switches import Switch, all_switches
from sandbox.discord import DiscordStandIn
from sandbox.discord.json_types import Json, parse_object
from sandbox.discord.world.bus import Change
from sandbox.whisul import WhisulSimulator

SPEEDS = (1.0, 5.0, 20.0, 60.0)
FASTEST = 1000.0
SLOWEST = 0.1
BREATH_S = 0.15
"""Between two states that are sent: in a crowd of changes the newest is enough."""

Paces = Callable[[float], dict[str, str]]
_Act = Callable[[], Awaitable[None]]


class ControlRoom:
    """Steers the simulator, the stand-in and the bot of one demo.

    `paces` gives the bot's settings for a speed: everything that waits is as many times faster as the songs are.
    """

    def __init__(
        self, *, whisul: WhisulSimulator, discord: DiscordStandIn, keeper: Keeper, paces: Paces
    ) -> None:
        self.switches = all_switches(whisul, discord)
        self._whisul = whisul
        self._discord = discord
        self._keeper = keeper
        self._paces = paces
        self._board = Board(whisul, discord)
        self._speeds = sorted({*SPEEDS, whisul.speed})
        self._viewers: set[asyncio.Event] = set()
        self._works: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._acts: dict[str, _Act] = {
            "crash": keeper.crash,
            "restart": keeper.restart,
            "hurry": self._hurry,
            "cut": self._cut,
            "mend": self.mend,
        }
        whisul.on_change = self._wake
        self._stop_listening = discord.world.bus.listen(self._on_change)

    def add_to(self, app: web.Application) -> None:
        """Let `app` serve it."""
        app.router.add_get("/control/events", self.get_events)
        app.router.add_post("/control/switches/{name}", self.post_switch)
        app.router.add_post("/control/acts/{name}", self.post_act)
        app.router.add_post("/control/speed", self.post_speed)

    async def close(self) -> None:
        """Stop listening, and let what was begun come to its end."""
        self._stop_listening()
        self._whisul.on_change = None
        await asyncio.gather(*self._works, return_exceptions=True)

    # ---- how things are ----

    def state(self) -> Json:
        """All that the page shows."""
        return {
            **self._board.snapshot(),
            "speed": self._whisul.speed,
            "speeds": self._speeds,
            "bot": self._bot_state(),
            "crashes": self._keeper.crashes,
            "switches": [_shown(switch) for switch in self.switches],
        }

    def _bot_state(self) -> str:
        if self._keeper.is_restarting:
            return "starting"
        return "online" if self._discord.bot_online else "offline"

    async def get_events(self, request: web.Request) -> web.WebSocketResponse:
        """Send the state now, and again whenever it has changed."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        changed = asyncio.Event()
        changed.set()
        self._viewers.add(changed)
        writer = asyncio.create_task(self._write(socket, changed), name="control-writer")
        try:
            async for _ in socket:
                pass
        finally:
            self._viewers.discard(changed)
            writer.cancel()
        return socket

    async def _write(self, socket: web.WebSocketResponse, changed: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while True:
                await changed.wait()
                changed.clear()
                await socket.send_str(json.dumps(self.state()))
                await asyncio.sleep(BREATH_S)

    def _on_change(self, change: Change) -> None:
        self._board.on_change(change)
        self._wake()

    def _wake(self) -> None:
        for changed in self._viewers:
            changed.set()

    # ---- what one may do ----

    async def post_switch(self, request: web.Request) -> web.Response:
        """Turn one fault on or off."""
        body = parse_object(await request.read()) or {}
        named = [switch for switch in self.switches if switch.name == request.match_info["name"]]
        if not named or not isinstance(body.get("on"), bool):
            return _refused("There is no such switch.")
        async with self._turn:
            await named[0].set(on=body["on"])
        self._wake()
        return _json({"on": named[0].is_on})

    async def post_speed(self, request: web.Request) -> web.Response:
        """Make songs, and everything that waits, this many times faster than in reality."""
        body = parse_object(await request.read()) or {}
        speed = body.get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
            return _refused(f"A speed is a number from {SLOWEST:g} to {FASTEST:g}.")
        self._begin(self.set_speed(float(speed)))
        return _json({"speed": speed})

    async def post_act(self, request: web.Request) -> web.Response:
        """Do something once."""
        act = self._acts.get(request.match_info["name"])
        if act is None:
            return _refused("There is no such thing to do.")
        self._begin(act())
        return _json({})

    def _begin(self, work: Awaitable[None]) -> None:
        """Begin what takes its time; the stream of states tells how far it is."""

        async def through() -> None:
            self._wake()
            await work
            self._wake()

        task = asyncio.create_task(through(), name="control-work")
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def set_speed(self, speed: float) -> None:
        """Make songs this many times faster than in reality; the bot starts anew, with waits to match."""
        if speed != self._whisul.speed:
            self._whisul.speed = speed
            await self._keeper.restart(**self._paces(speed))

    async def mend(self) -> None:
        """Turn every fault off."""
        async with self._turn:
            for switch in self.switches:
                await switch.set(on=False)

    async def _hurry(self) -> None:
        self._whisul.hurry()

    async def _cut(self) -> None:
        self._discord.gateway.drop_all()


def _shown(switch: Switch) -> Json:
    return {
        "name": switch.name,
        "group": switch.group,
        "label": switch.label,
        "meaning": switch.meaning,
        "on": switch.is_on,
    }


def _json(body: Json, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def _refused(words: str) -> web.Response:
    return _json({"error": words}, status=400)

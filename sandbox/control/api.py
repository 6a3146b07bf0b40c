"""The API of the demo's control room: a WebSocket of states, switches for faults, speed, and one-off actions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from sandbox.control.job_history import JobHistory
from sandbox.control.supervisor import BotSupervisor
from sandbox.control.switches import Switch, all_switches, error_switch
from sandbox.discord import DiscordStandIn
from sandbox.discord.json_types import Json, parse_object
from sandbox.discord.world.bus import Change
from sandbox.whisul import WhisulSimulator

SPEEDS = (1.0, 5.0, 20.0, 60.0)
MAX_SPEED = 1000.0
MIN_SPEED = 0.1
MIN_SEND_INTERVAL_S = 0.15
"""The pause between two states that are sent, so that a burst of changes is sent as one state."""

SpeedSettings = Callable[[float], dict[str, str]]
_Action = Callable[[], Awaitable[None]]


class ControlApi:
    """Controls the simulator, the stand-in and the bot of one demo.

    `speed_settings` returns the bot's settings for a speed: intervals and deadlines are divided by it.
    """

    def __init__(
        self,
        *,
        whisul: WhisulSimulator,
        discord: DiscordStandIn,
        supervisor: BotSupervisor,
        speed_settings: SpeedSettings,
    ) -> None:
        self.switches = all_switches(whisul, discord)
        self._whisul = whisul
        self._discord = discord
        self._supervisor = supervisor
        self._speed_settings = speed_settings
        self._history = JobHistory(whisul, discord)
        self._speeds = sorted({*SPEEDS, whisul.speed})
        self._viewers: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._switching = asyncio.Lock()
        self._actions: dict[str, _Action] = {
            "crash": supervisor.crash,
            "restart": supervisor.restart,
            "finish-songs": self._finish_songs,
            "disconnect": self._disconnect,
            "clear-faults": self.clear_faults,
        }
        whisul.on_change = self._wake
        self._unsubscribe = discord.world.bus.subscribe(self._on_change)

    def add_to(self, app: web.Application) -> None:
        """Add the routes to `app`."""
        app.router.add_get("/control/events", self.get_events)
        app.router.add_post("/control/switches/{name}", self.post_switch)
        app.router.add_post("/control/actions/{name}", self.post_action)
        app.router.add_post("/control/speed", self.post_speed)

    async def close(self) -> None:
        """Unsubscribe from changes, and wait for running actions."""
        self._unsubscribe()
        self._whisul.on_change = None
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- state ----

    def state(self) -> Json:
        """Everything that the page shows."""
        return {
            **self._history.snapshot(),
            "speed": self._whisul.speed,
            "speeds": self._speeds,
            "bot": self._bot_state(),
            "crashes": self._supervisor.crashes,
            "switches": [_shown(switch) for switch in self.switches],
        }

    def _bot_state(self) -> str:
        if self._supervisor.is_restarting:
            return "starting"
        return "online" if self._discord.bot_online else "offline"

    async def get_events(self, request: web.Request) -> web.WebSocketResponse:
        """Send the state now, and after every change."""
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
                # After sending: a single change is shown at once, a burst in few states.
                await asyncio.sleep(MIN_SEND_INTERVAL_S)

    def _on_change(self, change: Change) -> None:
        self._history.on_change(change)
        self._wake()

    def _wake(self) -> None:
        for changed in self._viewers:
            changed.set()

    # ---- actions ----

    async def post_switch(self, request: web.Request) -> web.Response:
        """Turn one switch on or off."""
        body = parse_object(await request.read()) or {}
        switch = self._switch(request.match_info["name"])
        if switch is None or not isinstance(body.get("on"), bool):
            return _refused("There's no such switch.")
        # Two clicks in a row must not begin and end a fault at the same time.
        async with self._switching:
            await switch.set(on=body["on"])
        self._wake()
        return _json({"on": switch.is_on})

    def _switch(self, name: str) -> Switch | None:
        """The switch of this name. One of an error code is added when it is first used: there are too many to show."""
        for switch in self.switches:
            if switch.name == name:
                return switch
        if (added := error_switch(self._discord, name)) is not None:
            self.switches.append(added)
        return added

    async def post_speed(self, request: web.Request) -> web.Response:
        """Set how many times faster than in reality songs are made and the bot waits."""
        body = parse_object(await request.read()) or {}
        speed = body.get("speed")
        if (
            isinstance(speed, bool)
            or not isinstance(speed, int | float)
            or not MIN_SPEED <= speed <= MAX_SPEED
        ):
            return _refused(f"Use a speed from {MIN_SPEED:g} to {MAX_SPEED:g}.")
        self._start(self.set_speed(float(speed)))
        return _json({"speed": speed})

    async def post_action(self, request: web.Request) -> web.Response:
        """Start a one-off action."""
        action = self._actions.get(request.match_info["name"])
        if action is None:
            return _refused("There's no such action.")
        self._start(action())
        return _json({})

    def _start(self, action: Awaitable[None]) -> None:
        """Run an action in the background, and send the state before and after it."""

        async def run() -> None:
            self._wake()
            await action
            self._wake()

        task = asyncio.create_task(run(), name="control-action")
        # The event loop holds tasks only weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def set_speed(self, speed: float) -> None:
        """Set the simulator's speed, and restart the bot with the matching settings."""
        if speed != self._whisul.speed:
            self._whisul.speed = speed
            await self._supervisor.restart(**self._speed_settings(speed))

    async def clear_faults(self) -> None:
        """Turn all switches off."""
        async with self._switching:
            for switch in self.switches:
                await switch.set(on=False)

    async def _finish_songs(self) -> None:
        self._whisul.hurry()

    async def _disconnect(self) -> None:
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


def _refused(message: str) -> web.Response:
    return _json({"error": message}, status=400)

"""HTTP endpoints for supervisors: `/healthz` (liveness) and `/readyz` (readiness)."""

import asyncio
import errno
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.errors import ExitCode, Fatal

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

Check = Callable[[], Awaitable[str | None]]
"""Checks one condition; returns None if it holds, else the reason why not."""

CHECK_TIMEOUT_S = 4.0
"""Below the usual time-out of supervisors, 5 s."""

SET_OPS_PORT = "Set OPS_PORT to a free port; 0 switches /healthz, /readyz and /metrics off."

_OK, _UNAVAILABLE = 200, 503


class Health:
    """Liveness: the tasks that must not end while the program runs."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def watch(self, tasks: Mapping[str, asyncio.Task[None]]) -> None:
        """Include these tasks in the report."""
        self._tasks.update(tasks)

    def report(self) -> dict[str, bool]:
        """For each task whether it is running."""
        return {name: not task.done() for name, task in self._tasks.items()}

    def is_healthy(self) -> bool:
        """Whether there are tasks and all of them are running."""
        # Without tasks it is still starting, which is not healthy yet.
        return bool(self._tasks) and all(self.report().values())

    async def answer(self, _request: web.Request) -> web.Response:
        """`{"healthy": bool, "tasks": {name: bool}}`."""
        healthy = self.is_healthy()
        return web.json_response(
            {"healthy": healthy, "tasks": self.report()}, status=_OK if healthy else _UNAVAILABLE
        )


class Readiness:
    """Readiness: runs all checks for each request, and answers after `timeout_s` at the latest."""

    def __init__(self, checks: Mapping[str, Check], *, timeout_s: float = CHECK_TIMEOUT_S) -> None:
        self._checks = checks
        self._timeout_s = timeout_s
        self._running_checks: dict[str, asyncio.Task[str | None]] = {}

    async def answer(self, _request: web.Request) -> web.Response:
        """`{"ready": bool, "checks": {name: {"ok": bool, "why": str | null}}}`; the status is 200 or 503."""
        asking = {name: self._start_check(name) for name in self._checks}
        # `wait` cancels nothing: late checks go on for the next request.
        await asyncio.wait(asking.values(), timeout=self._timeout_s)
        late = f"no answer within {self._timeout_s:g} s"
        whys = {name: task.result() if task.done() else late for name, task in asking.items()}
        ready = not any(whys.values())
        checks = {name: {"ok": why is None, "why": why} for name, why in whys.items()}
        return web.json_response({"ready": ready, "checks": checks}, status=_OK if ready else _UNAVAILABLE)

    def _start_check(self, name: str) -> asyncio.Task[str | None]:
        """Start a check, or return the running one of an earlier request.

        A slow check is neither started twice nor cancelled: a database driver cannot abandon a statement at once.
        """
        task = self._running_checks.get(name)
        if task is None:
            task = asyncio.create_task(_result_of(self._checks[name]), name=f"ready: {name}")
            self._running_checks[name] = task
            # Removed when done, so that the next request starts a new one.
            task.add_done_callback(lambda _: self._running_checks.pop(name))
        return task


async def _result_of(question: Check) -> str | None:
    try:
        return await question()
    except Exception as error:  # noqa: BLE001 - any error is the reason
        return f"{type(error).__name__}: {error}"[:300]


@asynccontextmanager
async def serve(handlers: Mapping[str, Handler], *, host: str, port: int) -> AsyncGenerator[None, None]:
    """Serve each path; port 0 disables the server.

    Raises:
        Fatal: the address cannot be bound. The bot could run without it, but unmonitored.
    """
    if port == 0:
        yield
        return
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise Fatal(f"{bind_error(host, port, error)}. {SET_OPS_PORT}", ExitCode.SETTINGS) from error
        log.info("ops_endpoint_started", address=f"http://{host}:{port}", paths=list(handlers))
        yield
    finally:
        # Also after a failed bind: the runner was set up before.
        await runner.cleanup()


def bind_error(host: str, port: int, error: OSError) -> str:
    """Why the address cannot be bound, as a sentence."""
    match error.errno:
        case errno.EADDRINUSE:
            return f"OPS_PORT {port} is in use by another program"
        case errno.EACCES:
            return f"OPS_PORT {port} needs rights that the bot does not have"
        case _:
            return f"OPS_HOST {host} is no address of this machine"

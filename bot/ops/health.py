"""The endpoint for supervisors: `/healthz` says whether the program lives, `/readyz` whether it can make songs."""

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
"""Asks one thing; answers None when all is well, and why it is not otherwise."""

CHECK_TIMEOUT_S = 4.0
"""Below the 5 s after which supervisors commonly give up asking."""

SET_OPS_PORT = "Set OPS_PORT to a free port; 0 switches /healthz, /readyz and /metrics off."

_OK, _UNAVAILABLE = 200, 503


class Health:
    """Knows the tasks that must not end while the program runs."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def watch(self, tasks: Mapping[str, asyncio.Task[None]]) -> None:
        """Report these tasks from now on."""
        self._tasks.update(tasks)

    def report(self) -> dict[str, bool]:
        """For each task whether it lives."""
        return {name: not task.done() for name, task in self._tasks.items()}

    def is_healthy(self) -> bool:
        """Whether there are tasks, and every one of them lives."""
        return bool(self._tasks) and all(self.report().values())

    async def answer(self, _request: web.Request) -> web.Response:
        """`{"healthy": bool, "tasks": {name: bool}}`."""
        healthy = self.is_healthy()
        return web.json_response(
            {"healthy": healthy, "tasks": self.report()}, status=_OK if healthy else _UNAVAILABLE
        )


class Readiness:
    """Asks each of several questions anew for every request; `within_s` is the time that they have for it."""

    def __init__(self, checks: Mapping[str, Check], *, timeout_s: float = CHECK_TIMEOUT_S) -> None:
        self._checks = checks
        self._timeout_s = timeout_s
        self._running_checks: dict[str, asyncio.Task[str | None]] = {}

    async def answer(self, _request: web.Request) -> web.Response:
        """`{"ready": bool, "checks": {name: {"ok": bool, "why": str | null}}}`; the status is 200 or 503."""
        asking = {name: self._start_check(name) for name in self._checks}
        await asyncio.wait(asking.values(), timeout=self._timeout_s)
        late = f"no answer within {self._timeout_s:g} s"
        whys = {name: task.result() if task.done() else late for name, task in asking.items()}
        ready = not any(whys.values())
        checks = {name: {"ok": why is None, "why": why} for name, why in whys.items()}
        return web.json_response({"ready": ready, "checks": checks}, status=_OK if ready else _UNAVAILABLE)

    def _start_check(self, name: str) -> asyncio.Task[str | None]:
        """Ask, unless the question is still open: it is not asked twice at a time, and not interrupted either.

        A driver in the middle of a statement does not let go of it at once.
        """
        task = self._running_checks.get(name)
        if task is None:
            task = asyncio.create_task(_result_of(self._checks[name]), name=f"ready: {name}")
            self._running_checks[name] = task
            task.add_done_callback(lambda _: self._running_checks.pop(name))
        return task


async def _result_of(question: Check) -> str | None:
    try:
        return await question()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return f"{type(error).__name__}: {error}"[:300]


@asynccontextmanager
async def serve(handlers: Mapping[str, Handler], *, host: str, port: int) -> AsyncGenerator[None, None]:
    """Serve each path; port 0 switches it off.

    Raises:
        Fatal: the address cannot be had. The bot would work without, and nobody could see whether it does.
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
        await runner.cleanup()


def bind_error(host: str, port: int, error: OSError) -> str:
    """What keeps an address from being listened on."""
    match error.errno:
        case errno.EADDRINUSE:
            return f"OPS_PORT {port} is in use by another program"
        case errno.EACCES:
            return f"OPS_PORT {port} needs rights that the bot does not have"
        case _:
            return f"OPS_HOST {host} is no address of this machine"

"""The health endpoint: `GET /healthz` answers 200 while the event loop turns and every task lives, else 503."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)


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

    async def answer(self, _request: web.Request) -> web.Response:
        """`{"healthy": bool, "tasks": {name: bool}}`."""
        tasks = self.report()
        healthy = bool(tasks) and all(tasks.values())
        return web.json_response({"healthy": healthy, "tasks": tasks}, status=200 if healthy else 503)


@asynccontextmanager
async def served(health: Health, *, host: str, port: int) -> AsyncGenerator[None, None]:
    """Serve the endpoint; port 0 switches it off. A port that is taken is no reason not to make songs."""
    if port == 0:
        yield
        return
    app = web.Application()
    app.router.add_get("/healthz", health.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("health_served", address=f"http://{host}:{port}/healthz")
    except OSError as error:
        log.warning("health_not_served", error=str(error), remedy="set OPS_PORT to a free port, or to 0")
    try:
        yield
    finally:
        await runner.cleanup()

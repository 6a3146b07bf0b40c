"""Announcements between the processes that share a PostgreSQL database, by LISTEN and NOTIFY.

They only make the others look sooner: each is also found by a slow poll, so one that is lost costs seconds and nothing else.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import text

from bot.concurrency import Wakeup
from bot.store.database import Database
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

CHANNEL = "whisul_bot"
RECONNECT_S = 5.0
MAX_AT_ONCE = 1000

_NOTIFY = text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload")


class Announcements:
    """Sends announcements, and calls `on_received` with the words of each one of another process."""

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._waiting: dict[str, None] = {}
        self._wakeup = Wakeup()

    def send(self, *words: object) -> None:
        """Announce something soon; equal announcements that wait together are sent once."""
        self._waiting[" ".join(map(str, (self._owner, *words)))] = None
        self._wakeup.wake()

    async def run_sender(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await self._wakeup.sleep(None)
            await self.flush()

    async def flush(self) -> None:
        """Send what waits now; what cannot be sent is dropped."""
        while payloads := list(self._waiting)[:MAX_AT_ONCE]:
            for payload in payloads:
                del self._waiting[payload]
            try:
                await self._database.write(
                    lambda connection, payloads=payloads: connection.execute(
                        _NOTIFY, {"channel": CHANNEL, "payloads": payloads}
                    ).all()
                )
            except StoreError as error:
                log.info("not_announced", error=str(error), effect="the others find it by themselves")

    async def run_listener(self, on_received: Callable[[list[str]], None]) -> None:
        """Listen until cancelled, with a new connection whenever one is lost."""

        def received(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            owner, *words = str(payload).split(" ")
            if owner != self._owner:
                on_received(words)

        while True:
            try:
                await self._listen(received)
            except StoreError as error:
                log.info("not_listening", error=str(error), effect="announcements are found later")
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self, received: Callable[..., Any]) -> None:
        """Listen until the connection is lost."""
        async with self._database.driver_connection() as driver:
            lost = asyncio.Event()
            driver.add_termination_listener(lambda _connection: lost.set())  # pyright: ignore[reportUnknownLambdaType]
            await driver.add_listener(CHANNEL, received)
            await lost.wait()

"""Notices to the service manager that started the program: systemd's protocol, one datagram for each notice.

They go to the socket that `NOTIFY_SOCKET` names; where none is named (no systemd, or another Type), nothing is sent.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger(__name__)

STATUS_EVERY_S = 15.0
"""How often the status line is looked after where no watchdog asks for more."""


class SystemdNotifier:
    """What systemd is told. `address` is the socket's path, `@…` in the abstract namespace; None: tell nobody.

    `watchdog_s` is the time after which systemd takes the program for dead; None where it does not watch.
    """

    def __init__(self, *, address: str | None, watchdog_s: float | None) -> None:
        self._address = address
        self._watchdog_s = watchdog_s
        self._status: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "SystemdNotifier":
        """As systemd has set them for this process."""
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = meant and watchdog_us.isdigit() and int(watchdog_us) > 0
        return cls(
            address=environment.get("NOTIFY_SOCKET") or None,
            watchdog_s=int(watchdog_us) / 1_000_000 if watched else None,
        )

    def ready(self) -> None:
        """The program has started: what it had in hand goes on."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The program is about to end."""
        self._send("STOPPING=1", "STATUS=stopping")

    async def run(self, *, is_healthy: Callable[[], bool], status: Callable[[], str]) -> None:
        """Send signs of life and the status line until cancelled.

        A sign of life is sent from the event loop and only while `is_healthy`: where either hangs, systemd restarts the
        program. The status line is sent when it has changed.
        """
        if self._address is None:
            await asyncio.get_running_loop().create_future()
        while True:
            lines = ["WATCHDOG=1"] if self._watchdog_s and is_healthy() else []
            if (now := status()) != self._status:
                self._status = now
                lines.append(f"STATUS={now}")
            self._send(*lines)
            await asyncio.sleep(self._watchdog_s / 3 if self._watchdog_s else STATUS_EVERY_S)

    def _send(self, *lines: str) -> None:
        if self._address is None or not lines:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
                datagrams.setblocking(False)
                datagrams.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            # systemd decides what a missing notice means; the songs do not depend on it.
            log.info("systemd_notification_not_sent", notice=lines[0], error=str(error))

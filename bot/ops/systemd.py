"""systemd's notification protocol (`sd_notify`): one datagram for each notification.

They are sent to the socket in `NOTIFY_SOCKET`; without it (no systemd, or another service type) nothing is sent.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger(__name__)

STATUS_EVERY_S = 15.0
"""How often the status line is checked without a watchdog."""


class SystemdNotifier:
    """Sends notifications. `address` is the socket's path, `@…` in the abstract namespace; None: nothing is sent.

    `watchdog_s` is the watchdog time-out in seconds; None without a watchdog.
    """

    def __init__(self, *, address: str | None, watchdog_s: float | None) -> None:
        self._address = address
        self._watchdog_s = watchdog_s
        self._status: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "SystemdNotifier":
        """From the variables that systemd sets for this process."""
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        # The variables are inherited by child processes, which must not answer the watchdog.
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = meant and watchdog_us.isdigit() and int(watchdog_us) > 0
        return cls(
            address=environment.get("NOTIFY_SOCKET") or None,
            watchdog_s=int(watchdog_us) / 1_000_000 if watched else None,
        )

    def ready(self) -> None:
        """The loops run."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The program is shutting down."""
        self._send("STOPPING=1", "STATUS=stopping")

    async def run(self, *, is_healthy: Callable[[], bool], status: Callable[[], str]) -> None:
        """Send watchdog notifications, and the status line when it has changed, until cancelled.

        A watchdog notification is sent from the event loop and only while `is_healthy`: systemd restarts a program whose
        event loop is blocked or one of whose tasks has ended.
        """
        if self._address is None:
            # Never returns: a loop that ends counts as a failure, and the program ends with it.
            await asyncio.get_running_loop().create_future()
        while True:
            lines = ["WATCHDOG=1"] if self._watchdog_s and is_healthy() else []
            if (now := status()) != self._status:
                self._status = now
                lines.append(f"STATUS={now}")
            self._send(*lines)
            # Three times per time-out, so that one late notification is not fatal.
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
            # Not fatal: systemd restarts the program if watchdog notifications are missing.
            log.info("systemd_notification_not_sent", notice=lines[0], error=str(error))

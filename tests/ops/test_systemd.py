import asyncio
import os
import socket
import uuid
from collections.abc import Generator

import pytest

from bot.ops.systemd import SystemdNotifier


class Manager:
    """The service manager's end of the socket, in the abstract namespace."""

    def __init__(self) -> None:
        self.address = f"@whisul-{uuid.uuid4()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{self.address[1:]}")
        self.socket.setblocking(False)

    async def next_notification(self) -> list[str]:
        """The lines of the next notification."""
        async with asyncio.timeout(60):
            return (await asyncio.get_running_loop().sock_recv(self.socket, 4096)).decode().split("\n")


@pytest.fixture
def manager() -> Generator[Manager]:
    manager = Manager()
    yield manager
    manager.socket.close()


def environment(manager: Manager, **others: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": manager.address, **others}


async def test_start_and_stop_are_notified(manager: Manager) -> None:
    systemd = SystemdNotifier.from_environment(environment(manager))
    systemd.ready()
    assert await manager.next_notification() == ["READY=1"]
    systemd.stopping()
    assert await manager.next_notification() == ["STOPPING=1", "STATUS=stopping"]


async def test_watchdog_is_notified_while_healthy_and_status_on_change(manager: Manager) -> None:
    systemd = SystemdNotifier.from_environment(
        environment(manager, WATCHDOG_USEC="30000", WATCHDOG_PID=str(os.getpid()))
    )
    well, status = True, "connecting"
    running = asyncio.create_task(systemd.run(is_healthy=lambda: well, status=lambda: status))
    assert await manager.next_notification() == ["WATCHDOG=1", "STATUS=connecting"]
    assert await manager.next_notification() == ["WATCHDOG=1"]
    well, status = False, "online"
    assert await until(manager, "STATUS=online") == ["STATUS=online"]
    running.cancel()
    await asyncio.wait([running])


async def until(manager: Manager, line: str) -> list[str]:
    """The next notification with this line; earlier ones are skipped."""
    while line not in (notice := await manager.next_notification()):
        pass
    return notice


@pytest.mark.parametrize(
    "others",
    [{}, {"WATCHDOG_USEC": "30000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}],
    ids=["none", "another process's", "unreadable", "off"],
)
async def test_a_watchdog_of_another_process_is_not_notified(
    manager: Manager, others: dict[str, str]
) -> None:
    systemd = SystemdNotifier.from_environment(environment(manager, **others))
    running = asyncio.create_task(systemd.run(is_healthy=lambda: True, status=lambda: "online"))
    assert await manager.next_notification() == ["STATUS=online"]
    running.cancel()
    await asyncio.wait([running])


async def test_a_missing_socket_is_ignored() -> None:
    gone = SystemdNotifier(address="@whisul-nobody", watchdog_s=None)
    gone.ready()
    nobody = SystemdNotifier.from_environment({})
    nobody.ready()
    running = asyncio.create_task(nobody.run(is_healthy=lambda: True, status=lambda: "online"))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])

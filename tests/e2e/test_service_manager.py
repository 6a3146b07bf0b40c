"""Notifications to systemd over a real socket, and the unit file."""

import asyncio
import socket
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.rig import PATIENCE_S, Rig


@dataclass
class Manager:
    """The service manager's end of `NOTIFY_SOCKET`."""

    path: str
    socket: socket.socket

    async def until(self, line: str) -> list[str]:
        """Every notified line up to and including this one."""
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while line not in lines:
                datagram = await asyncio.get_running_loop().sock_recv(self.socket, 4096)
                lines += datagram.decode().split("\n")
        return lines


@pytest.fixture
def manager() -> Generator[Manager]:
    # Not in pytest's own folder: the path of a socket may have 107 characters.
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
    ):
        path = str(Path(folder) / "notify")
        receiver.bind(path)
        receiver.setblocking(False)
        yield Manager(path, receiver)


async def test_systemd_gets_ready_watchdog_and_stopping(rig: Rig, manager: Manager) -> None:
    await rig.bot.start(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="300000")
    begun = await manager.until("READY=1")
    assert begun == ["READY=1"]
    lived = await manager.until(f"STATUS=online in {len(rig.discord.world.guilds)} servers")
    assert "STATUS=connecting to Discord" in lived
    assert "WATCHDOG=1" in lived
    await manager.until("WATCHDOG=1")
    await rig.discord.go_down()
    await manager.until("STATUS=connecting to Discord")
    assert await rig.bot.stop() == 0
    assert (await manager.until("STATUS=stopping"))[-2:] == ["STOPPING=1", "STATUS=stopping"]


async def test_a_start_that_fails_is_never_called_ready(rig: Rig, manager: Manager) -> None:
    rig.database.parent.mkdir()
    rig.database.write_bytes(b"this is no database" * 100)
    await rig.bot.start(NOTIFY_SOCKET=manager.path)
    async with asyncio.timeout(PATIENCE_S):
        assert await rig.bot.process.wait() == 74
    with pytest.raises(BlockingIOError):
        manager.socket.recv(4096)

import socket
from pathlib import Path

from bot.diagnostics.machine import MIN_FREE_BYTES, free_space_result, port_result
from bot.ops.health import Health, serve


async def test_the_port_of_a_running_unhealthy_bot_is_recognised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serve({"/healthz": Health().answer}, host="127.0.0.1", port=port):
        assert (await port_result("127.0.0.1", port)).what == f"a bot is running on 127.0.0.1:{port}"
    assert (await port_result("127.0.0.1", port)).what == f"127.0.0.1:{port} is free"


def test_a_nearly_full_disk_fails() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES).is_ok
    assert "Free up at least 256 MiB" in (free_space_result(Path("/data"), MIN_FREE_BYTES - 1).remedy or "")


def test_the_copy_before_a_migration_needs_space_too() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES + 7, copy_bytes=7).is_ok
    short = free_space_result(Path("/data"), MIN_FREE_BYTES + 6, copy_bytes=7)
    assert "Free up at least 257 MiB: the bot copies" in (short.remedy or "")

import socket
from pathlib import Path

from bot.diagnostics.findings import CheckResult, as_text, exit_code
from bot.diagnostics.machine import MIN_FREE_BYTES, free_space_result, port_result
from bot.diagnostics.remote import DiscordAnswer, application_results, gateway_result
from bot.errors import ExitCode
from bot.ops.health import Health, serve


async def test_the_port_of_a_running_unhealthy_bot_is_recognised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serve({"/healthz": Health().answer}, host="127.0.0.1", port=port):
        assert (await port_result("127.0.0.1", port)).what == f"a bot answers on 127.0.0.1:{port}"
    assert (await port_result("127.0.0.1", port)).what == f"127.0.0.1:{port} is free"


def test_the_first_failed_check_decides_the_exit_code() -> None:
    first = CheckResult("a", "x", "do this", ExitCode.DATABASE)
    second = CheckResult("b", "y", "do that", ExitCode.SETTINGS)
    assert exit_code([CheckResult("c", "z"), first, second]) is ExitCode.DATABASE
    assert exit_code([CheckResult("c", "z")]) is ExitCode.OK
    assert as_text([CheckResult("c", "z"), first]).splitlines() == ["✓ c: z", "✗ a: x", "  → do this"]


def test_a_nearly_full_disk_fails() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES).is_ok
    assert "Free at least 256 MiB" in (free_space_result(Path("/data"), MIN_FREE_BYTES - 1).remedy or "")


def test_the_copy_before_a_migration_needs_space_too() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES + 7, copy_bytes=7).is_ok
    short = free_space_result(Path("/data"), MIN_FREE_BYTES + 6, copy_bytes=7)
    assert "Free at least 257 MiB: a copy" in (short.remedy or "")


def test_an_application_that_cannot_be_invited_fails() -> None:
    findings = application_results(
        DiscordAnswer(200, {"id": "1", "name": "x", "bot_require_code_grant": True})
    )
    assert [each.name for each in findings if not each.is_ok] == ["application"]


def test_an_exhausted_session_limit_fails() -> None:
    assert not gateway_result(DiscordAnswer(200, {"session_start_limit": {"remaining": 0}})).is_ok

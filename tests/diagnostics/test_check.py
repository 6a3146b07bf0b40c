import socket
from pathlib import Path

from bot.diagnostics.findings import CheckResult, as_text, exit_code
from bot.diagnostics.machine import MIN_FREE_BYTES, free_space_result, port_result
from bot.diagnostics.remote import DiscordAnswer, application_results, gateway_result
from bot.errors import ExitCode
from bot.ops.health import Health, serve


async def test_a_bot_that_is_unwell_holds_its_own_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serve({"/healthz": Health().answer}, host="127.0.0.1", port=port):
        assert (await port_result("127.0.0.1", port)).what == f"a bot answers on 127.0.0.1:{port}"
    assert (await port_result("127.0.0.1", port)).what == f"127.0.0.1:{port} is free"


def test_the_first_trouble_decides_how_it_ends() -> None:
    first = CheckResult("a", "x", "do this", ExitCode.DATABASE)
    second = CheckResult("b", "y", "do that", ExitCode.SETTINGS)
    assert exit_code([CheckResult("c", "z"), first, second]) is ExitCode.DATABASE
    assert exit_code([CheckResult("c", "z")]) is ExitCode.OK
    assert as_text([CheckResult("c", "z"), first]).splitlines() == ["✓ c: z", "✗ a: x", "  → do this"]


def test_a_nearly_full_disk_is_red() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES).is_ok
    assert "Free at least 256 MiB" in (free_space_result(Path("/data"), MIN_FREE_BYTES - 1).remedy or "")


def test_there_has_to_be_room_for_the_copy_before_a_migration_too() -> None:
    assert free_space_result(Path("/data"), MIN_FREE_BYTES + 7, copy_bytes=7).is_ok
    short = free_space_result(Path("/data"), MIN_FREE_BYTES + 6, copy_bytes=7)
    assert "Free at least 257 MiB: a copy" in (short.remedy or "")


def test_an_application_that_no_link_can_invite_is_red() -> None:
    findings = application_results(
        DiscordAnswer(200, {"id": "1", "name": "x", "bot_require_code_grant": True})
    )
    assert [each.name for each in findings if not each.is_ok] == ["application"]


def test_no_sessions_left_is_red() -> None:
    assert not gateway_result(DiscordAnswer(200, {"session_start_limit": {"remaining": 0}})).is_ok

"""The check for known vulnerabilities, run with a vulnerability service of the tests' own."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.whisul_server import FarSide, Reply, answer, far_side, hang_up, json_answer, silence

ROOT = Path(__file__).resolve().parents[2]
HASH = f"--hash=sha256:{'0' * 64}"
LOCKED = f"left-pad==1.3.0 {HASH}\nright-pad==1.0.0 {HASH}\n"
CLEAN = json_answer({})
VULNERABLE = json_answer(
    {
        "vulns": [
            {
                "id": "PYSEC-2026-1",
                "summary": "It pads on the wrong side",
                "affected": [
                    {
                        "package": {"name": "left-pad", "ecosystem": "PyPI"},
                        "ranges": [
                            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3.1"}]}
                        ],
                    }
                ],
            }
        ]
    }
)


async def audited(
    tmp_path: Path, url: str, *, locked: str = LOCKED, answer_timeout_s: int = 60
) -> tuple[int, str]:
    """Run the script on a lock file; returns its exit code and what it said."""
    lock_file = tmp_path / "locked.txt"
    lock_file.write_text(locked, encoding="utf-8")
    command = [
        *(sys.executable, "scripts/audit.py", str(lock_file)),
        *("--osv-url", url, "--answer-timeout", str(answer_timeout_s)),
    ]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    ended = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout.strip()


def packages_asked_for(side: FarSide) -> list[str]:
    return sorted(json.loads(request.body)["package"]["name"] for request in side.seen)


async def test_a_known_vulnerability_is_named_and_ends_the_check(tmp_path: Path) -> None:
    async with far_side(VULNERABLE, CLEAN) as service:
        ended = await audited(tmp_path, service.url)
        assert packages_asked_for(service) == ["left-pad", "right-pad"]
    assert ended == (1, "error: left-pad 1.3.0 has PYSEC-2026-1 (mended in 1.3.1)")


async def test_locked_packages_without_a_known_vulnerability_pass(tmp_path: Path) -> None:
    async with far_side(CLEAN) as service:
        assert await audited(tmp_path, service.url) == (
            0,
            "2 locked packages, none with a known vulnerability",
        )


@pytest.mark.parametrize(
    "reply",
    [answer(503), answer(403), answer(200, "<html>Log in to the network</html>"), hang_up, silence],
    ids=["503", "403", "HTML", "hang-up", "silence"],
)
async def test_a_service_that_cannot_be_reached_is_a_warning_and_no_more(
    tmp_path: Path, reply: Reply
) -> None:
    async with far_side(reply) as service:
        code, said = await audited(tmp_path, service.url, answer_timeout_s=2 if reply is silence else 60)
    assert code == 0
    assert said.startswith("warning: the packages were not audited: ")


@pytest.mark.parametrize("locked", ["left-pad>=1.3.0\n", "left-pad==1.3.0\n"])
async def test_a_lock_file_that_cannot_be_audited_ends_the_check(tmp_path: Path, locked: str) -> None:
    async with far_side(CLEAN) as service:
        code, said = await audited(tmp_path, service.url, locked=locked)
    assert code == 1
    assert said.startswith("error: the packages were not audited: ")


async def test_every_lock_file_can_be_audited(tmp_path: Path) -> None:
    async with far_side(CLEAN) as service:
        for lock_file in (ROOT / "requirements").glob("*.txt"):
            code, said = await audited(tmp_path, service.url, locked=lock_file.read_text(encoding="utf-8"))
            assert code == 0, said
            assert "none with a known vulnerability" in said
    assert "discord-py" in packages_asked_for(service)

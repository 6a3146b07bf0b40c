"""The check for known vulnerabilities, against a fake vulnerability service."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whisul_server import FarSide, Reply, answer, far_side, hang_up, json_answer, silence

ROOT = Path(__file__).resolve().parents[2]
HASH = f"--hash=sha256:{'0' * 64}"
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


async def audited(url: str, *lock_files: Path, answer_timeout_s: int = 60) -> tuple[int, str]:
    """Run the script on lock files; returns its exit code and what it said."""
    command = [
        *(sys.executable, "scripts/audit.py", *map(str, lock_files)),
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


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return a_lock_file(tmp_path, f"left-pad==1.3.0 {HASH}\nright-pad==1.0.0 {HASH}\n")


def a_lock_file(folder: Path, text: str) -> Path:
    lock_file = folder / "locked.txt"
    lock_file.write_text(text, encoding="utf-8")
    return lock_file


async def test_a_known_vulnerability_is_named_and_ends_the_check(locked: Path) -> None:
    async with far_side(VULNERABLE, CLEAN) as service:
        ended = await audited(service.url, locked)
        assert packages_asked_for(service) == ["left-pad", "right-pad"]
    assert ended == (1, "error: left-pad 1.3.0 has PYSEC-2026-1 (mended in 1.3.1)")


async def test_a_service_that_cannot_be_reached_is_a_warning_and_no_more(locked: Path) -> None:
    async def warned(reply: Reply) -> bool:
        async with far_side(reply) as service:
            code, said = await audited(service.url, locked, answer_timeout_s=2 if reply is silence else 60)
        return code == 0 and said.startswith("warning: the packages were not audited: ")

    login = answer(200, "<html>Log in to the network</html>")
    faults = {"503": answer(503), "HTML": login, "hang-up": hang_up, "silence": silence}
    outcomes = await asyncio.gather(*map(warned, faults.values()))
    assert dict(zip(faults, outcomes, strict=True)) == dict.fromkeys(faults, True)


async def test_a_lock_file_without_hashes_ends_the_check(tmp_path: Path) -> None:
    locked = a_lock_file(tmp_path, "left-pad==1.3.0\n")
    async with far_side(CLEAN) as service:
        code, said = await audited(service.url, locked)
    assert code == 1
    assert said.startswith("error: the packages were not audited: ")


async def test_all_lock_files_can_be_audited_and_pass() -> None:
    async with far_side(CLEAN) as service:
        code, said = await audited(service.url)
    assert (code, said.partition(", ")[2]) == (0, "none with a known vulnerability")
    assert {"discord-py", "hikari"} <= set(packages_asked_for(service))

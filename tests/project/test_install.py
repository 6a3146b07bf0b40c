"""`scripts/install.py` reports its progress and exits as pip does."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "install.py"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / "tiny_package-1.0-py3-none-any.whl"
    info = "tiny_package-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny_package.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def installed(wheel: Path, digest: str) -> tuple[int, str]:
    """The exit code and the output of an installation from the folder of the wheel."""
    lock = wheel.with_name("lock.txt")
    lock.write_text(f"tiny-package==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    away = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheel.parent),
        "PIP_TARGET": str(wheel.parent / "there"),
    }
    environment = {**os.environ, "PIP_CONFIG_FILE": os.devnull, **away}
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(SCRIPT), str(lock)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout


def test_each_package_is_named_while_it_is_fetched(wheel: Path) -> None:
    code, said = installed(wheel, hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert code == 0
    assert said.splitlines() == [f"  fetching {wheel.name}", "  installing them"]
    assert (wheel.parent / "there" / "tiny_package.py").exists()


def test_a_package_with_another_hash_is_not_installed(wheel: Path) -> None:
    code, said = installed(wheel, "0" * 64)
    assert code != 0
    assert "installing" not in said
    assert not (wheel.parent / "there").exists()

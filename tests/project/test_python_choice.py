"""`scripts/python` chooses the Python of a new environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "python"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four Pythons; `python3.14` is an older one."""
    for name, version in {"3.14": (3, 10), "3.13": (3, 13), "3.12": (3, 12), "3.11": (3, 11)}.items():
        python = tmp_path / f"python{name}"
        python.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = {version}; $2"\n'
        )
        python.chmod(0o755)
    return tmp_path


def chosen(folder: Path, **environment: str) -> tuple[int, str, str]:
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603 - our own script
        [str(SCRIPT)],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout.strip(), ended.stderr.strip()


def test_the_newest_python_that_suits_is_chosen(folder: Path) -> None:
    assert chosen(folder) == (0, "python3.13", "")


def test_the_python_that_is_named_is_chosen(folder: Path) -> None:
    assert chosen(folder, PYTHON="python3.11") == (0, "python3.11", "")


def test_a_named_python_that_is_too_old_is_refused_in_one_sentence(folder: Path) -> None:
    code, printed, said = chosen(folder, PYTHON="python3.14")
    assert (code, printed) == (1, "")
    assert said.startswith("python3.14 is not Python 3.11 or newer")
    assert len(said.splitlines()) == 1

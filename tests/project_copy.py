"""A copy of the project that a test may change and check."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (
    ".git",
    ".venv",
    ".pythons",
    ".*_cache",
    ".hypothesis",
    ".coverage*",
    "data",
    "site",
    "htmlcov",
    "node_modules",
)


def copied(folder: Path) -> Path:
    """A copy of the project in a new folder, without what is made in it, and with a link to the packages."""
    copy = shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(root: Path, *command: str, **more: str) -> str:
    """Run a tool of the locked packages in a copy, with `more` environment variables; returns what it said.

    Raises:
        AssertionError: it did not end with 0; tells what it said.
    """
    # What measures and divides the tests out here is no business of those in there.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))
    }
    tools = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    ended = subprocess.run(  # noqa: S603 - our own tools
        command,
        cwd=root, env={**environment, "PATH": tools, **more}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, f"{' '.join(command)} ended with {ended.returncode}:\n{said[-6000:]}"
    return said

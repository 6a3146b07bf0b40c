"""What a forked process does: `python -m bot` with its arguments, environment, folder and outputs."""

import io
import os
import resource
import runpy
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

import coverage

MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
OUTSIDE = Path(__file__).parent / "outside"


class ForkRequest(TypedDict):
    """What to run; paths are absolute, and the outputs exist."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    out: str
    err: str
    max_file_bytes: int


def run(asked: ForkRequest) -> None:
    """From here on it is a process like any other: its own environment, folder, log, signals and exit code."""
    environment = asked["environment"]
    _, hard_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["max_file_bytes"], hard_limit))
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(asked["folder"])
    for output, stream in ((asked["out"], sys.stdout), (asked["err"], sys.stderr)):
        assert isinstance(stream, io.TextIOWrapper), "it was opened by Python"
        stream.reconfigure(encoding=environment.get("PYTHONIOENCODING", "utf-8"))
        file = os.open(output, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, stream.fileno())
        os.close(file)
    if str(OUTSIDE) in environment.get("PYTHONPATH", "").split(os.pathsep):
        runpy.run_path(str(OUTSIDE / "sitecustomize.py"))
    is_measured = any(map(os.environ.get, MEASURING))
    measuring: Any = coverage.process_startup() if is_measured else None
    sys.argv = ["bot", *asked["arguments"]]
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    finally:
        if measuring is not None:
            measuring.stop()
            measuring.save()

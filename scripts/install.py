"""Installs a lock file into the environment whose Python runs this: `install.py requirements/demo.txt`.

Prints a line for each package while it is fetched. Byte code is compiled for what is used, when it is first used: pip
would compile every file of every package, which takes longer than to fetch them.
"""

import os
import re
import subprocess
import sys

PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile")
# The lists are complete, so pip need not resolve anything: pip 23 would take a package's extra for a second, unpinned
# requirement once a newer version is out.
AS_LOCKED = ("--require-hashes", "--no-deps", "--requirement")
FETCHES = re.compile(r"(?:Collecting|Processing) (?:\S*/)?([^/\s]+)")
INSTALLS = "Installing collected packages"


def main(lock_file: str) -> int:
    """Install it; returns pip's exit code."""
    command = [*PIP, *AS_LOCKED, lock_file]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as pip:  # noqa: S603 - our own command
        for line in pip.stdout or ():
            if fetches := FETCHES.match(line):
                print(f"  fetching {fetches[1]}", flush=True)
            elif line.startswith(INSTALLS):
                print("  installing them", flush=True)
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

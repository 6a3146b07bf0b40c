"""The bot as a process of its own, with settings that point it at the simulator and the stand-in."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

ROOT = Path(__file__).resolve().parents[1]
STOP_TIMEOUT_S = 15.0
RUN = ("-m", "bot", "run")


class Process(Protocol):
    """The part of `asyncio.subprocess.Process` that is used."""

    @property
    def pid(self) -> int:
        """Its process ID."""
        ...

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""
        ...

    async def wait(self) -> int:
        """Wait for its exit code."""
        ...

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal, unless it has exited."""

    def kill(self) -> None:
        """Send SIGKILL."""


def bot_settings(
    *,
    discord_token: str,
    discord_api_url: str,
    discord_gateway_url: str,
    whisul_url: str,
    whisul_key: str,
    media_host: str,
    database: Path,
    **others: str,
) -> dict[str, str]:
    """The environment variables of a bot in the sandbox; `others` are added and take precedence."""
    return {
        "DISCORD_TOKEN": discord_token,
        "DISCORD_API_URL": discord_api_url,
        "DISCORD_GATEWAY_URL": discord_gateway_url,
        "WHISUL_API_URL": whisul_url,
        "WHISUL_API_KEY": whisul_key,
        "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "MEDIA_PRIVATE_HOSTS": media_host,
        "OPS_PORT": "0",
        **others,
    }


class BotProcess:
    """`python -m bot run`, started in `folder`, which holds no other settings. Its output goes to `log_file`.

    `command` replaces the arguments to Python.
    """

    def __init__(
        self, settings: Mapping[str, str], *, folder: Path, log_file: Path, command: Sequence[str] = RUN
    ) -> None:
        self._settings = dict(settings)
        self._folder = folder
        self._log_file = log_file
        self._command = command
        self._process: Process | None = None

    def twin(self, log_file: Path, **changed: str) -> Self:
        """Another process with the same settings, except the `changed` ones."""
        settings = {**self._settings, **changed}
        return type(self)(settings, folder=self._folder, log_file=log_file, command=self._command)

    @property
    def settings(self) -> dict[str, str]:
        """Its settings, as environment variables."""
        return dict(self._settings)

    @property
    def process(self) -> Process:
        """The running or ended process."""
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self._process is not None

    @property
    def log(self) -> str:
        """The output of all starts."""
        return self._log_file.read_text(encoding="utf-8", errors="replace") if self._log_file.exists() else ""

    async def start(self, **changed: str) -> None:
        """Start it; `changed` settings stay in effect for later starts."""
        self._settings.update(changed)
        # Its own settings last: variables of this process's environment must not replace them.
        self._process = await self._spawned({**os.environ, "PYTHONPATH": str(ROOT), **self._settings})

    async def _spawned(self, environment: dict[str, str]) -> Process:
        # The child has its own descriptor. Appended: one log of all starts.
        with self._log_file.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, *self._command, cwd=self._folder, env=environment, stdout=log, stderr=log
            )

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the exit code; after STOP_TIMEOUT_S it is killed, which the code shows."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                return await self.process.wait()
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """Kill it, as a crash would end it; returns its exit code."""
        if self.process.returncode is None:
            self.process.kill()
        return await self.process.wait()

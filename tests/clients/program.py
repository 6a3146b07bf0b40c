"""A client program as a subprocess that reports JSON lines on stdout."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord import DiscordStandIn

WAIT_S = 60.0
"""Long enough for a busy machine; nothing waits for it when things go well."""


@dataclass(slots=True)
class Program:
    """A running client program. `lines` holds its unread reports, one JSON object each, with an `event`."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    updated: asyncio.Event = field(default_factory=asyncio.Event)

    async def reported(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for a report with this event and these fields, and remove it from `lines`.

        Raises:
            AssertionError: it reports an error, or ends; or it does not report that within `WAIT_S` seconds.
        """
        expected = {"event": event, **fields}
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    for line in self.lines:
                        assert line["event"] not in ("ERROR", "END"), line
                        if line.items() >= expected.items():
                            self.lines.remove(line)
                            return line
                    self.updated.clear()
                    await self.updated.wait()
        except TimeoutError:
            raise AssertionError(f"no such report: {expected}, but {self.lines}") from None

    async def read(self) -> None:
        """Read its output until it exits; lines that are not JSON, such as warnings of the library, go to stderr."""
        assert self.process.stdout is not None
        async for text in self.process.stdout:
            if text.startswith(b"{"):
                self.lines.append(json.loads(text))
                self.updated.set()
            else:
                sys.stderr.write(text.decode())
        self.lines.append({"event": "END", "code": await self.process.wait()})
        self.updated.set()


@asynccontextmanager
async def running(command: Sequence[str], stand_in: DiscordStandIn) -> AsyncGenerator[Program]:
    """The program while it runs; the stand-in is given in its environment."""
    environment = os.environ | {"DISCORD_API": stand_in.api_url, "DISCORD_TOKEN": stand_in.token}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    program = Program(process)
    reading = asyncio.create_task(program.read())
    try:
        yield program
    finally:
        if process.returncode is None:
            process.kill()
        await reading

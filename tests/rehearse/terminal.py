"""The person at the terminal."""

import asyncio
import os
import sys
from collections.abc import Callable

from tests.rehearse.scene import Scene
from tests.rehearse.steps import Step

YES = ("y", "yes")
SKIP = ("s", "skip")
_READ_BYTES = 4096


class Terminal:
    """Asks at the terminal, and reads lines while steps are waited for. At the end of the input every answer is no."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._begun = b""
        self._has_ended = False

    def open(self) -> None:
        """Begin to read standard input."""
        try:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)
        except OSError:  # a file or /dev/null, which cannot be waited for
            self._has_ended = True

    def close(self) -> None:
        """Stop reading."""
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def _read(self) -> None:
        # Not through sys.stdin, whose buffer would keep further lines, for which nothing calls this again.
        read = os.read(sys.stdin.fileno(), _READ_BYTES)
        if not read:
            self._has_ended = True
            self._lines.put_nowait("")
            self.close()
        *lines, self._begun = (self._begun + read).split(b"\n")
        for line in lines:
            self._lines.put_nowait(line.decode(errors="replace").strip().lower())

    async def agrees(self, question: str) -> bool:
        """Ask; only yes is yes."""
        self._say(f"   {question} [y = yes, anything else = no]")
        return await self._answer() in YES

    async def act(self, step: Step, scene: Scene) -> None:  # noqa: ARG002 - the person reads what to do
        """Say how to skip the step."""
        if not step.starts_bot:
            self._say("   Waiting for it. [s + Enter = skip this step]")

    async def restore(self, step: Step) -> None:  # noqa: ARG002 - as above
        """Wait until the person says that it is done."""
        self._say("   [Enter when that is done]")
        await self._answer()

    async def _answer(self) -> str:
        """The next line. What was typed before the question does not count; nothing, if there are no more lines."""
        while not self._lines.empty():
            self._lines.get_nowait()
        return "" if self._has_ended else await self._lines.get()

    def gives_up(self) -> bool:
        """Whether a line says so, or no more lines come."""
        while not self._lines.empty():
            if self._lines.get_nowait() in SKIP:
                return True
        return self._has_ended

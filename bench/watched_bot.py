"""The real bot, with a tracker that notes how late each look began: `python -m bench.watched_bot FILE`.

FILE gets pairs of doubles: when a look began (monotonic seconds), and how many seconds after it was due. They are written
as they come, in pieces, so that the bot may be killed at any moment.
"""

import sys
from array import array
from pathlib import Path
from typing import Any

from bot import app
from bot.__main__ import main
from bot.clock import Clock
from bot.generation.poller import Poller

PIECE = 512


def watched(file: Path) -> type[Poller]:
    """The poller, noting how late each look begins."""

    class WatchedPoller(Poller):
        _notes = array("d")

        def _start_poll(self, followed: Any) -> None:
            now, first = Clock().monotonic(), self._due.first()
            self._notes.extend((now, now - first[0] if first else 0.0))
            if len(self._notes) >= PIECE:
                with file.open("ab") as opened:
                    self._notes.tofile(opened)
                del self._notes[:]
            super()._start_poll(followed)

    return WatchedPoller


def late_s(file: Path, *, began: float, ended: float) -> list[float]:
    """How late the looks were that began between two moments; empty where there were less than a piece so far."""
    notes = array("d")
    notes.frombytes(file.read_bytes() if file.exists() else b"")
    return [late for at, late in zip(notes[::2], notes[1::2], strict=True) if began <= at < ended]


if __name__ == "__main__":
    setattr(app, "Poller", watched(Path(sys.argv[1])))  # noqa: B010 - to the type checker a class is no variable
    main(["run"])

"""Changes the environment of the bot's process where a test cannot change the machine.

Python runs this module before anything else of a process whose PYTHONPATH names this folder. The bot knows nothing of it.

`OUTSIDE_CLOCK`: a file with a number of seconds by which the machine's wall clock is off, read anew at each look at
the clock. Whoever reads it is concerned: the bot, discord.py, the logs, TLS. Monotonic time is left alone, as by a real step.

`OUTSIDE_FREE_BYTES`: so much room is said to be left on every disk.

`OUTSIDE_CALLS`: a file that gets a line `path:function` for each function of the program at its first call after the last
SIGUSR1, in this order.

`OUTSIDE_MODES_BIND`: root gives up the right to ignore files' modes, as every other user has to.
"""

import ctypes
import datetime as dt
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from types import CodeType, FrameType

CAPABILITY_VERSION_3 = 0x20080522
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2


def step_the_clock(file: Path) -> None:
    """Replace the reads of the wall clock by reads that are off."""
    true_time = time.time
    true_datetime = dt.datetime

    def off_s() -> float:
        return float(file.read_text(encoding="ascii"))

    def stepped() -> float:
        return true_time() + off_s()

    def stepped_ns() -> int:
        return int(stepped() * 1e9)

    class Meta(type(true_datetime)):
        """Values that were made in C are no instances of the class below, and must pass for such."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, true_datetime)

    class SteppedDatetime(true_datetime, metaclass=Meta):
        """The class that everybody gets."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return true_datetime.fromtimestamp(stepped(), tz)

        @classmethod
        def utcnow(cls) -> dt.datetime:
            return true_datetime.fromtimestamp(stepped(), dt.UTC).replace(tzinfo=None)

    for before, after in (
        (true_time, stepped),
        (time.time_ns, stepped_ns),
        (true_datetime, SteppedDatetime),
    ):
        replace_everywhere(before, after)


def replace_everywhere(before: object, after: object) -> None:
    """Replace what modules hold under any name: a forked process has loaded them before."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is before:
                setattr(module, name, after)


def let_modes_bind() -> None:
    """Give up the two capabilities by which root ignores files' modes."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget failed")
    kept = ~(1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH) & 0xFFFFFFFF
    for place in (0, 1, 2):  # effective, permitted, inheritable: the first 32 of each
        sets[place] &= kept
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset failed")


def say_what_is_free(free: int) -> None:
    """Replace the check of free space, since a test cannot fill the disk."""
    usage = shutil.disk_usage("/")
    shutil.disk_usage = lambda _: usage._replace(used=usage.total - free, free=free)


def record_calls(file: Path) -> None:
    """Write down which functions of the program are called, in the order of their first calls."""
    root = Path(__file__).parents[3]
    packages = tuple(f"{root / package}{os.sep}" for package in ("bot", "cogs"))
    seen: set[CodeType] = set()

    def record(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code not in seen and code.co_filename.startswith(packages):
            seen.add(code)
            with file.open("a", encoding="utf-8") as calls:
                calls.write(f"{Path(code.co_filename).relative_to(root)}:{code.co_qualname}\n")

    def begin_anew(*_: object) -> None:
        seen.clear()
        file.write_bytes(b"")

    begin_anew()
    signal.signal(signal.SIGUSR1, begin_anew)
    sys.setprofile(record)
    threading.setprofile(record)


if free_bytes := os.environ.get("OUTSIDE_FREE_BYTES"):
    say_what_is_free(int(free_bytes))
if clock := os.environ.get("OUTSIDE_CLOCK"):
    step_the_clock(Path(clock))
if os.environ.get("OUTSIDE_MODES_BIND"):
    let_modes_bind()
if calls := os.environ.get("OUTSIDE_CALLS"):
    record_calls(Path(calls))

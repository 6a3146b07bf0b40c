"""`python -m bot run` with an event loop that reports every callback with a long CPU time.

Processor time of the loop's own thread is counted, not time on the clock: on a busy machine every callback takes long on
the clock. It is told in terms of a machine of known speed, so that the same bound holds on slow ones and fast ones; a virtual machine
is several times as slow for a tenth of a second now and then, so its speed is measured again after each slow callback.
"""

import asyncio
import json
import os
import runpy
import sys
import time
from asyncio import events
from typing import Any

COMMAND = ("-m", "tests.e2e.watched_loop")
REPORTED_FROM_S = "WATCHED_LOOP_REPORTS_FROM_S"
REPORT = '{"slow_callback_s"'
"""How each report begins."""


REFERENCE_S = 0.01
"""What `_reference` takes on the machine in whose terms times are told."""


def _reference() -> float:
    began = time.thread_time()
    letters = {chr(number): number for number in range(60_000)}
    sum(number for letter, number in letters.items() if letter.isalpha())
    return time.thread_time() - began


def watch(from_s: float) -> None:
    """Have each callback measured from now on."""
    slowness = min(_reference() for _ in range(5)) / REFERENCE_S
    run = events.Handle._run  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]

    def measured(handle: Any) -> None:
        # Before it runs: a task that has ended no longer says where it was. Of other owners not all can be shown.
        owner: object = getattr(handle._callback, "__self__", None)
        what = f"{owner}" if isinstance(owner, asyncio.Task) else repr(handle)
        began = time.thread_time()
        run(handle)
        spent_s = (time.thread_time() - began) / slowness
        if spent_s >= from_s:
            spent_s /= max(slowness, *(_reference() / REFERENCE_S for _ in range(3))) / slowness
        if spent_s >= from_s:
            line = json.dumps({"slow_callback_s": round(spent_s, 4), "what": what})
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    events.Handle._run = measured  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    watch(float(os.environ[REPORTED_FROM_S]))
    sys.argv = ["bot", "run"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)

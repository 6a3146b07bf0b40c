"""The path of one `/compose`, as docs/architecture.md describes it."""

import re
import signal
from pathlib import Path

from tests.e2e.actions import ordered
from tests.e2e.outside_world import PYTHONPATH
from tests.e2e.rig import Rig

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
STEP = re.compile(r"^\d+\. `(?P<file>[\w/]+\.py)` `(?P<function>[\w.]+)`", re.MULTILINE)
MAX_STEPS = 25


async def test_a_compose_takes_the_documented_steps_in_this_order(rig: Rig, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    await rig.start(PYTHONPATH=PYTHONPATH, OUTSIDE_CALLS=str(calls))
    rig.bot.process.send_signal(signal.SIGUSR1)
    order = await ordered(rig, user="ada")
    rig.whisul.finish(order.job_id)
    await rig.post("music")
    await rig.bot.stop()
    called = calls.read_text("utf-8").splitlines()
    steps = [f"{step['file']}:{step['function']}" for step in STEP.finditer(ARCHITECTURE.read_text("utf-8"))]
    assert 0 < len(steps) <= MAX_STEPS
    assert [step for step in called if step in steps] == steps

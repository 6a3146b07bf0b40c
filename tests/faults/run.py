"""One run: songs are requested, the bot is killed and restarted until everything is final."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord import Refused
from sandbox.discord.application.interactions import ACKNOWLEDGE_LIMIT_S
from tests.e2e.forked_bot import ForkedBot
from tests.faults.play import RUN_LIMIT_S
from tests.faults.points import Plan
from tests.faults.scenes import play_of
from tests.faults.stage import staged
from tests.faults.verdict import Verdict

LOG_TAIL_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that is over. `kills` says how many of the planned ones were reached."""

    plan: Plan
    verdict: Verdict
    kills: int
    took_s: float
    log_tail: str


async def carried_out(plan: Plan, folder: Path, migrated: Path | None = None) -> Outcome:
    """Carry a run out in an empty folder, with a copy of an empty database where one is given.

    It ends in any case; what hangs shows in the verdict.
    """
    began = time.monotonic()
    kind = play_of(plan)
    async with staged(folder, world=None, bot_class=ForkedBot, migrated=migrated, **kind.settings) as rig:
        play = kind(rig, plan)
        rig.whisul.on_request = play.around
        rig.discord.on_request(play.around)
        rig.discord.on_event(play.around)
        trouble = list[str]()
        try:
            async with asyncio.timeout(RUN_LIMIT_S):
                await play.performed()
        except (TimeoutError, AssertionError, Refused) as error:
            trouble.append(f"it did not come to an end ({type(error).__name__})")
        if not play.bad_exits and (code := await rig.bot.stop()):
            trouble.append(f"the bot did not stop as asked: code {code}")
        if plan.kills and not play.killer.done:
            trouble.append("the kill was never reached")
        # Discord tells those whom the bot never answered.
        rig.discord.jump(ACKNOWLEDGE_LIMIT_S + 1)
        verdict = play.verdict()
        verdict.other.extend(trouble)
        return Outcome(
            plan, verdict, play.killer.done, time.monotonic() - began, rig.bot.log[-LOG_TAIL_CHARS:]
        )

"""One run of several bots, from their start to the verdict."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord import Refused
from sandbox.discord.application.interactions import ACKNOWLEDGE_LIMIT_S
from tests.faults.group.plan import GroupPlan
from tests.faults.group.play import RUN_LIMIT_S, WAIT_S, GroupPlay
from tests.faults.group.stage import ALLOWED, BURST, CALLS_PER_S, Group, staged_group
from tests.faults.group.verdict import exceeded, not_silent, over_budget, unforeseen, wrongly_left
from tests.faults.verdict import Verdict, judged

LOG_TAIL_CHARS = 20000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOutcome:
    """A run that is over.

    `leads_s`, `serves_s` and `calls_s` are the seconds from the strike until others led, had all sessions, and called Whisul;
    None where that was not struck.
    """

    plan: GroupPlan
    verdict: Verdict
    leads_s: float | None
    serves_s: float | None
    calls_s: float | None
    took_s: float
    log_tail: str


async def carried_out(plan: GroupPlan, server: Path, folder: Path, *, processes: int) -> GroupOutcome:
    """Carry a run out in an empty folder, with a database of its own on the server. What hangs shows in the verdict."""
    began = time.monotonic()
    async with staged_group(server, folder, processes=processes) as group:
        play = GroupPlay(group, plan)
        try:
            async with asyncio.timeout(RUN_LIMIT_S):
                await play.performed()
        except (TimeoutError, AssertionError, Refused, ExceptionGroup) as error:
            play.trouble.append(f"it did not come to an end ({error!r})")
        if play.struck_at is None:
            play.trouble.append("the point was never reached")
        # Discord tells those whom no bot has answered.
        group.rig.discord.jump(ACKNOWLEDGE_LIMIT_S + 1)
        verdict = await _verdict(group, play)
        verdict.other.extend(play.trouble)
        return GroupOutcome(
            plan=plan,
            verdict=verdict,
            leads_s=play.leads_s,
            serves_s=play.serves_s,
            calls_s=_calls_s(play),
            took_s=time.monotonic() - began,
            log_tail=group.log_tail(LOG_TAIL_CHARS),
        )


async def _verdict(group: Group, play: GroupPlay) -> Verdict:
    verdict = judged(await play.requests(), messages=play.messages(), submitted=play.submitted())
    calls = [each for each in group.rig.whisul.requests if each.kind in ("submit", "poll")]
    verdict.other += exceeded(await play.rows(), allowed=ALLOWED)
    verdict.other += over_budget(calls, per_s=CALLS_PER_S, burst=BURST)
    verdict.other += not_silent(calls, wait_s=WAIT_S)
    verdict.other += wrongly_left(await group.query("SELECT guild_id, left_at FROM guilds"))
    verdict.other += [f"a bot ended with code {code}" for code in play.bad_exits]
    verdict.other += unforeseen("\n".join(bot.log for bot in group.bots))
    return verdict


def _calls_s(play: GroupPlay) -> float | None:
    """Of a killed leader, which cannot have called any more."""
    if (
        play.plan.act != "kill"
        or play.plan.target == "other"
        or play.plan.told_to_wait
        or play.struck_at is None
    ):
        return None
    calls = [each for each in play.group.rig.whisul.requests if each.kind in ("submit", "poll")]
    after = [each.at - play.struck_at for each in calls]
    return min((each for each in after if each > 0.1), default=None)

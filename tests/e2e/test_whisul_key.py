"""An API key that is refused, and later accepted again."""

import asyncio

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.whisul import DEFAULT_API_KEY, Delay
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import (
    completes,
    compose_all,
    log_lines,
    polls,
    submits,
    until_logged,
)

WAITS = "rejects my API key"


def _says_that_it_waits(asked: SeenInteraction) -> bool:
    return asked.answer is not None and WAITS in words(asked.answer)


def _assert_said_once(rig: Rig) -> None:
    assert [line["level"] for line in log_lines(rig, "whisul_key_refused")] == ["error"]
    assert len(log_lines(rig, "whisul_key_accepted")) == 1
    assert DEFAULT_API_KEY not in rig.bot.log


async def test_requests_wait_for_the_key_and_go_out_by_themselves(ready: Rig) -> None:
    ready.whisul.api_key = "another"
    first, second = await ready.compose("one"), await ready.compose("two", user="bela")
    await ready.until(lambda: _says_that_it_waits(first))
    await ready.until(lambda: _says_that_it_waits(second))
    # Each is tried now and then, and back in the queue after that.
    await ready.until_all(lambda row: row["state"] == "queued", number=2)
    assert ready.whisul.submits == []
    ready.whisul.api_key = DEFAULT_API_KEY
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 2)
    await ready.until(lambda: not _says_that_it_waits(first))
    await ready.until(lambda: not _says_that_it_waits(second))
    for submit in ready.whisul.submits:
        await completes(ready, submit.job_id)
    assert len(ready.posts()) == len(ready.whisul.submits) == 2
    _assert_said_once(ready)


async def test_a_card_says_what_its_request_waits_for_whenever_that_changes(rig: Rig) -> None:
    rig.whisul.script("submit", Delay(0.5, when="before"))
    rig.whisul.api_key = "another"
    await rig.start(MAX_RUNNING_JOBS="1")
    await rig.compose("one")
    await rig.until_whisul(lambda: submits(rig))
    asked = await rig.compose("two", user="bela")
    await rig.until(lambda: asked.answer and "All slots are busy" in words(asked.answer))
    await rig.until(lambda: _says_that_it_waits(asked))
    rig.whisul.api_key = DEFAULT_API_KEY
    await rig.until(lambda: asked.answer and "All slots are busy" in words(asked.answer))
    await completes(rig, rig.whisul.submits[0].job_id)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await completes(rig, rig.whisul.submits[1].job_id)


async def test_a_key_refused_while_polling_stops_all_polls_but_rare_probes(ready: Rig) -> None:
    jobs = await compose_all(ready, ["one", "two", "three"])
    await ready.until_whisul(lambda: len({request.path for request in polls(ready)}) == 3)
    ready.whisul.api_key = "another"
    await until_logged(ready, "whisul_key_refused")
    before = len(polls(ready))
    asked = await ready.compose("four")
    await ready.until(lambda: _says_that_it_waits(asked))
    assert len(ready.whisul.submits) == 3
    await asyncio.sleep(1.5)
    assert len(polls(ready)) - before <= 5  # 0.1 s, then twice as long each time; unhindered it would be 45
    assert [row["state"] for row in ready.rows()][:3] == ["running"] * 3
    assert ready.posts() == []
    ready.whisul.api_key = DEFAULT_API_KEY
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 4)
    for job_id in (*jobs.values(), ready.whisul.submits[3].job_id):
        await completes(ready, job_id)
    _assert_said_once(ready)

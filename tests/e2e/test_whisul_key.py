"""The key that stops working, and works again."""

import asyncio

import pytest

from sandbox.discord.seen import SeenInteraction
from sandbox.whisul import DEFAULT_API_KEY, Delay, failing
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_days import (
    completes,
    compose_all,
    log_lines,
    polls,
    start_and_compose,
    submits,
    until_logged,
)

WAITS = "does not accept this bot's key"


def _says_that_it_waits(asked: SeenInteraction) -> bool:
    return asked.answer is not None and WAITS in words(asked.answer)


def _assert_said_once(rig: Rig) -> None:
    assert [line["level"] for line in log_lines(rig, "whisul_key_refused")] == ["error"]
    assert len(log_lines(rig, "whisul_key_accepted")) == 1
    assert DEFAULT_API_KEY not in rig.bot.log


async def test_requests_wait_for_the_key_and_go_out_by_themselves(rig: Rig) -> None:
    await rig.start()
    rig.whisul.api_key = "another"
    first, second = await rig.compose("one"), await rig.compose("two", user="bela")
    await rig.until(lambda: _says_that_it_waits(first))
    await rig.until(lambda: _says_that_it_waits(second))
    assert [row["state"] for row in rig.rows()] == ["queued", "queued"]
    assert rig.whisul.submits == []
    rig.whisul.api_key = DEFAULT_API_KEY
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await rig.until(lambda: not _says_that_it_waits(first))
    await rig.until(lambda: not _says_that_it_waits(second))
    for submit in rig.whisul.submits:
        await completes(rig, submit.job_id)
    assert len(rig.posts()) == len(rig.whisul.submits) == 2
    _assert_said_once(rig)


async def test_a_card_says_what_its_request_waits_for_whenever_that_changes(rig: Rig) -> None:
    rig.whisul.script("submit", Delay(0.5, when="before"))
    rig.whisul.api_key = "another"
    await rig.start(MAX_RUNNING_JOBS="1")
    await rig.compose("one")
    await rig.until_whisul(lambda: submits(rig))
    asked = await rig.compose("two", user="bela")
    await rig.until(lambda: asked.answer and "All places are taken" in words(asked.answer))
    await rig.until(lambda: _says_that_it_waits(asked))
    rig.whisul.api_key = DEFAULT_API_KEY
    await rig.until(lambda: asked.answer and "All places are taken" in words(asked.answer))
    await completes(rig, rig.whisul.submits[0].job_id)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await completes(rig, rig.whisul.submits[1].job_id)


async def test_a_forbidden_key_is_as_good_as_a_refused_one(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", failing(403), times=3)
    asked = await rig.compose("one")
    await rig.until(lambda: _says_that_it_waits(asked))
    await rig.until_whisul(lambda: rig.whisul.submits)
    await completes(rig, rig.whisul.submits[0].job_id)
    assert len(submits(rig)) == 4
    _assert_said_once(rig)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_while_polling_stops_all_looks_but_rare_probes(
    rig: Rig, status: int
) -> None:
    await rig.start()
    jobs = await compose_all(rig, ["one", "two", "three"])
    await rig.until_whisul(lambda: len({request.path for request in polls(rig)}) == 3)
    rig.whisul.script("poll", failing(status), times=None)
    await until_logged(rig, "whisul_key_refused")
    before = len(polls(rig))
    await asyncio.sleep(1.5)
    assert len(polls(rig)) - before <= 5  # 0.1 s, then twice as long each time; unhindered it would be 45
    assert [row["state"] for row in rig.rows()] == ["running"] * 3
    assert rig.posts() == []
    rig.whisul.clear_script()
    for job_id in jobs.values():
        await completes(rig, job_id)
    _assert_said_once(rig)


async def test_looks_that_were_on_their_way_do_not_put_the_first_probe_off(rig: Rig) -> None:
    await rig.start()
    jobs = await compose_all(rig, [f"song {number}" for number in range(12)])
    rules = [rig.whisul.script("poll", Delay(0.5, when="before"), job_id=job_id) for job_id in jobs.values()]
    await rig.until_whisul(lambda: all(rule.is_over for rule in rules))
    rig.whisul.api_key = "another"
    await until_logged(rig, "whisul_key_refused")
    await asyncio.sleep(0.7)
    rig.whisul.api_key = DEFAULT_API_KEY
    for job_id in jobs.values():
        await completes(rig, job_id)
    _assert_said_once(rig)


async def test_a_new_request_waits_too_while_polling_is_refused(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, "one")
    rig.whisul.api_key = "another"
    await until_logged(rig, "whisul_key_refused")
    asked = await rig.compose("two")
    await rig.until(lambda: _says_that_it_waits(asked))
    rig.whisul.api_key = DEFAULT_API_KEY
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await completes(rig, job_id)
    await completes(rig, rig.whisul.submits[1].job_id)

"""Malformed interactions: the bot survives, spends nothing, and reveals nothing."""

import asyncio
import random

import pytest
from hypothesis import Phase, given, seed, settings

from sandbox.discord.application import interaction_payloads
from sandbox.discord.gateway.events import NO_INTENT, Event
from sandbox.discord.json_types import Json
from tests.e2e.actions import ordered
from tests.e2e.forged_interactions import TOKEN as FORGED_TOKEN
from tests.e2e.forged_interactions import forged
from tests.e2e.rig import TOKEN, Rig, words
from tests.fuzzing import cases

CASES = cases(10_000, share=20)
BATCH = 100
OTHERS: dict[str, dict[str, object]] = {
    "songs list": {"scope": "server", "text": "rain"},
    "limits": {},
    "privacy delete": {},
    "config show": {},
    "config limit": {"scope": "server", "songs": "9", "per": "hour"},
}
"""Commands that have options of other kinds, or that only some may use."""


def send(rig: Rig, payload: Json) -> None:
    """Send this event over the bot's gateway session."""
    rig.discord.gateway.dispatch(Event("INTERACTION_CREATE", payload, NO_INTENT, None))


async def genuine_ones(rig: Rig) -> list[Json]:
    """What Discord sends for commands, from a server, a thread and a direct message, and for what is typed into one."""
    world = rig.discord.world
    places = [rig.channel("music"), world.add_thread("music", "jam", owner="ada"), world.open_dm("ada")]
    seen = [await rig.discord.command(user="ada", channel="music", name="compose", options={"prompt": " "})]
    for place in places:
        options = {"job_id": "#1"}
        seen.append(await rig.discord.command(user="ada", channel=place, name="job status", options=options))
    for name, options in OTHERS.items():
        seen.append(await rig.discord.command(user="ada", channel="music", name=name, options=options))
    await rig.until(lambda: all(asked.acknowledged for asked in seen))
    events = [interaction_payloads.event(world, asked) for asked in seen]
    events[0]["data"]["options"][0]["value"] = "a forged song"
    return events


def made_up(genuine: list[Json]) -> list[Json]:
    """Forgeries of these; the seed that pytest prints makes the same ones again."""
    payloads: list[Json] = []

    @seed(random.getrandbits(32))
    @settings(max_examples=CASES, phases=[Phase.generate], database=None)
    @given(forged(genuine))
    def collect(payload: Json) -> None:
        payloads.append(payload)

    collect()
    return payloads


async def still_answers(rig: Rig) -> None:
    """Assert that all earlier events were read: a look-up is answered, on the same session."""
    asked = await rig.discord.command(
        user="bela", channel="music", name="job status", options={"job_id": "ffffffff"}
    )
    assert "I can't find a job" in words(await rig.until(lambda: asked.answer))
    assert len(rig.discord.identifies) == 1


async def test_an_interaction_that_cannot_be_read_costs_only_itself(ready: Rig) -> None:
    payloads: list[Json] = [
        {},
        {"type": 2},
        {"id": "x", "token": FORGED_TOKEN, "type": 3, "data": {}},
        {"type": []},
    ]
    for payload in payloads:
        send(ready, payload)
    await still_answers(ready)
    assert ready.bot.log.count("event_unreadable") == 4
    assert FORGED_TOKEN not in ready.bot.log


@pytest.mark.hypothesis
@pytest.mark.timeout(1800)
async def test_forged_interactions_cost_nothing_and_tell_nothing(ready: Rig) -> None:
    payloads = await asyncio.to_thread(
        made_up, await genuine_ones(ready)
    )  # the far side stays there meanwhile
    assert len(payloads) > CASES * 0.9
    for start in range(0, len(payloads), BATCH):
        for number, payload in enumerate(payloads[start : start + BATCH], start):
            if "token" in payload:
                payload["token"] = f"{FORGED_TOKEN}{number}"
            if "id" in payload and isinstance(payload["id"], str):
                payload["id"] = str(10**18 + number) if payload["id"].isdigit() else payload["id"]
            send(ready, payload)
        await still_answers(ready)
    assert ready.rows() == []
    assert ready.whisul.requests == []
    order = await ordered(ready, "a song after all that")
    ready.whisul.finish(order.job_id)
    await ready.post()
    for secret in (FORGED_TOKEN, TOKEN, ready.whisul.api_key):
        assert secret not in ready.bot.log

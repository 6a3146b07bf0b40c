"""The stand-in's rate limits: which requests share one, what exceeds it, and what the headers say."""

import aiohttp
import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.rest.faults import Fault
from sandbox.discord.rest.rate_limits import RateLimits
from tests.sandbox.still_clock import StillClock

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def limits(clock: StillClock) -> RateLimits:
    return RateLimits(clock)


def taken(limits: RateLimits, kind: str, **path: str) -> Fault | None:
    """Count a request; returns the 429 that it gets."""
    return limits.take(kind, path, counts_globally="token" not in path)[1]


def scope_of(fault: Fault | None) -> str | None:
    return fault and fault.headers.get("X-RateLimit-Scope", "none")


WEBHOOK = {"application": "1", "token": "a"}


@pytest.mark.parametrize(
    ("kind", "path", "requests", "per_s"),
    [
        ("message.create", {"channel": "1"}, 5, 5.0),
        ("message.edit", {"channel": "1"}, 5, 5.0),
        ("message.delete", {"channel": "1"}, 5, 1.0),
        ("reaction.put", {"channel": "1"}, 1, 0.25),
        ("followup", WEBHOOK, 5, 2.0),
    ],
)
def test_a_bucket_takes_so_many_requests_in_each_window(
    limits: RateLimits, clock: StillClock, kind: str, path: dict[str, str], requests: int, per_s: float
) -> None:
    for _ in range(2):
        assert [scope_of(taken(limits, kind, **path)) for _ in range(requests)] == [None] * requests
        clock.jump(per_s - 0.01)
        over = taken(limits, kind, **path)
        assert over is not None
        assert isinstance(over.body, dict)
        assert (over.status, scope_of(over), over.body["global"]) == (429, "user", False)
        assert over.body["retry_after"] == pytest.approx(0.01, abs=0.001)
        clock.jump(0.011)


def test_routes_share_a_bucket_and_major_parameters_divide_it(limits: RateLimits) -> None:
    limits.set("message.create", limit=1, per_s=HOUR_S)
    assert taken(limits, "message.create", channel="1") is None
    assert taken(limits, "message.create", channel="1")
    assert taken(limits, "message.create", channel="2") is None
    assert taken(limits, "message.edit", channel="1", message="3") is None
    assert taken(limits, "reaction.put", channel="1", message="3") is None
    assert taken(limits, "reaction.delete", channel="1", message="4")
    for kind in ("followup", "original.edit", "original.delete", "followup.edit", "followup.get"):
        assert taken(limits, kind, **WEBHOOK) is None
    assert taken(limits, "original.get", **WEBHOOK)
    assert taken(limits, "original.get", application="1", token="b") is None


def test_a_bot_has_50_requests_a_second_beside_its_interactions(
    limits: RateLimits, clock: StillClock
) -> None:
    for number in range(50):
        assert taken(limits, "message.create", channel=str(number)) is None
    assert scope_of(taken(limits, "user.get", user="1")) == "global"
    assert taken(limits, "callback", interaction="1", token="a") is None
    clock.jump(1)
    assert taken(limits, "user.get", user="1") is None


def test_10000_invalid_responses_in_10_minutes_block_the_address(
    limits: RateLimits, clock: StillClock
) -> None:
    def answer(status: int, times: int, scope: str = "user") -> None:
        for _ in range(times):
            limits.answered(status, {"X-RateLimit-Scope": scope})

    answer(403, 9_999)
    clock.jump(600)
    answer(401, 5_000)
    answer(429, 4_999)
    answer(429, 1, scope="shared")
    answer(404, 1)
    assert taken(limits, "user.get") is None
    answer(403, 1)
    for path in ({}, WEBHOOK):
        blocked = taken(limits, "followup", **path)
        assert blocked
        assert (blocked.status, "Via" in blocked.headers) == (429, False)
    clock.jump(DAY_S)
    assert taken(limits, "user.get") is None


async def test_responses_have_discords_rate_limit_headers(stand_in: DiscordStandIn) -> None:
    url = f"{stand_in.api_url}/channels/{stand_in.world.channel('general').id}/messages"
    headers = {"Authorization": f"Bot {stand_in.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    seen: list[tuple[int, dict[str, str]]] = []
    async with aiohttp.ClientSession(headers=headers) as session:
        for scope in ("user", "shared"):
            stand_in.rest.limits.set("message.create", limit=1, per_s=HOUR_S, scope=scope)
            stand_in.jump(2 * HOUR_S)
            for _ in range(2):
                async with session.post(url, json={"content": "x"}) as response:
                    seen.append((response.status, dict(response.headers)))
                    if response.status == 429:
                        assert set(await response.json()) == {"message", "retry_after", "global"}
    for status, sent in seen:
        reset_s = float(sent["X-RateLimit-Reset"]) - stand_in.clock.time()
        assert float(sent["X-RateLimit-Reset-After"]) == pytest.approx(HOUR_S, abs=60)
        assert (sent["X-RateLimit-Limit"], sent["X-RateLimit-Remaining"]) == ("1", "0")
        assert ("Retry-After" in sent, "X-RateLimit-Scope" in sent) == (status == 429,) * 2
        assert reset_s <= HOUR_S
        assert sent["X-RateLimit-Bucket"]
    assert [(status, sent.get("X-RateLimit-Scope")) for status, sent in seen] == [
        (200, None),
        (429, "user"),
        (200, None),
        (429, "shared"),
    ]

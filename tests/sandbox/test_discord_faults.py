"""Misbehaviour on demand, as real discord.py meets it."""

import asyncio
import io

import aiohttp
import discord
import pytest

from sandbox.discord import DiscordStandIn, Fault
from tests.sandbox.standin_bot import SmallBot, pointed_at


def contents(stand_in: DiscordStandIn) -> list[str]:
    return [message.content for message in stand_in.messages("general")]


async def test_a_rate_limit_of_discord_is_retried_by_the_client(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.rate_limit(0.01), times=2)
    await general.send("x")
    assert [r.status for r in stand_in.requests_of("message.create")] == [429, 429, 200]
    assert contents(stand_in) == ["x"]


async def test_a_rate_limit_of_cloudflare_is_an_error(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.rate_limit(0.01, via=False))
    with pytest.raises(discord.HTTPException) as caught:
        await general.send("x")
    assert caught.value.status == 429


async def test_a_global_rate_limit_says_so(
    general: discord.PartialMessageable, stand_in: DiscordStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.script("message.create", Fault.rate_limit(0.01, scope="global"))
    await general.send("x")
    assert "Global rate limit" in caplog.text


async def test_an_error_before_handling_has_no_effect(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.error(503))
    with pytest.raises(discord.DiscordServerError):
        await general.send("x")
    assert contents(stand_in) == []
    (request,) = stand_in.requests_of("message.create")
    assert (request.status, request.handled) == (503, False)


async def test_an_error_after_handling_keeps_the_effect(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.error(503, handled=True))
    with pytest.raises(discord.DiscordServerError):
        await general.send("x")
    assert contents(stand_in) == ["x"]
    assert stand_in.requests_of("message.create")[0].handled


@pytest.mark.parametrize("handled", [False, True])
async def test_a_reset_connection_is_an_os_error(
    general: discord.PartialMessageable, stand_in: DiscordStandIn, *, handled: bool
) -> None:
    stand_in.script("message.create", Fault.connection_reset(handled=handled))
    with pytest.raises(aiohttp.ClientOSError):
        await general.send("x")
    assert contents(stand_in) == (["x"] if handled else [])
    assert stand_in.requests_of("message.create")[0].status is None


async def test_an_answer_can_be_withheld(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.never(handled=True))
    sending = asyncio.create_task(general.send("x"))
    await stand_in.wait_for(lambda: contents(stand_in))
    assert not sending.done()
    sending.cancel()


async def test_planned_faults_follow_skipped_requests_and_end(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.error(400), skip=1)
    await general.send("one")
    with pytest.raises(discord.HTTPException):
        await general.send("two")
    await general.send("three")
    assert contents(stand_in) == ["one", "three"]


async def test_a_fault_can_apply_to_every_request_and_be_cleared(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("*", Fault.error(403), times=100)
    with pytest.raises(discord.Forbidden):
        await general.send("x")
    stand_in.fault_script.clear()
    await general.send("x")


async def test_a_regular_answer_can_be_late_or_have_more_headers(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.late(0.01))
    limits = {"X_RateLimit_Remaining": "3", "X_RateLimit_Limit": "5", "X_RateLimit_Reset_After": "1"}
    stand_in.script("message.create", Fault.with_headers(**limits, X_RateLimit_Reset="9999999999"))
    await general.send("one")
    await general.send("two")
    assert contents(stand_in) == ["one", "two"]


async def test_a_request_that_is_cut_off_is_neither_read_nor_handled(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.script("message.create", Fault.cut_off())
    with pytest.raises(OSError, match="reset"):
        await general.send(file=discord.File(io.BytesIO(bytes(9 * 2**20)), "long.mp3"))
    assert stand_in.messages("general") == []
    (request,) = stand_in.requests_of("message.create")
    assert (request.status, request.handled, request.files) == (None, False, [])


async def test_a_hook_is_called_around_each_request(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    seen: list[tuple[str, str, int]] = []

    async def hook(kind: str, phase: str) -> None:
        seen.append((kind, phase, len(contents(stand_in))))

    stand_in.on_request(hook)
    await general.send("x")
    assert seen == [
        ("message.create", "before", 0),
        ("message.create", "handled", 1),
        ("message.create", "answered", 1),
    ]


async def test_a_bot_that_disconnects_before_the_answer_gets_none(
    bot: SmallBot, general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    held = asyncio.Event()

    async def hook(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.create", "handled"):
            await held.wait()

    stand_in.on_request(hook)
    sending = asyncio.create_task(general.send("x"))
    await stand_in.wait_for(lambda: contents(stand_in))
    sending.cancel()
    await bot.application_info()
    held.set()
    await bot.application_info()
    (request,) = stand_in.requests_of("message.create")
    assert (request.handled, request.status) == (True, None)


async def test_a_log_in_can_fail(stand_in: DiscordStandIn) -> None:
    stand_in.script("login", Fault.error(401))
    async with pointed_at(stand_in):
        client = discord.Client(intents=discord.Intents.none())
        with pytest.raises(discord.LoginFailure):
            await client.login(stand_in.token)
        await client.close()


async def test_a_fault_can_be_held_until_it_is_released(
    general: discord.PartialMessageable, stand_in: DiscordStandIn
) -> None:
    stand_in.fault_script.hold("message.create", Fault.error(400))
    for _ in range(2):
        with pytest.raises(discord.HTTPException):
            await general.send("x")
    stand_in.script("message.create", Fault.late(0.01))
    await general.send("what is planned comes first")
    stand_in.fault_script.release("message.create")
    await general.send("y")
    assert contents(stand_in) == ["what is planned comes first", "y"]

"""The gateway connection: established late, lost, refused, and closed."""

import asyncio
from collections.abc import Callable

from bot.discord_io.connection_errors import CLOSE_CODES, LOGIN_REFUSALS, Reconnect
from sandbox.discord import Fault
from sandbox.discord.gateway.server import Gateway
from sandbox.discord.rules import errors
from sandbox.whisul import Silence
from tests.e2e.actions import assert_no_traceback, ordered, until_commands_kept
from tests.e2e.database import change
from tests.e2e.rig import PATIENCE_S, Rig
from tests.e2e.whisul_actions import completes, log_lines, until_logged

SETTINGS_EXIT = 78
NO_CLOSE = 1006


async def makes_a_song(rig: Rig) -> None:
    """Assert that the bot works: a song is requested and posted."""
    await completes(rig, (await ordered(rig)).job_id)


async def test_a_bot_that_starts_while_discord_is_away_comes_up_when_it_is_back(rig: Rig) -> None:
    await rig.discord.go_down()
    await rig.bot.start()
    await until_logged(rig, "discord_reconnect")
    await rig.discord.come_back()
    await rig.until(rig.is_ready)
    assert rig.bot.process.returncode is None
    assert_no_traceback(rig)


async def test_a_server_error_at_the_start_is_survived(rig: Rig) -> None:
    for kind in ("login", "commands.put"):
        rig.discord.script(kind, Fault.error(503))
    await rig.start()
    assert rig.bot.process.returncode is None
    assert_no_traceback(rig)


async def test_a_gateway_that_drops_the_first_connection_is_called_again(rig: Rig) -> None:
    dropped = asyncio.Event()

    async def drop(kind: str, phase: str) -> None:
        if (kind, phase) == ("gateway.hello", "before") and not dropped.is_set():
            dropped.set()
            rig.discord.gateway.drop_all()

    rig.discord.on_event(drop)
    await rig.start()
    assert dropped.is_set()
    assert log_lines(rig, "discord_reconnect")
    assert len(rig.discord.requests_of("login")) == 2
    assert_no_traceback(rig)


async def exit_with_one_line(rig: Rig, line: str) -> None:
    """The bot ends by itself, with the code for wrong settings and with a readable line at the end of its log."""
    async with asyncio.timeout(PATIENCE_S):
        assert await rig.bot.process.wait() == SETTINGS_EXIT, line
    assert rig.bot.log.splitlines()[-1] == line
    assert_no_traceback(rig)


async def test_a_wrong_token_ends_the_bot_with_one_readable_line(rig: Rig) -> None:
    await rig.bot.start(DISCORD_TOKEN="not.the.token")
    await exit_with_one_line(rig, "error: Discord refuses the token. Check DISCORD_TOKEN.")
    assert [request.kind for request in rig.discord.requests] == ["gateway", "login"]
    assert len(unstructured(rig)) == 1


def unstructured(rig: Rig) -> list[str]:
    """The lines of the log that are written for people alone."""
    return [line for line in rig.bot.log.splitlines() if not line.startswith("{")]


async def test_a_token_refused_by_the_gateway_ends_the_bot_with_one_line(rig: Rig) -> None:
    rig.discord.gateway.token = "another.token"
    await rig.bot.start()
    await exit_with_one_line(rig, "error: Discord refuses the token at the gateway. Check DISCORD_TOKEN.")
    assert len(rig.discord.identifies) == 1


async def test_a_fatal_code_of_the_gateway_ends_the_bot_with_one_readable_line(rig: Rig) -> None:
    fatal = {code: outcome for code, outcome in CLOSE_CODES.items() if isinstance(outcome, str)}
    for number, (code, sentence) in enumerate(fatal.items(), 1):
        await rig.bot.start()
        await rig.until(lambda number=number: rig.is_ready() and len(rig.discord.identifies) == number)
        rig.discord.gateway.close_all(code)
        await exit_with_one_line(rig, f"error: {sentence}")
    assert len(unstructured(rig)) == len(fatal)


async def test_a_login_that_no_later_try_can_mend_ends_the_bot(rig: Rig) -> None:
    code = 50041  # what other codes and statuses mean is shown in `tests/test_client.py`
    rig.discord.script("login", Fault.error(403, body={"message": "refused", "code": code}))
    await rig.bot.start()
    await exit_with_one_line(rig, f"error: {LOGIN_REFUSALS[code]}")


async def test_any_other_refusal_of_the_login_is_tried_again(rig: Rig) -> None:
    rig.discord.script("login", Fault.rate_limit(1, via=False))
    rig.discord.script("application", Fault.error(401))
    await rig.start()
    assert len(log_lines(rig, "discord_lost")) == 2
    assert_no_traceback(rig)


RESUMED: dict[str, Callable[[Gateway], None]] = {
    "opcode 7": lambda gateway: gateway.reconnect(),
    "opcode 9, resumable": lambda gateway: gateway.invalidate(resumable=True),
    **{
        f"close code {code}": lambda gateway, code=code: gateway.close_all(code)
        for code, outcome in CLOSE_CODES.items()
        if outcome is Reconnect.RESUME and code != NO_CLOSE  # which nobody can send
    },
    "an unknown close code": lambda gateway: gateway.close_all(4999),
    "a dropped connection": lambda gateway: gateway.drop_all(),
}
NEW_SESSION: dict[str, Callable[[Gateway], None]] = {
    "opcode 9": lambda gateway: gateway.invalidate(),
    "close code 4009": lambda gateway: gateway.close_all(
        4009
    ),  # the other two are answered by the same opcode 9
}


async def until_counted(rig: Rig, counted: Callable[[], int], number: int, case: str) -> None:
    """Wait for the number-th of something."""
    await rig.discord.wait_for(lambda: counted() == number, timeout_s=PATIENCE_S, what=case)


async def test_a_lost_session_is_taken_up_again(ready: Rig) -> None:
    await until_logged(ready, "discord_ready")
    for number, (case, happen) in enumerate(RESUMED.items(), 1):
        happen(ready.discord.gateway)
        await until_counted(ready, lambda: len(ready.discord.gateway.resumes), number, case)
        await makes_a_song(ready)
        assert len(ready.discord.identifies) == 1, case
    assert_no_traceback(ready)


async def test_an_ended_session_is_followed_by_a_new_one(ready: Rig) -> None:
    await until_logged(ready, "discord_ready")
    for number, (case, happen) in enumerate(NEW_SESSION.items(), 2):
        happen(ready.discord.gateway)
        await until_counted(ready, lambda: len(ready.discord.identifies), number, case)
        await makes_a_song(ready)
    assert len(ready.discord.requests_of("commands.put")) == 1
    assert_no_traceback(ready)


async def test_shutdown_takes_at_most_ten_seconds_without_answers(ready: Rig) -> None:
    order = await ordered(ready, "one")
    await ordered(ready, "two")
    ready.discord.script("message.create", Fault.never())
    ready.whisul.finish(order.job_id)
    await ready.until(lambda: ready.discord.requests_of("message.create"))
    ready.whisul.script("poll", Silence(), times=None)
    ready.whisul.script("submit", Silence(), times=None)
    await ready.compose("three")
    await ready.until_stored(lambda row: row["state"] == "submitting")
    async with asyncio.timeout(10):
        assert await ready.bot.stop() == 0
    assert ready.discord.gateway_closes == [1000]


async def test_commands_are_sent_to_discord_once_for_all_starts(ready: Rig) -> None:
    await until_commands_kept(ready)
    await ready.bot.stop()
    await ready.bot.start()
    await ready.until(lambda: len(ready.discord.identifies) == 2)
    (request,) = ready.discord.requests_of("commands.put")
    assert isinstance(request.json, list)
    assert sorted(command["name"] for command in request.json) == [
        "Compose from this message",
        "compose",
        "config",
        "help",
        "job",
        "limits",
        "playlist",
        "privacy",
        "songs",
    ]


NOT_TAKEN = {
    "a form that is invalid": (Fault.refusal(errors.invalid_form({})), "commands_refused"),
    "the daily limit": (Fault.error(400, body={"message": "daily", "code": 30034}), "commands_late"),
    "a rate limit of hours": (Fault.rate_limit(7200), None),
}


async def test_commands_that_discord_does_not_take_keep_no_song_waiting(ready: Rig) -> None:
    song = await ordered(ready)
    for number, (case, (fault, line)) in enumerate(NOT_TAKEN.items(), 2):
        await ready.bot.stop()
        change(ready, "DELETE FROM facts WHERE name = 'commands_hash'")
        ready.discord.fault_script.hold("commands.put", fault)
        await ready.bot.start()
        await completes(ready, song.job_id)
        song = await ordered(ready, "the commands that Discord has go on working")
        if line is not None:
            (said,) = log_lines(ready, line)
            assert said["remedy"], case
        assert len(ready.discord.requests_of("login")) == number, case
    assert_no_traceback(ready)


async def test_commands_that_discord_did_not_take_are_sent_at_the_next_start(rig: Rig) -> None:
    rig.discord.script("commands.put", Fault.error(400), times=1)
    await rig.bot.start()
    await until_logged(rig, "commands_refused")
    await rig.bot.stop()
    await rig.start()
    assert [request.status for request in rig.discord.requests_of("commands.put")] == [400, 200]

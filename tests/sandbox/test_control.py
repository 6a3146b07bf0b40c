"""The control room's API without a bot: switches, the stream of states, and the supervisor of the bot's process."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.bot_process import BotProcess
from sandbox.control.api import ControlApi
from sandbox.control.job_history import JobHistory
from sandbox.control.supervisor import BotSupervisor
from sandbox.discord import DiscordStandIn, Permission
from sandbox.whisul import WhisulSimulator, failing

SLEEPER = ("-c", "import time; time.sleep(600)")


@dataclass(frozen=True)
class Rig:
    whisul: WhisulSimulator
    discord: DiscordStandIn
    supervisor: BotSupervisor
    control: ControlApi
    page: aiohttp.ClientSession

    async def post(self, path: str, status: int = 200, **body: object) -> Any:
        async with self.page.post(f"/control/{path}", json=body) as answer:
            assert answer.status == status
            return await answer.json()

    async def submit(self, prompt: str = "a trap song") -> int:
        headers = {"Authorization": f"Bearer {self.whisul.api_key}"}
        url = f"{self.whisul.url}/compose"
        async with self.page.post(url, json={"prompt": prompt}, headers=headers) as answer:
            return answer.status

    async def poll(self, job_id: str) -> int:
        headers = {"Authorization": f"Bearer {self.whisul.api_key}"}
        async with self.page.get(f"{self.whisul.url}/jobs/{job_id}", headers=headers) as answer:
            return answer.status


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncGenerator[Rig]:
    async with WhisulSimulator(tiny_files=True, speed=20) as whisul, DiscordStandIn() as discord:
        supervisor = BotSupervisor(
            BotProcess({}, folder=tmp_path, log_file=tmp_path / "bot.log", command=SLEEPER)
        )
        control = ControlApi(
            whisul=whisul,
            discord=discord,
            supervisor=supervisor,
            speed_settings=lambda speed: {"SPEED": f"{speed:g}"},
        )
        await discord.go_down()
        discord.extra_routes = control.add_to
        await discord.come_back()
        await supervisor.bot.start()
        async with aiohttp.ClientSession(discord.page_url) as page:
            yield Rig(whisul, discord, supervisor, control, page)
        await control.close()
        await supervisor.bot.kill()


async def test_a_switch_changes_what_whisul_answers_and_back(rig: Rig) -> None:
    for name, status in {"busy": 429, "down": 503, "fails": 202, "stuck": 202, "errors": 202}.items():
        for _ in range(2):
            assert await rig.post(f"switches/{name}", on=True) == {"on": True}, name
        assert await rig.submit() == status, name
        assert await rig.post(f"switches/{name}", on=False) == {"on": False}, name
        assert await rig.submit() == 202, name


async def test_switches_decide_what_new_songs_become(rig: Rig) -> None:
    for name in ("fails", "stuck"):
        await rig.post(f"switches/{name}", on=True)
        await rig.submit(name)
        await rig.post(f"switches/{name}", on=False)
    jobs = list(rig.whisul.jobs.values())
    await rig.post("actions/finish-songs")
    await rig.whisul.wait_for(lambda: (jobs[0].due_s or 0) <= rig.whisul.now_s())
    for job in jobs:
        await rig.poll(job.job_id)
    assert [job.status for job in jobs] == ["failed", "running"]


async def test_whisul_stops_and_restarts_at_the_same_address(rig: Rig) -> None:
    await rig.post("switches/away", on=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await rig.submit()
    await rig.post("switches/away", on=False)
    assert await rig.submit() == 202


async def test_the_known_key_is_refused_while_the_switch_is_on(rig: Rig) -> None:
    url, known = f"{rig.whisul.url}/compose", rig.whisul.api_key
    for on, status in ((True, 401), (False, 202)):
        await rig.post("switches/key", on=on)
        headers = {"Authorization": f"Bearer {known}"}
        async with rig.page.post(url, json={"prompt": "x"}, headers=headers) as answer:
            assert answer.status == status


async def test_files_can_be_made_unavailable(rig: Rig) -> None:
    await rig.submit()
    (job,) = rig.whisul.jobs.values()
    rig.whisul.finish(job.job_id)
    for name, path in (("no-audio", f"audio/{job.short_id}.mp3"), ("no-cover", f"covers/{job.short_id}.jpg")):
        for on, status in ((True, 404), (False, 200)):
            await rig.post(f"switches/{name}", on=on)
            async with rig.page.get(f"http://{rig.whisul.media_host}/{path}") as answer:
                assert answer.status == status


async def test_permissions_are_removed_and_restored_in_the_same_channels(rig: Rig) -> None:
    world = rig.discord.world

    def places() -> list[str]:
        return [
            c.name
            for c in world.channels.values()
            if c.guild_id and world.can(world.bot, c, Permission.SEND_MESSAGES)
        ]

    before = places()
    assert "music" in before
    assert "announcements" not in before
    await rig.post("switches/no-permission", on=True)
    assert [name for name in places() if "jam" not in name] == []
    assert not world.can_write(world.bot, world.channel("open jam"))
    await rig.post("switches/no-permission", on=False)
    assert places() == before


async def test_direct_messages_are_closed_only_where_they_were_open(rig: Rig) -> None:
    await rig.post("switches/dms-closed", on=True)
    assert not any(user.dms_open for user in rig.discord.world.users.values() if not user.bot)
    await rig.post("actions/clear-faults")
    await rig.discord.wait_for(lambda: all(not switch.is_on for switch in rig.control.switches), timeout_s=60)
    assert [user.username for user in rig.discord.world.users.values() if not user.dms_open] == ["chidi"]


async def test_held_faults_of_discord_end_with_their_switch(rig: Rig) -> None:
    for on, status in ((True, 500), (False, 403)):
        await rig.post("switches/discord-errors", on=on)
        async with rig.page.get("/api/v10/users/@me") as answer:
            assert answer.status == status


async def test_every_documented_error_code_of_discord_has_a_switch(rig: Rig) -> None:
    bot = {"Authorization": f"Bot {rig.discord.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    general = f"/api/v10/channels/{rig.discord.world.channel('general').id}/messages"
    shown = len(rig.control.switches)
    for code, status in ((200000, 400), (40062, 429)):
        await rig.post(f"switches/error-{code}", on=True)
        async with rig.page.post(general, json={"content": "x"}, headers=bot) as refused:
            assert (refused.status, (await refused.json())["code"]) == (status, code)
        await rig.post(f"switches/error-{code}", on=False)
        async with rig.page.post(general, json={"content": "x"}, headers=bot) as taken:
            assert taken.status == 200
    assert [switch.label for switch in rig.control.switches[shown:]] == [
        "Answers with error 200000",
        "Answers with error 40062",
    ]
    for name in ("error-1", "error-x", "errors-40062"):
        assert await rig.post(f"switches/{name}", 400, on=True) == {"error": "There's no such switch."}


async def test_unknown_names_and_values_are_refused_with_a_message(rig: Rig) -> None:
    assert await rig.post("switches/none", 400, on=True) == {"error": "There's no such switch."}
    assert await rig.post("switches/busy", 400, on="yes") == {"error": "There's no such switch."}
    assert await rig.post("actions/none", 400) == {"error": "There's no such action."}
    for speed in ("x", True, 0, 5000):
        assert "Use a speed from" in (await rig.post("speed", 400, speed=speed))["error"]


async def test_a_page_of_another_origin_turns_no_switch(rig: Rig) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with rig.page.post("/control/switches/busy", json={"on": True}, headers=headers) as refused:
        assert refused.status == 403
    assert not any(switch.is_on for switch in rig.control.switches)


async def test_the_stream_sends_the_history_of_a_job(rig: Rig) -> None:
    async with rig.page.ws_connect("/control/events") as stream:

        async def until(predicate: Callable[[Any], object]) -> Any:
            async with asyncio.timeout(60):
                while not predicate(state := await stream.receive_json()):
                    pass
                return state

        first = await until(lambda _: True)
        assert (first["bot"], first["speed"], first["jobs"], first["job_count"]) == ("offline", 20, [], 0)
        assert [switch["name"] for switch in first["switches"]][:2] == ["busy", "down"]
        await rig.submit("a slow waltz")
        (job_id,) = rig.whisul.jobs
        await rig.poll(job_id)
        looked = await until(lambda state: state["jobs"] and state["jobs"][0]["poll_count"] == 1)
        (job,) = looked["jobs"]
        assert (job["prompt"], job["noticed"], job["told"]) == ("a slow waltz", None, None)
        assert job["began"] < looked["now"] < job["due"]
        rig.whisul.finish(job_id)
        rig.discord.world.say("ada", "general", f"is {job_id} done?")
        await rig.poll(job_id)
        found = await until(lambda state: state["jobs"][0]["noticed"] is not None)
        assert found["jobs"][0]["told"] is None
        rig.discord.world.say(rig.discord.world.bot, "general", f"It is: {job_id}")
        told = (await until(lambda state: state["jobs"][0]["told"] is not None))["jobs"][0]
        assert told["due"] <= told["noticed"] <= told["told"]
        assert [poll[1:] for poll in told["polls"]] == [[200, "running"], [200, "completed"]]
        kinds = [(seen["kind"], seen["job_id"], seen["status"]) for seen in found["requests"]]
        assert kinds == [("poll", job_id, 200), ("poll", job_id, 200), ("submit", job_id, 202)]


async def test_the_history_tells_stopped_jobs_and_lost_answers(rig: Rig) -> None:
    history = JobHistory(rig.whisul, rig.discord)
    rig.discord.world.bus.subscribe(history.on_change)
    await rig.submit()
    (job_id,) = rig.whisul.jobs
    assert [(job["is_stopped"], job["is_unknown"]) for job in history.snapshot()["jobs"]] == [(False, False)]
    rig.discord.world.say(rig.discord.world.bot, "general", f"⏹️ Stopped: it. See `/job status {job_id[:8]}`.")
    assert history.snapshot()["jobs"][0]["is_stopped"]
    rig.whisul.script("submit", failing(502, when="after"))
    assert await rig.submit() == 502
    assert [job["is_unknown"] for job in history.snapshot()["jobs"]] == [True, False]


async def test_a_failed_poll_is_in_the_history(rig: Rig) -> None:
    history = JobHistory(rig.whisul, rig.discord)
    await rig.submit()
    (job_id,) = rig.whisul.jobs
    await rig.post("switches/errors", on=True)
    await rig.poll(job_id)
    assert [poll[1:] for poll in history.snapshot()["jobs"][0]["polls"]] == [[502, None]]


async def test_a_new_speed_restarts_the_bot_with_matching_settings(rig: Rig) -> None:
    before = rig.supervisor.bot.process
    await rig.control.set_speed(20)
    assert rig.supervisor.bot.process is before, "nothing changes where the speed is the same"
    await rig.control.set_speed(60)
    assert rig.supervisor.bot.process is not before
    assert rig.supervisor.bot.settings["SPEED"] == "60"
    assert rig.whisul.speed == 60


async def test_a_crashed_bot_restarts_and_an_unrequested_exit_is_reported(rig: Rig) -> None:
    ended = asyncio.create_task(rig.supervisor.ended())
    before = rig.supervisor.bot.process
    await rig.supervisor.crash()
    assert rig.supervisor.bot.process is not before
    assert rig.supervisor.crashes == 1
    assert not ended.done()
    rig.supervisor.bot.process.kill()
    assert await ended == -9

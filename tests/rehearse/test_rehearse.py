"""A rehearsal in the sandbox, and what it reports. One run serves the tests that look at it."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.rig import TOKEN, Rig, settings_between
from tests.rehearse.__main__ import RECORDING, STAND_IN, main
from tests.rehearse.driver import PLAYS
from tests.rehearse.recorder import Record, Recorder, read_record
from tests.rehearse.recording import Recording, differences, read
from tests.rehearse.rehearsal import BotEnded, Outcome, Person, Rehearsal
from tests.rehearse.report import report
from tests.rehearse.run import DATABASE, RECORDS
from tests.rehearse.sandbox_run import rehearse_in_sandbox
from tests.rehearse.scene import Scene, Unfulfilled
from tests.rehearse.shapes import route
from tests.rehearse.steps import NAMES, STEPS, Step
from tests.rehearse.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


# --- a whole rehearsal ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A finished rehearsal, the servers, everything that was said, and the records."""

    rehearsal: Rehearsal
    rig: Rig
    said: str
    records: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("rehearsal")
    said: list[str] = []
    rehearsal, rig = asyncio.run(rehearse_in_sandbox(folder, said.append))
    lines, _ = report(rehearsal, read(STAND_IN))
    return Run(rehearsal, rig, "\n".join([*said, *lines]), (folder / RECORDS).read_text(encoding="utf-8"))


def test_all_steps_are_done_without_a_difference_or_a_problem(run: Run) -> None:
    assert run.rehearsal.problems == []
    assert set(run.rehearsal.outcomes.values()) == {Outcome.DONE}
    lines, code = report(run.rehearsal, read(STAND_IN))
    assert code == 0, lines
    assert lines == [line for line in lines if "21 steps done, 0 skipped, 0 failed, 6 songs" in line]


def test_no_secret_name_prompt_or_id_is_recorded_or_said(run: Run) -> None:
    whisul, discord = run.rig.whisul, run.rig.discord
    secrets = [TOKEN, whisul.api_key, *(seen.token for seen in discord.interactions.seen)]
    people = [user.global_name for user in discord.world.users.values() if user is not discord.world.bot]
    prompts = {each.prompt for each in whisul.submits}
    ids = [*whisul.jobs, *(str(each) for each in (*discord.world.users, *discord.world.channels))]
    assert all((secrets, people, prompts, ids))
    for value in (*secrets, *prompts, *ids):
        assert value not in run.records, value
        # One prompt is given by a step.
        assert value == "a trap song" or value not in run.said, value
    assert not re.search(rf"\d{{15,}}|\b(?:{'|'.join(people)})\b", run.records + run.said)


def test_the_bots_messages_and_commands_are_gone_afterwards(run: Run) -> None:
    world = run.rig.discord.world
    left = [m for log in world.message_log.values() for m in log.values() if m.author_id == world.bot.id]
    assert [message for message in left if not message.ephemeral] == []
    assert run.rig.discord.command_registry.of_scope(None) == []


def test_a_recording_reads_as_it_was_written(run: Run, tmp_path: Path) -> None:
    run.rehearsal.recording.write(tmp_path / RECORDING)
    assert read(tmp_path / RECORDING) == run.rehearsal.recording


def _without_a_key(stand_in: Recording) -> str:
    del stand_in.seen["Whisul GET /jobs/{id}"]["response.started_at"]
    return "Whisul GET /jobs/{id} response.started_at: only here"


def _another_type(stand_in: Recording) -> str:
    paths = stand_in.seen["Whisul GET /jobs/{id}"]
    paths["response.result.bpm"] = {"string": set(NAMES)}
    return "Whisul GET /jobs/{id} response.result.bpm: number here, string with the stand-in"


def _another_status(stand_in: Recording) -> str:
    stand_in.seen["Whisul POST /compose"]["status"] = {"200": set(NAMES)}
    return "Whisul POST /compose status: 202 here, 200 with the stand-in"


def _without_an_event(stand_in: Recording) -> str:
    del stand_in.seen["event CHANNEL_UPDATE"]
    return "event CHANNEL_UPDATE: only here; unknown to the stand-in"


def _a_further_key(stand_in: Recording) -> str:
    stand_in.seen["event READY"]["data.user.pet"] = {"string": set(NAMES)}
    return "event READY data.user.pet: only with the stand-in"


@pytest.mark.parametrize(
    "change", [_without_a_key, _another_type, _another_status, _without_an_event, _a_further_key]
)
def test_a_changed_shape_is_reported(run: Run, change: Callable[[Recording], str]) -> None:
    stand_in = read(STAND_IN)
    expected = change(stand_in)
    lines, code = report(run.rehearsal, stand_in)
    assert (code, [line.strip() for line in lines if " here" in line or " stand-in" in line][1:]) == (
        1,
        [expected],
    )


# --- comparing ------------------------------------------------------------------------------------------------------


def recorded(**seen: tuple[str, ...]) -> Recording:
    """A recording of the step `start`: the types found at the paths of one operation."""
    recording = Recording(NAMES)
    shape = {path.replace("_", "."): list(kinds) for path, kinds in seen.items()}
    recording.add("start", [Record("event X", "", shape)])
    return recording


def test_null_and_empty_lists_on_one_side_do_not_count() -> None:
    here = recorded(a=("object",), a_b=("null",), a_c=("array",), a_d=("null", "string"))
    there = recorded(a=("object",), a_b=("string",), a_c=("array",), a_d=("string",))
    there.seen["event X"]["a.c[]"] = {"string": {"start"}}
    found = differences(here, there, NAMES)
    assert [(each.path, each.may_be_content) for each in found] == [
        ("a.b", True),
        ("a.c[]", True),
        ("a.d", True),
    ]


def test_what_is_inside_a_missing_key_is_not_listed_again() -> None:
    here = recorded(a=("object",), a_b=("object",), a_b_c=("string",))
    assert [each.path for each in differences(here, recorded(a=("object",)), NAMES)] == ["a.b"]


def test_steps_that_were_not_done_are_not_compared() -> None:
    there = recorded(a=("object",))
    there.add("doctor", [Record("event Y", "", {"a": ["object"]})])
    assert differences(recorded(a=("object",)), there, ["start"]) == []


# --- recording ------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    urls = {"discord_url": "https://discord.test/api/v10", "whisul_url": "https://whisul.test/api"}
    return Recorder(tmp_path / RECORDS, **urls)


def test_a_record_has_keys_and_types_and_no_value(recorder: Recorder, tmp_path: Path) -> None:
    answer = {
        "id": "123",
        "tags": ["dark", None],
        "resolved": {"81234567890123456": {"name": "Ada"}},
        "bpm": 140,
    }
    recorder.add("Whisul GET /jobs/{id}", {"status": 200, "response": answer})
    (line,) = (tmp_path / RECORDS).read_text(encoding="utf-8").splitlines()
    assert read_record(line).shape == {
        "status": ["200"],
        "response": ["object"],
        "response.id": ["string"],
        "response.tags": ["array"],
        "response.tags[]": ["null", "string"],
        "response.resolved": ["object"],
        "response.resolved.*": ["object"],
        "response.resolved.*.name": ["string"],
        "response.bpm": ["number"],
    }
    assert (tmp_path / RECORDS).stat().st_mode & 0o077 == 0


def test_routes_have_no_id_and_no_token_even_one_that_is_a_word() -> None:
    assert {path: route(path) for path in ROUTES} == ROUTES


ROUTES = {
    "/interactions/81234567890123456/secret/callback": "/interactions/{id}/{token}/callback",
    "/webhooks/81234567890123456/secret/messages/@original": "/webhooks/{id}/{token}/messages/@original",
    "/channels/81234567890123456/messages": "/channels/{id}/messages",
    "/jobs/secret": "/jobs/{id}",
    "/users/@me": "/users/@me",
}


def test_an_event_of_another_form_does_not_stop_the_bot(recorder: Recorder, tmp_path: Path) -> None:
    for text in ("no JSON", "[]", '{"op": 0, "t": "INTERACTION_CREATE", "d": {}}'):
        recorder.received(text)
    lines = (tmp_path / RECORDS).read_text(encoding="utf-8").splitlines()
    assert [read_record(line).operation for line in lines] == ["gateway message of another form"] * 3


def test_names_of_foreign_controls_are_not_recorded(recorder: Recorder, tmp_path: Path) -> None:
    data = {"custom_id": "secret:1", "component_type": 2}
    recorder.received(json.dumps({"op": 0, "t": "INTERACTION_CREATE", "d": {"type": 3, "data": data}}))
    assert "secret" not in (tmp_path / RECORDS).read_text(encoding="utf-8")


# --- the person -----------------------------------------------------------------------------------------------------


@dataclass
class Unwilling:
    """A person who agrees to nothing, in a scene in which nothing happens."""

    questions: list[str] = field(default_factory=list[str])
    submitted: int = 2

    async def agrees(self, question: str) -> bool:
        self.questions.append(question)
        return False

    async def act(self, step: Step, scene: Any) -> None:  # noqa: ARG002 - a step that begins is a fault
        raise AssertionError(f"{step.name} was begun")

    async def restore(self, step: Step) -> None:
        raise AssertionError(f"{step.name} was begun")

    def gives_up(self) -> bool:
        return False


async def test_no_song_is_made_without_consent_nor_what_depends_on_it() -> None:
    person = Unwilling()
    scene: Any = person  # of the scene, only the number of songs is read
    rehearsal = Rehearsal(scene, person, lambda _: None, time_limit_s=0, check_limit_s=0)
    steps = [step for step in STEPS if step.songs or step.needs]
    await rehearsal.play(steps)
    assert set(rehearsal.outcomes.values()) == {Outcome.SKIPPED}
    assert len(person.questions) == sum(step.songs for step in STEPS)
    assert all("Songs so far: 2." in question for question in person.questions)


async def _nothing(_: Scene) -> None:
    """A check that holds."""


async def _unfulfilled(_: Scene) -> None:
    raise Unfulfilled("the card is there")


class Bystander(Unwilling):
    """A person who does nothing, while the bot records a response with this status."""

    def __init__(self, records: Path, status: str) -> None:
        super().__init__()
        self._record = Record("Discord GET /x", "", {"status": [status]})
        self._records = records

    async def act(self, step: Step, scene: Any) -> None:  # noqa: ARG002 - the same for every step
        self._records.write_text(json.dumps(asdict(self._record)) + "\n", encoding="utf-8")


FAULTS: dict[str, tuple[Callable[[Scene], Awaitable[None]], str, list[str]]] = {
    "no fault": (_nothing, "204", []),
    "a check that fails": (_unfulfilled, "204", ["step x: expected: the card is there"]),
    "an error in between": (_nothing, "500", ["step x: Discord GET /x was answered 500"]),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_step_fails_by_its_check_and_by_an_unexpected_error(fault: str, tmp_path: Path) -> None:
    check, status, problems = FAULTS[fault]
    rehearsal = rehearsal_in(tmp_path, Bystander(tmp_path / RECORDS, status))
    await rehearsal.play([Step(name="x", title="X", todo="", happened=lambda _: True, check=check)])
    assert rehearsal.problems == problems
    assert rehearsal.outcomes == {"x": Outcome.FAILED if problems else Outcome.DONE}


async def test_a_bot_that_ends_by_itself_ends_the_rehearsal(tmp_path: Path) -> None:
    rehearsal = rehearsal_in(tmp_path, Bystander(tmp_path / RECORDS, "200"), code=78)
    with pytest.raises(BotEnded, match="error: refused"):
        await rehearsal.play([Step(name="x", title="X", todo="", happened=lambda _: False)])


def rehearsal_in(folder: Path, person: Person, *, code: int | None = None) -> Rehearsal:
    """A rehearsal with a bot that runs, or has ended with this code."""
    bot: Any = SimpleNamespace(process=SimpleNamespace(returncode=code), log="started\nerror: refused\n")
    rest: Any = None
    scene = Scene(bot, rest, folder / DATABASE, folder / RECORDS, application_id="1")
    return Rehearsal(scene, person, lambda _: None, time_limit_s=0, check_limit_s=0)


async def test_lines_at_the_terminal_skip_steps_and_answer_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as typed:
        monkeypatch.setattr(sys, "stdin", stdin)
        terminal = Terminal(lambda _: None)
        terminal.open()
        typed.write(b"y\ns\n")
        while not terminal.gives_up():  # noqa: ASYNC110 - the lines arrive in the loop's next rounds
            await asyncio.sleep(0)
        for answer, agrees in ((b"YES\n", True), (b"\n", False)):
            asked = asyncio.create_task(terminal.agrees("Go on?"))
            await asyncio.sleep(0)  # the question is asked, so the answer counts
            typed.write(answer)
            assert await asked is agrees
        terminal.close()


def test_every_step_is_played_and_in_the_documentation() -> None:
    assert list(PLAYS) == list(NAMES)
    page = (ROOT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \d+ \| (.+?) \| .+ \|.*\|$", page, re.MULTILINE) == [step.title for step in STEPS]


async def test_a_person_who_leaves_at_once_gets_a_report(tmp_path: Path) -> None:
    async with WhisulSimulator(tiny_files=True) as whisul, DiscordStandIn(token=TOKEN) as discord:
        settings = settings_between(whisul, discord, database=tmp_path / DATABASE)
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.rehearse", "--out", tmp_path / "out"),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await command.communicate(b"y\n"))[0].decode()
    assert command.returncode == 0, said
    assert "1 steps done, 20 skipped, 0 failed, 0 songs" in said
    assert TOKEN not in said + (tmp_path / "out" / RECORDING).read_text(encoding="utf-8")
    assert whisul.submits == []


def test_wrong_options_and_missing_settings_end_with_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "WHISUL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert CliRunner().invoke(main, ["--update"]).exit_code == 2
    without_settings = CliRunner().invoke(main, [])
    assert without_settings.exit_code == 2
    assert "DISCORD_TOKEN is missing" in without_settings.output

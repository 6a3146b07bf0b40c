"""`python -m bot check`: passes when all is well, and names the remedy for each failure."""

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.store.schema import HEAD
from sandbox.discord import Fault
from sandbox.whisul import DEFAULT_API_KEY, failing, redirect
from tests.e2e.actions import until_commands_kept
from tests.e2e.ops import Ops
from tests.e2e.outside_world import MODES_BIND, PYTHONPATH, WallClock, ended
from tests.e2e.rig import TOKEN, Rig
from tests.e2e.test_command_line import bot
from tests.store.fixtures.make import FOLDER

NAMES = [
    *("settings", "token", "application", "intents", "invite link", "gateway", "commands"),
    *("Whisul key", "database", "disk", "health", "clock"),
]


NO_SUCH_HOST = "discord.invalid"
LITTLE_ROOM = {"PYTHONPATH": PYTHONPATH, "OUTSIDE_FREE_BYTES": "1000000"}


@dataclass(frozen=True, slots=True)
class Checked:
    code: int
    checks: dict[str, dict[str, Any]]

    @property
    def red(self) -> list[str]:
        return [name for name, check in self.checks.items() if not check["ok"]]


async def check(rig: Rig, folder: Path, **changed: str) -> Checked:
    code, out, err = await bot("check", "--json", folder=folder, **(rig.bot.settings | changed))
    report = json.loads(out)
    assert err == ""
    assert not any(secret in out for secret in (TOKEN, DEFAULT_API_KEY))
    assert report["ok"] is (code == 0)
    return Checked(code, {each["name"]: each for each in report["checks"]})


async def test_all_is_well_before_the_first_start_and_nothing_is_made(rig: Rig, tmp_path: Path) -> None:
    found = await check(rig, tmp_path)
    assert (found.code, found.red, list(found.checks)) == (0, [], NAMES)
    assert "permissions=274878024704" in found.checks["invite link"]["what"]
    assert not rig.database.exists()
    assert rig.whisul.submits == []
    assert not rig.discord.requests_of("commands.put")


async def test_all_is_well_while_the_bot_runs(ready: Rig, tmp_path: Path) -> None:
    await until_commands_kept(ready)
    found = await check(ready, tmp_path)
    assert (found.code, found.red) == (0, [])
    assert "Discord has all" in found.checks["commands"]["what"]
    assert HEAD in found.checks["database"]["what"]


async def test_it_reads_well_too(rig: Rig, tmp_path: Path) -> None:
    code, out, _ = await bot("check", folder=tmp_path, **rig.bot.settings)
    assert code == 0
    found = [line for line in out.splitlines() if not line.startswith("    ")]
    assert [line.partition(":")[0] for line in found] == [f"✓ {name}" for name in NAMES]


def as_it_is(_: Rig) -> None:
    """Only a setting is wrong."""


def no_gateway(rig: Rig) -> None:
    rig.discord.script("gateway", Fault.error(503))


def no_application(rig: Rig) -> None:
    rig.discord.script("application", Fault.error(503))


def no_database(rig: Rig) -> None:
    rig.database.parent.mkdir()
    rig.database.write_bytes(b"this is no database" * 100)


def newer_database(rig: Rig) -> None:
    rig.database.parent.mkdir()
    with closing(sqlite3.connect(rig.database)) as connection, connection:
        connection.executescript((FOLDER / f"{HEAD}.sql").read_text())
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def folder_read_only(rig: Rig) -> None:
    rig.database.parent.mkdir(mode=0o555)


def no_sessions(rig: Rig) -> None:
    rig.discord.gateway.starts.total = 0


def code_grant(rig: Rig) -> None:
    rig.discord.world.requires_code_grant = True


def whisul_elsewhere(rig: Rig) -> None:
    rig.whisul.script("poll", redirect("http://127.0.0.1:9/jobs", status=301))


def whisul_down(rig: Rig) -> None:
    rig.whisul.script("poll", failing(503))


BROKEN: list[tuple[Callable[[Rig], None], dict[str, str], str, str, int]] = [
    (as_it_is, {"DISCORD_TOKEN": "not.the.token"}, "token", "DISCORD_TOKEN", 78),
    (as_it_is, {"DISCORD_API_URL": "http://127.0.0.1:9"}, "Discord", "DISCORD_API_URL", 69),
    (as_it_is, {"WHISUL_API_KEY": "another-key"}, "Whisul key", "WHISUL_API_KEY", 78),
    (as_it_is, {"WHISUL_API_URL": "http://127.0.0.1:9"}, "Whisul", "WHISUL_API_URL", 69),
    (no_gateway, {}, "gateway", "status page", 69),
    (no_application, {}, "application", "status page", 69),
    (no_database, {}, "database", "restore a backup", 74),
    (newer_database, {}, "database", "Update the bot", 65),
    (no_sessions, {}, "gateway", "keeps restarting the bot", 69),
    (code_grant, {}, "application", "OAuth2 Code Grant", 78),
    (whisul_elsewhere, {}, "Whisul key", "WHISUL_API_URL", 78),
    (whisul_down, {}, "Whisul key", "the bot waits too", 69),
    (as_it_is, LITTLE_ROOM, "disk", "Free up at least 256 MiB", 74),
    (folder_read_only, MODES_BIND, "database", "the permissions of the file and its folder", 74),
]


@pytest.mark.parametrize(
    ("break_it", "changed", "name", "remedy", "code"),
    BROKEN,
    ids=[
        *("token", "no Discord", "key", "no Whisul", "gateway", "application", "database", "newer database"),
        *("no sessions", "code grant", "Whisul elsewhere", "Whisul down", "disk", "folder"),
    ],
)
async def test_what_is_broken_is_red_with_its_remedy(
    rig: Rig,
    tmp_path: Path,
    break_it: Callable[[Rig], None],
    changed: dict[str, str],
    name: str,
    remedy: str,
    code: int,
) -> None:
    break_it(rig)
    found = await check(rig, tmp_path, **changed)
    assert found.code == code
    assert found.red[0] == name
    assert remedy in found.checks[name]["remedy"]


@pytest.mark.parametrize("asked_for", [("--json",), ()], ids=["JSON", "text"])
async def test_settings_that_cannot_be_read_are_red_too(tmp_path: Path, asked_for: tuple[str, ...]) -> None:
    wrong = {"DISCORD_TOKEN": "", "WHISUL_API_KEY": "s3cret-key", "OPS_PORT": "many"}
    code, out, err = await bot("check", *asked_for, folder=tmp_path, **wrong)
    assert (code, err) == (78, "")
    if asked_for:
        report = json.loads(out)
        assert report["ok"] is False
        named = [each["what"].split()[0] for each in report["checks"] if each["name"] == "settings"]
        assert ".env.example" in report["checks"][0]["remedy"]
    else:
        named = [line.split()[2] for line in out.splitlines() if line.startswith("✗ settings")]
    assert named == ["DISCORD_TOKEN", "OPS_PORT"]
    assert "s3cret-key" not in out


async def test_a_misspelt_setting_is_red_and_a_foreign_one_is_named(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WEATHER=fine\nMAX_SONG_PER_DAY=10\n", encoding="utf-8")
    found = await check(rig, tmp_path)
    assert (found.code, found.red) == (78, ["setting MAX_SONG_PER_DAY"])
    wrong = found.checks["setting MAX_SONG_PER_DAY"]
    assert wrong["what"] == "MAX_SONG_PER_DAY (.env, line 2) isn't a setting and has no effect"
    assert wrong["remedy"] == "Rename it to MAX_SONGS_PER_DAY, or remove it."
    assert "WEATHER (.env, line 1) isn't a setting and has no effect." in found.checks["settings"]["details"]
    (tmp_path / ".env").unlink()
    found = await check(rig, tmp_path, MAX_SONG_PER_DAY="10")
    assert (found.code, found.red) == (78, ["setting MAX_SONG_PER_DAY"])


async def test_only_settings_that_differ_are_shown_a_line_each(rig: Rig, tmp_path: Path) -> None:
    found = await check(rig, tmp_path, MAX_RUNNING_JOBS="7", ATTACH_MEDIA="true")
    shown = found.checks["settings"]["details"]
    assert {"DISCORD_TOKEN=[hidden]", "WHISUL_API_KEY=[hidden]", "MAX_RUNNING_JOBS=7"} <= set(shown)
    assert not [line for line in shown if line.startswith(("ATTACH_MEDIA", "MAX_PROMPT_CHARS"))]


async def test_names_that_cannot_be_resolved_blame_neither_token_nor_clock(rig: Rig, tmp_path: Path) -> None:
    nowhere = {"DISCORD_API_URL": f"http://{NO_SUCH_HOST}/api", "WHISUL_API_URL": f"http://{NO_SUCH_HOST}"}
    found = await check(rig, tmp_path, **nowhere)
    assert (found.code, found.red) == (69, ["Discord", "Whisul"])
    assert list(found.checks) == ["settings", "Discord", "Whisul", "database", "disk", "health"]
    assert found.checks["Discord"]["what"] == f"can't resolve the name {NO_SUCH_HOST}"
    assert "DNS" in found.checks["Discord"]["remedy"]


async def test_a_taken_port_is_red_and_ends_the_start(rig: Rig, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = await check(rig, tmp_path, OPS_PORT=port)
        assert (found.code, found.red) == (78, ["health"])
        await rig.bot.start(OPS_PORT=port)
        code, said = await ended(rig)
    assert code == 78
    assert said.startswith(
        f"error: OPS_PORT {port} is in use by another program. Set OPS_PORT to a free port"
    )


async def test_the_port_of_the_running_bot_is_no_trouble(rig: Rig, ops: Ops, tmp_path: Path) -> None:
    await rig.start(OPS_PORT=ops.port)
    found = await check(rig, tmp_path)
    assert (found.code, found.red) == (0, [])
    assert found.checks["health"]["what"] == f"a bot is running on 127.0.0.1:{ops.port}"


async def test_a_misspelt_setting_is_warned_of_at_the_start(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_SONG_PER_DAY=10\n", encoding="utf-8")
    await rig.start(WHISUL_API_KY="key-of-the-operator")
    lines = [json.loads(line) for line in rig.bot.log.splitlines()]
    told = [line for line in lines if line["event"] == "setting_unknown"]
    assert [(line["level"], line["nearest"]) for line in told] == [
        ("warning", "MAX_SONGS_PER_DAY"),
        ("warning", "WHISUL_API_KEY"),
    ]
    assert told[0]["what"] == "MAX_SONG_PER_DAY (.env, line 1) isn't a setting and has no effect"
    assert told[0]["remedy"] == "Rename it to MAX_SONGS_PER_DAY, or remove it."
    assert "key-of-the-operator" not in rig.bot.log


async def test_an_older_database_is_well_and_will_be_migrated(rig: Rig, tmp_path: Path) -> None:
    rig.database.parent.mkdir()
    with closing(sqlite3.connect(rig.database)) as connection:
        connection.executescript((FOLDER / "0003.sql").read_text())
    found = await check(rig, tmp_path)
    assert (found.code, found.red) == (0, [])
    assert "version 0003; the next start updates it" in found.checks["database"]["what"]


async def test_commands_overwritten_by_another_program_are_red(ready: Rig, tmp_path: Path) -> None:
    await until_commands_kept(ready)
    ready.discord.command_registry.replace([], None)
    found = await check(ready, tmp_path)
    assert (found.code, found.red) == (78, ["commands"])
    assert "commands_hash" in found.checks["commands"]["remedy"]


async def test_a_wrong_clock_is_red(rig: Rig, tmp_path: Path, wall_clock: WallClock) -> None:
    wall_clock.step(3600)
    found = await check(rig, tmp_path, **wall_clock.settings)
    assert (found.code, found.red) == (78, ["clock"])
    assert "NTP" in found.checks["clock"]["remedy"]

"""The command line, as operators and newcomers use it."""

import asyncio
import contextlib
import json
import os
import re
import socket
import sys
from pathlib import Path

import aiohttp

from bot.errors import ExitCode
from bot.store.schema import HEAD
from sandbox.bot_process import ROOT
from tests.e2e.actions import ordered
from tests.e2e.forked_bot import forked_command
from tests.e2e.outside_world import MODES_BIND
from tests.e2e.rig import PATIENCE_S, Rig
from tests.ports import free_port

COMMAND_S = 240.0
"""More than any command takes on a slow machine."""


async def bot(*arguments: str, folder: Path, **settings: str) -> tuple[int, str, str]:
    """Have `python -m bot` do something; returns the exit code and what stood on both outputs."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    code, out, err = await forked_command(
        *arguments, folder=folder, environment=environment, timeout_s=COMMAND_S
    )
    return code, out.decode(encoding), err.decode(encoding)


async def executed(
    *arguments: str, folder: Path, encoding: str = "utf-8", **settings: str
) -> tuple[int, str, str]:
    """The same with a Python of its own from the first instruction on."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), COMMAND_S)
    except TimeoutError:
        process.terminate()
        raise
    return process.returncode or 0, out.decode(encoding), err.decode(encoding)


NAMES = ("run", "check", "demo", "usage", "migrate", "backup", "restore", "copy-database")


async def test_help_names_every_command(tmp_path: Path) -> None:
    code, out, _ = await bot("--help", folder=tmp_path)
    assert code == 0
    assert all(f"  {command} " in out for command in NAMES)


async def test_the_help_of_every_command_reads_well(tmp_path: Path) -> None:
    helps = await asyncio.gather(*(bot(name, "--help", folder=tmp_path) for name in NAMES))
    for command, (code, out, err) in zip(NAMES, helps, strict=True):
        usage, empty, says, *_ = out.splitlines()
        assert (code, err, empty) == (0, "", "")
        assert usage.startswith(f"Usage: python -m bot {command} ")
        assert says.strip()[0].isupper()
        assert out.rstrip().endswith("Show this message and exit.")
        assert max(map(len, out.splitlines())) <= 80
    run, check, _, _, migrate, backup, restore, copy = (out for _, out, _ in helps)
    for code in ExitCode:
        assert f"    {code.value} " in run + check + backup
    assert "MIGRATION_COPIES" in migrate
    assert "pg_dump" in backup
    assert "Stop the bot first" in copy
    assert "Stop the bot first" in restore


async def test_without_settings_every_missing_one_is_named(tmp_path: Path) -> None:
    code, out, err = await bot("run", folder=tmp_path)
    assert (code, out) == (78, "")
    assert [line.split()[1] for line in err.splitlines()] == ["DISCORD_TOKEN", "WHISUL_API_KEY"]


COMMANDS = [
    ("run",),
    ("check",),
    ("check", "--json"),
    ("migrate",),
    ("backup", "copy.db"),
    ("copy-database", "bot.db"),
]


async def test_settings_in_utf_16_end_every_command_with_78(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=token-of-the-bot\n", encoding="utf-16")
    ends = await asyncio.gather(*(bot(*command, folder=tmp_path) for command in COMMANDS))
    for command, (code, out, err) in zip(COMMANDS, ends, strict=True):
        assert code == 78, command
        assert ".env is UTF-16" in out + err, command
        assert "Save the file as UTF-8." in out + err, command
        assert len((out + err).splitlines()) == (2 if command == ("check",) else 1), command


async def test_settings_that_may_not_be_read_end_the_start_with_78(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=token-of-the-bot\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0)
    code, out, err = await bot("run", folder=tmp_path, **MODES_BIND)
    assert (code, out) == (78, "")
    assert err == (
        "error: Can't read .env (Permission denied). Put a text file there that the bot's user can read.\n"
    )


async def test_a_misspelt_database_url_is_warned_of(tmp_path: Path) -> None:
    await bot("migrate", folder=tmp_path)
    (tmp_path / ".env").write_text(
        "DATABASE_ULR=sqlite+aiosqlite:///music.db\nWEATHER=fine\n", encoding="utf-8"
    )
    for command in (("migrate",), ("backup", "copy.db")):
        code, _, err = await bot(*command, folder=tmp_path)
        assert code == 0, command
        assert err == (
            "warning: DATABASE_ULR (.env, line 1) isn't a setting and has no effect. "
            "Rename it to DATABASE_URL, or remove it.\n"
            "warning: WEATHER (.env, line 2) isn't a setting and has no effect. "
            "Remove it, or correct its name. For all names, see .env.example.\n"
        ), command


async def test_migrate_makes_the_database_and_says_so(tmp_path: Path) -> None:
    code, out, _ = await bot("migrate", folder=tmp_path)
    assert code == 0
    assert HEAD in out
    assert (tmp_path / "data" / "bot.db").stat().st_mode & 0o777 == 0o600
    again, told, _ = await bot("migrate", folder=tmp_path)
    assert again == 0
    assert "already" in told


async def test_migrate_reports_an_error_in_one_line(tmp_path: Path) -> None:
    for url, code in (("mysql://x/y", 78), ("sqlite+aiosqlite:////proc/nowhere/bot.db", 74)):
        ended, _, err = await bot("migrate", folder=tmp_path, DATABASE_URL=url)
        assert ended == code, url
        assert len(err.splitlines()) == 1, url
        assert err.startswith("error: "), url


async def test_a_database_that_cannot_be_used_ends_the_start_with_74(rig: Rig) -> None:
    rig.database.parent.mkdir()
    rig.database.write_bytes(b"this is no database, and must stay as it is" * 100)
    await rig.bot.start()
    assert await asyncio.wait_for(rig.bot.process.wait(), PATIENCE_S) == 74
    assert rig.bot.log.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in rig.bot.log
    assert rig.database.read_bytes().startswith(b"this is no database")


async def test_a_database_in_use_is_not_migrated(ready: Rig, tmp_path: Path) -> None:
    code, _, err = await bot("migrate", folder=tmp_path, DATABASE_URL=f"sqlite+aiosqlite:///{ready.database}")
    assert code == 75
    assert "in use" in err


async def test_the_running_bot_answers_for_its_health(rig: Rig) -> None:
    port = str(free_port())
    await rig.start(OPS_PORT=port)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as response,
    ):
        report = await response.json()
    assert response.status == 200
    assert report["healthy"]
    assert set(report["tasks"]) == {
        *("submitter", "tracker", "leader", "delivery", "promises", "cards", "privacy", "metrics"),
        *("digest", "notices", "discord", "tokens", "wiper"),
    }


async def test_usage_shows_each_server_beside_the_running_bot(ready: Rig, tmp_path: Path) -> None:
    song = await ordered(ready)
    ready.whisul.finish(song.job_id)
    await ready.settled("completed")
    code, out, err = await bot("usage", folder=tmp_path, DATABASE_URL=ready.bot.settings["DATABASE_URL"])
    guild = ready.channel("music").guild_id
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["server", "requests", "accepted", "unknown", "songs", "members"],
        [str(guild), "1", "1", "0", "1", "1"],
        ["all", "1", "1", "0", "1"],
    ]
    csv = await bot("usage", "--csv", folder=tmp_path, DATABASE_URL=ready.bot.settings["DATABASE_URL"])
    assert csv[1].splitlines() == ["guild_id,requests,accepted,unknown,songs,members", f"{guild},1,1,0,1,1"]


async def test_usage_without_a_database_is_one_sentence(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    for prepare in (lambda: None, (tmp_path / "bot.db").touch):
        prepare()
        code, out, err = await bot("usage", folder=tmp_path, DATABASE_URL=url)
        assert (code, out) == (ExitCode.DATABASE, "")
        assert err.startswith("error: ")
        assert len(err.splitlines()) == 1


async def test_the_demo_plays_one_song_through(tmp_path: Path) -> None:
    code, out, err = await bot(
        *("demo", "--once", "a trap song", "--speed", "60", "--json", "--seed", "7"), folder=tmp_path
    )
    assert code == 0, err
    report = json.loads(out)
    assert set(report) == {"status", "job_id", "elapsed_s", "messages"}
    assert report["status"] == "completed"
    post = report["messages"][-1]
    (shown,) = post["embeds"]
    assert {"BPM", "Duration", "Tags"} <= {field["name"] for field in shown["fields"]}
    assert shown["title"]
    assert "[Listen](http" in shown["description"]
    assert shown["thumbnail"]["url"].startswith("http")
    assert [file["content_type"] for file in post["attachments"]] == ["audio/mpeg"]
    assert post["components"][0]["components"][0]["label"] == "Compose again"


async def test_a_demo_song_without_a_prompt_is_refused(tmp_path: Path) -> None:
    for prompt in ("", "  ", "\u200b"):
        code, out, err = await bot("demo", "--once", prompt, folder=tmp_path)
        assert (code, out) == (2, ""), ascii(prompt)
        assert err == 'error: --once needs a prompt, for example --once "a trap song".\n'


async def test_a_demo_prompt_beyond_discords_limit_is_refused(tmp_path: Path) -> None:
    code, out, err = await bot("demo", "--once", "x" * 7000, folder=tmp_path)
    assert (code, out) == (2, "")
    assert err == "error: The option 'prompt' takes 0 to 6000 characters.\n"


async def test_the_demo_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = await bot("demo", "--port", str(port), folder=tmp_path)
    assert (code, out) == (2, "")
    assert (
        err == f"error: Can't use port {port} (Address already in use). Choose another or leave out --port.\n"
    )


async def test_the_demo_takes_the_next_free_port_and_says_so(tmp_path: Path) -> None:
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(OSError):
            taken.enter_context(socket.create_server(("127.0.0.1", 8080)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "demo"),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(60):
                lines = [(await process.stdout.readline()).decode() for _ in range(3)]
        finally:
            process.terminate()
            await process.communicate()
    port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", lines[-1])[0])
    assert port > 8080
    assert lines[0] == f"  Port 8080 is in use, so the page is on port {port}.\n"
    assert process.returncode == 0


async def test_the_demo_refuses_a_folder_it_cannot_write_to(tmp_path: Path) -> None:
    code, out, err = await bot("demo", "--data", "/proc/nowhere", folder=tmp_path)
    assert (code, out) == (2, "")
    assert err == "error: Can't write to /proc/nowhere (No such file or directory). Choose another --data.\n"


async def test_a_failed_demo_song_ends_with_1_and_is_printed_without_utf_8(tmp_path: Path) -> None:
    asked = ("demo", "--once", "[fail] été 🎵", "--speed", "200")
    code, out, err = await bot(*asked, folder=tmp_path, PYTHONIOENCODING="cp1252")
    assert (code, err) == (1, "")
    assert out.startswith("failed after")
    assert "été \\U0001f3b5" in out

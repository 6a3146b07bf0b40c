"""Every command can write to consoles, pipes and files of any encoding."""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.bot_process import ROOT
from tests.e2e.actions import ordered
from tests.e2e.rig import Rig
from tests.e2e.test_command_line import bot, executed

WINDOWS = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
PLAIN_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
CP1252, ASCII = ({"PYTHONIOENCODING": encoding} for encoding in ("cp1252", "ascii"))
"""The same for outputs alone, which need no interpreter of their own."""


async def test_the_check_is_readable_in_any_encoding(rig: Rig, tmp_path: Path) -> None:
    code, out, err = await bot("check", folder=tmp_path, **rig.bot.settings | CP1252)
    assert (code, err) == (0, "")
    assert "[ok] token: Discord accepts it" in out.splitlines()
    code, out, err = await bot("check", folder=tmp_path, **rig.bot.settings | ASCII | {"OPS_PORT": "many"})
    assert (code, err) == (78, "")
    assert [line.split()[0] for line in out.splitlines()] == ["[x]", "->"]


async def test_json_is_whole_without_utf_8(rig: Rig, tmp_path: Path) -> None:
    rig.discord.world.bot.global_name = "Музыка 🎵"
    code, out, _ = await bot("check", "--json", folder=tmp_path, **(rig.bot.settings | ASCII))
    assert code == 0
    found = {each["name"]: each["what"] for each in json.loads(out)["checks"]}
    assert "Музыка 🎵" in found["application"]


async def test_backup_names_its_file_without_utf_8(tmp_path: Path) -> None:
    code, _, _ = await bot("migrate", folder=tmp_path)
    assert code == 0
    code, out, err = await executed("backup", "копия.db", folder=tmp_path, encoding="cp1252", **WINDOWS)
    assert (code, err) == (0, "")
    assert out.startswith("Copied to \\u")
    again, _, err = await bot("backup", "копия.db", folder=tmp_path, **CP1252)
    assert (again, len(err.splitlines())) == (73, 1)
    sqlite3.connect(tmp_path / "копия.db").close()


async def test_a_prompt_in_the_log_does_no_harm_without_utf_8(rig: Rig) -> None:
    await rig.start(**ASCII, LOG_PROMPTS="true", LOG_FORMAT="console")
    await rig.compose("песня 🎵")
    await rig.until_whisul(lambda: rig.whisul.jobs)
    assert await rig.bot.stop() == 0
    assert "\\U0001f3b5" in rig.bot.log
    assert "Logging error" not in rig.bot.log


async def test_the_check_is_written_to_a_file_too(tmp_path: Path) -> None:
    with (tmp_path / "found").open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "check"),
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **PLAIN_C},
            stdout=file,
            stderr=file,
        )
        assert await process.wait() == 78
    assert (
        (tmp_path / "found").read_text(encoding="ascii").startswith("[x] settings: DISCORD_TOKEN is missing")
    )


@contextmanager
def nowhere(kind: str) -> Generator[int]:
    """What a program is to write to, and cannot."""
    if kind == "a pipe without a reader":
        reader, output = os.pipe()
        os.close(reader)
    else:
        output = os.open("/dev/full", os.O_WRONLY)
    try:
        yield output
    finally:
        os.close(output)


BUFFERED, UNBUFFERED = "", "1"
ENDS: dict[tuple[tuple[str, ...], str], int] = {
    (("run",), BUFFERED): 78,
    (("check", "--json"), UNBUFFERED): 78,
    (("--help",), BUFFERED): 0,
}
"""With which code a command ends, whatever becomes of its output: told, and printed with each buffering."""

TOLD, PRINTED = [(("run",), BUFFERED)], [(("check", "--json"), UNBUFFERED)]
"""Both outputs go through the same code, and a whole interpreter has to be started for each command."""


@pytest.mark.parametrize(
    ("where", "commands"),
    [("/dev/full", list(ENDS)), ("a pipe without a reader", TOLD), ("closed", PRINTED)],
)
async def test_what_nobody_reads_changes_no_exit_code(
    tmp_path: Path, where: str, commands: list[tuple[tuple[str, ...], str]]
) -> None:
    async def code_of(command: tuple[str, ...], unbuffered: str) -> int:
        with nowhere(where) as output:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", f'exec "$0" -m bot "$@" {">&- 2>&-" if where == "closed" else ""}'),
                *(sys.executable, *command),
                cwd=tmp_path,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
                stdout=output,
                stderr=output,
            )
        return await process.wait()

    codes = await asyncio.gather(*(code_of(*each) for each in commands))
    assert dict(zip(commands, codes, strict=True)) == {each: ENDS[each] for each in commands}


async def test_a_bot_whose_log_has_no_reader_goes_on_and_stops_as_asked(rig: Rig, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    settings = {**os.environ, **rig.bot.settings, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=tmp_path, env=settings, stdout=writer, stderr=writer
    )
    os.close(writer)
    try:
        await rig.until(rig.is_ready)
        os.close(reader)
        song = await ordered(rig)
        rig.whisul.finish(song.job_id)
        await rig.settled("completed")
    finally:
        process.terminate()
    assert await process.wait() == 0

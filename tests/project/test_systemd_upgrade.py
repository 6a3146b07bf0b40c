"""`deploy/systemd/upgrade` and `rollback`, run as they are; only systemd is stood in for.

The stand-ins for `systemctl` and `systemd-run` do what the units say with this machine's Python: they run `ExecStart` with the
unit's settings. Starting the bot itself is a migration here, which is what a start does to the database first.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.store.schema import HEAD
from tests.store.fixtures.make import FOLDER

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("bot", "cogs", "deploy/systemd", "requirements", "scripts", "pyproject.toml")
EARLIER = "0003"

SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >> "$CALLS"
run() { cd "$WHISUL_BOT_HOME/current" && DATABASE_URL="$URL" BACKUP_FOLDER="$WHISUL_BOT_STATE/backups" .venv/bin/python -m bot "$1"; }
case "$*" in
  "start whisul-bot-backup.service") run backup ;;
  "restart whisul-bot.service" | "start whisul-bot.service") test ! -f "$WHISUL_BOT_HOME/current/bot/broken" && { test -f "$WHISUL_BOT_HOME/current/bot/of_before" || run migrate; } ;;
esac
"""
SYSTEMD_RUN = """#!/bin/sh
echo "systemd-run $*" >> "$CALLS"
for argument in "$@"; do
  case "$argument" in
    --setenv=*) export "${argument#--setenv=}" ;;
    --working-directory=*) cd "${argument#--working-directory=}" ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
test "$4" != check || exec test ! -f bot/refused
exec "$@"
"""


PYTHON = """#!/bin/sh
test "$1 $2" != "-m venv" || {{ mkdir -p "$3/bin" && exec ln -s "{python}" "$3/bin/python"; }}
exec "{python}" "$@"
"""
"""Makes no whole environment, which takes seconds: the packages are those of this one anyway."""


@dataclass
class Machine:
    """A machine with the bot's folders, and a checkout of the version to install."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def home(self) -> Path:
        return self.folder / "opt"

    @property
    def database(self) -> Path:
        return self.folder / "state" / "bot.db"

    @property
    def current(self) -> str:
        """What the link to the current release names."""
        return str((self.home / "current").readlink())

    @property
    def calls(self) -> list[str]:
        """What was asked of systemd."""
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()

    def run(self, script: str, **settings: str) -> tuple[int, str]:
        """The exit code and the messages of a script."""
        packages = str(
            Path(sys.executable).parents[1] / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
        )
        ended = subprocess.run(  # noqa: S603 - our own script
            [str(self.checkout / "deploy" / "systemd" / script)],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "PYTHON": str(self.folder / "bin" / "python"),
                "PYTHONPATH": packages,
                "PIP_NO_INDEX": "1",
                "PIP_CONFIG_FILE": os.devnull,
                "CALLS": str(self.folder / "calls"),
                "URL": f"sqlite+aiosqlite:///{self.database}",
                "WHISUL_BOT_HOME": str(self.home),
                "WHISUL_BOT_STATE": str(self.database.parent),
                "WHISUL_BOT_ENV": str(self.folder / "etc" / "env"),
                "WHISUL_BOT_UNITS": str(self.folder / "units"),
                **settings,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return ended.returncode, ended.stderr

    def version(self) -> str:
        """The schema version of the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    for name in COPIED:
        source, target = ROOT / name, machine.checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    # The packages come from this environment.
    (machine.checkout / "requirements" / "run.txt").write_text("", encoding="utf-8")
    for name in ("bin", "etc", "units", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "etc" / "env").write_text("DISCORD_TOKEN=x\nWHISUL_API_KEY=y\n", encoding="utf-8")
    python = PYTHON.format(python=sys.executable)
    for name, text in (("systemctl", SYSTEMCTL), ("systemd-run", SYSTEMD_RUN), ("python", python)):
        (tmp_path / "bin" / name).write_text(text, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return machine


def test_an_upgrade_migrates_and_its_rollback_restores_the_database_of_before(machine: Machine) -> None:
    code, said = machine.run("upgrade")
    assert code == 0, said
    first = machine.current
    assert "systemctl enable whisul-bot.service whisul-bot-backup.timer" in machine.calls
    assert machine.calls[-1] == "systemctl start whisul-bot-backup.timer"
    # Its own code is this version's: left alone, its start would migrate what the rollback has restored.
    (machine.home / first / "bot" / "of_before").touch()
    machine.database.unlink()
    with closing(sqlite3.connect(machine.database)) as connection:
        connection.executescript((FOLDER / f"{EARLIER}.sql").read_text())

    code, said = machine.run("upgrade")
    assert code == 0, said
    second = machine.current
    assert second != first
    assert machine.version() == HEAD
    assert len(list((machine.database.parent / "backups").glob("*.db"))) == 1

    code, said = machine.run("rollback")
    assert code == 0, said
    assert machine.current == first
    assert machine.version() == EARLIER
    assert list(machine.database.parent.glob("bot.db.replaced-*"))
    assert machine.calls[-1] == "systemctl start whisul-bot.service"

    code, said = machine.run("rollback")
    assert code == 1
    assert said.startswith("error: There is no release before")
    assert machine.current == first

    assert machine.run("upgrade")[0] == 0
    kept = {f"releases/{each.name}" for each in (machine.home / "releases").iterdir()}
    assert kept == {first, machine.current}


def test_a_version_that_is_refused_or_does_not_start_leaves_the_old_one(machine: Machine) -> None:
    assert machine.run("upgrade")[0] == 0
    first = machine.current

    refused = machine.checkout / "bot" / "refused"
    refused.touch()
    before = len(machine.calls)
    code, said = machine.run("upgrade")
    assert code == 1
    assert "nothing was changed" in said
    assert machine.current == first
    assert len(list((machine.home / "releases").iterdir())) == 1
    assert not [call for call in machine.calls[before:] if call.startswith("systemctl")]

    refused.unlink()
    (machine.checkout / "bot" / "broken").touch()
    code, said = machine.run("upgrade")
    assert code == 1
    assert "going back" in said
    assert machine.current == first
    assert machine.calls[-2:] == ["systemctl stop whisul-bot.service", "systemctl start whisul-bot.service"]


def test_without_settings_nothing_is_installed(machine: Machine) -> None:
    (machine.folder / "etc" / "env").unlink()
    code, said = machine.run("upgrade")
    assert code == 1
    assert "Put the settings there first" in said
    assert not machine.home.exists()

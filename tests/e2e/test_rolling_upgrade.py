"""This version among processes of the next one, whose migration it can or cannot live with."""

import signal
import sys
from asyncio import create_subprocess_exec, subprocess
from pathlib import Path

import pytest

from bot.errors import ExitCode
from bot.store.processes import DEAD_AFTER
from bot.store.schema import HEAD
from sandbox.bot_process import BotProcess
from tests.e2e.group import Group, shared_out, until_true
from tests.project_copy import copied

NEXT, LATER = (f"{int(HEAD) + number:04}" for number in (1, 2))
MIGRATION = """
from alembic import op

revision, down_revision = "{number}", "{before}"
branch_labels = depends_on = None

BREAKS_OLDER_PROCESSES = {breaks}


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN mood_{number} TEXT")
"""

pytestmark = pytest.mark.timeout(300)


def migration_added(program: Path, number: str, after: str, *, breaks: bool) -> None:
    """Make the next version of a program: the same with one migration more."""
    migration = MIGRATION.format(number=number, before=after, breaks=breaks)
    (program / f"bot/store/migrations/versions/{number}_mood.py").write_text(migration)


async def told(group: Group, program: Path, command: str) -> tuple[int | None, str]:
    """What a command of that program says, with its exit code."""
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "bot", command),
        cwd=program,
        env=group.rig.bot.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def version(group: Group) -> str:
    (row,) = await group.query("SELECT version_num FROM alembic_version")
    return row["version_num"]


async def test_versions_share_a_database_until_a_migration_breaks_the_older(
    group: Group, tmp_path: Path
) -> None:
    program = copied(tmp_path / "project")
    migration_added(program, NEXT, HEAD, breaks=False)
    assert await told(group, program, "migrate") == (0, f"migrated from {HEAD} to {NEXT}\n")
    await group.all_posted(await group.ask_everywhere())

    old, older = group.bots
    assert await older.stop() == 0
    await older.start()
    await until_true(group, lambda: shared_out(group))
    assert "database_newer" in older.log

    settings = group.rig.bot.settings | {"PYTHONPATH": str(program)}
    new = BotProcess(settings, folder=program.parent, log_file=program.parent / "new.log")
    group.bots.append(new)
    await new.start()
    assert await older.stop() == 0
    await until_true(group, lambda: shared_out(group))
    await group.all_posted(await group.ask_everywhere(before=1))

    migration_added(program, LATER, NEXT, breaks=True)
    code, said = await told(group, program, "migrate")
    assert (code, said.count("\n")) == (ExitCode.SETTINGS, 1)
    assert f"was not migrated from version {NEXT} to {LATER}" in said
    assert "stop them first" in said
    code, found = await told(group, program, "check")
    assert code == ExitCode.SETTINGS
    assert "it can't be updated while processes run that couldn't use it then" in found
    assert await version(group) == NEXT
    await group.all_posted(await group.ask_everywhere(before=2))

    old.process.send_signal(signal.SIGSTOP)
    assert await new.stop() == 0

    async def nobody_lives() -> bool:
        return not await group.query(
            f"SELECT FROM processes WHERE seen_at > clock_timestamp() - interval '{DEAD_AFTER}'"
        )

    await until_true(group, nobody_lives)
    assert (await told(group, program, "migrate"))[0] == 0
    assert await version(group) == LATER
    old.process.send_signal(signal.SIGCONT)
    assert await old.process.wait() == ExitCode.DATABASE_NEWER
    assert f"which this program (at {HEAD}) does not know" in old.log

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
from tests.e2e.group import Group, owns_everything, shared_out, until_true
from tests.project_copy import copied

NEXT = f"{int(HEAD) + 1:04}"
MIGRATION = """
from alembic import op

revision, down_revision = "{next}", "{head}"
branch_labels = depends_on = None

BREAKS_OLDER_PROCESSES = {breaks}


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN mood TEXT")
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("next") / "project")


def next_version(project: Path, *, breaks: bool) -> Path:
    """The program of the next version: the same with one migration more."""
    migration = MIGRATION.format(next=NEXT, head=HEAD, breaks=breaks)
    (project / f"bot/store/migrations/versions/{NEXT}_mood.py").write_text(migration)
    return project


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


async def test_this_version_goes_on_and_starts_on_a_schema_that_it_can_use(
    group: Group, project: Path
) -> None:
    program = next_version(project, breaks=False)
    assert await told(group, program, "migrate") == (0, f"migrated from {HEAD} to {NEXT}\n")
    number = await group.ask_everywhere()
    await group.all_posted(number)

    old, older = group.bots
    assert await older.stop() == 0
    await older.start()
    await until_true(group, lambda: shared_out(group))
    assert "database_newer" in older.log

    settings = group.rig.bot.settings | {"PYTHONPATH": str(program)}
    new = BotProcess(settings, folder=program.parent, log_file=program.parent / "new.log")
    group.bots.append(new)
    await new.start()
    await old.stop()
    await older.stop()
    await until_true(group, lambda: owns_everything(group, new))
    await group.all_posted(await group.ask_everywhere(before=1))


async def test_a_migration_that_breaks_older_processes_waits_for_their_end(
    group: Group, project: Path
) -> None:
    program = next_version(project, breaks=True)
    code, said = await told(group, program, "migrate")
    assert (code, said.count("\n")) == (ExitCode.SETTINGS, 1)
    assert f"was not migrated from version {HEAD} to {NEXT}" in said
    assert "stop them first" in said
    code, found = await told(group, program, "check")
    assert code == ExitCode.SETTINGS
    assert "it can't be updated while processes run that couldn't use it then" in found
    assert await version(group) == HEAD
    await group.all_posted(await group.ask_everywhere())

    suspended, stopped = group.bots
    suspended.process.send_signal(signal.SIGSTOP)
    assert await stopped.stop() == 0

    async def nobody_lives() -> bool:
        return not await group.query(
            f"SELECT FROM processes WHERE seen_at > clock_timestamp() - interval '{DEAD_AFTER}'"
        )

    await until_true(group, nobody_lives)
    assert (await told(group, program, "migrate"))[0] == 0
    assert await version(group) == NEXT
    suspended.process.send_signal(signal.SIGCONT)
    assert await suspended.process.wait() == ExitCode.DATABASE_NEWER
    assert f"which this program (at {HEAD}) does not know" in suspended.log

"""`python -m tests.rehearse`: try the bot with real accounts, step by step, and compare its traffic with the stand-ins'.

It needs a filled-in .env, a test server that you manage and the bot is in, and six credits at Whisul. No other bot may run
with the same token. With --sandbox it runs by itself, without accounts.

\b
Exit codes:
  0   no difference and no problem
  1   differences or problems; the report lists them
  2   wrong options or settings
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from bot.errors import SettingsError
from bot.ops import console
from bot.ops.logging import secret_redactor
from bot.settings import Settings
from tests.rehearse.discord_rest import RestRefused
from tests.rehearse.recording import read
from tests.rehearse.rehearsal import Rehearsal
from tests.rehearse.report import report
from tests.rehearse.run import LOG, recorded_bot, rehearse
from tests.rehearse.steps import STEPS
from tests.rehearse.terminal import Terminal

STAND_IN = Path(__file__).with_name("stand_in.json")
RECORDING = "recording.json"
INTRODUCTION = (
    f"{len(STEPS)} steps with the real Discord and the real Whisul. Each says what to do in Discord, and waits for it.\n"
    f"{sum(step.songs for step in STEPS)} of them spend a credit at Whisul each; you are asked before.\n"
    "Act alone in a test server: at the end, the bot's messages of this rehearsal are deleted.\n"
    "Stop every other bot with this token first, or both will answer. Ctrl-C ends the rehearsal and cleans up."
)


@click.command(help=__doc__)
@click.option("--sandbox", is_flag=True, help="Run by itself against the stand-ins, without accounts.")
@click.option(
    "--update", is_flag=True, help="With --sandbox: write the recording that others are compared with."
)
@click.option(
    "--minutes",
    default=40.0,
    show_default=True,
    help="How long a step may take.",
    type=click.FloatRange(min=0),
)
@click.option(
    "--out",
    default=Path("data/rehearsal"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the recording and the bot's log are kept; unused with --sandbox.",
)
def main(*, sandbox: bool, update: bool, minutes: float, out: Path) -> None:
    """Rehearse, report, and exit with the report's code."""
    if update and not sandbox:
        raise click.UsageError("--update needs --sandbox.")
    with tempfile.TemporaryDirectory(prefix="rehearse-") as folder:
        sys.exit(
            _in_sandbox(Path(folder), update=update) if sandbox else _for_real(Path(folder), out, minutes)
        )


def _in_sandbox(folder: Path, *, update: bool) -> int:
    from tests.rehearse.sandbox_run import rehearse_in_sandbox  # noqa: PLC0415 - a real rehearsal does without

    rehearsal, _ = asyncio.run(rehearse_in_sandbox(folder, click.echo))
    if update:
        if rehearsal.problems or len(rehearsal.done) < len(STEPS):
            raise click.ClickException("Not every step was done without a problem, so nothing is written.")
        rehearsal.recording.write(STAND_IN)
    return _reported(rehearsal, click.echo)


def _for_real(folder: Path, out: Path, minutes: float) -> int:
    try:
        settings = Settings.load()
    except SettingsError as error:
        raise click.UsageError("\n".join(error.faults)) from None
    hide = secret_redactor(settings.secrets())

    def say(text: str) -> None:
        click.echo(hide(text))

    try:
        rehearsal = asyncio.run(_guided(settings, folder, say, minutes * 60))
    except RestRefused as error:
        raise click.UsageError(f"Discord does not take the token: {error}") from None
    if rehearsal is None:
        return 0
    out.mkdir(parents=True, exist_ok=True)
    rehearsal.recording.write(out / RECORDING)
    shutil.copyfile(folder / LOG, out / LOG)
    say(f"The recording, without any value: {out / RECORDING}. The bot's log, with IDs: {out / LOG}.")
    return _reported(rehearsal, say)


async def _guided(
    settings: Settings, folder: Path, say: Callable[[str], None], time_limit_s: float
) -> Rehearsal | None:
    """Take the steps with the person at the terminal; None if they do not want to."""
    terminal = Terminal(say)
    terminal.open()
    say(INTRODUCTION)
    try:
        if not await terminal.agrees("Begin?"):
            return None
        # Started here, so that it reads the same .env.
        bot = recorded_bot({}, folder=folder, started_in=Path.cwd())
        return await rehearse(
            settings, bot, folder=folder, person=terminal, say=say, time_limit_s=time_limit_s
        )
    finally:
        terminal.close()


def _reported(rehearsal: Rehearsal, say: Callable[[str], None]) -> int:
    lines, code = report(rehearsal, read(STAND_IN))
    say("\n".join(lines))
    return code


if __name__ == "__main__":
    console.set_up()
    main()

"""The command line: run · check · demo · usage · migrate · backup · restore · copy-database."""

import gc

if __name__ == "__main__":
    # What is loaded stays until the end. Looking for garbage in it again and again takes a seventh of a start.
    gc.disable()

import asyncio
import os
import sys
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, get_args

import click
import structlog
from pydantic import SecretStr

from bot import __version__
from bot.env_file import INVISIBLE
from bot.errors import ExitCode, Fatal, SettingsError
from bot.http_calls import proxy_lookup
from bot.ops import console, logging
from bot.ops.reporting import error_reporting
from bot.settings import DatabaseSettings, PostFormat, Settings
from bot.store.errors import (
    BackupRefused,
    BackupUnsupported,
    DatabaseBusy,
    DatabaseNewer,
    DatabaseUnusable,
    OlderProcessesRun,
    StoreError,
)

WRONG_USE = click.UsageError.exit_code
PROGRESS_ROWS = 10_000


def print_text(text: str) -> None:
    """Print to the configured standard output: click alone would replace ASCII by another encoding."""
    click.echo(text, file=sys.stdout)


def fail(lines: list[str], code: ExitCode | int) -> NoReturn:
    """Print lines to standard error and exit."""
    for line in lines:
        click.echo(f"error: {line}", file=sys.stderr)
    sys.exit(code)


_EXIT_CODES: dict[type[StoreError], ExitCode] = {
    BackupRefused: ExitCode.CANNOT_CREATE,
    BackupUnsupported: ExitCode.USAGE,
    DatabaseBusy: ExitCode.BUSY,
    DatabaseNewer: ExitCode.DATABASE_NEWER,
    DatabaseUnusable: ExitCode.DATABASE,
    OlderProcessesRun: ExitCode.SETTINGS,
}


def _exit_code_of(error: StoreError) -> ExitCode:
    """The exit code for a database error."""
    return _EXIT_CODES[type(error)]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="whisul-discord-bot")
def main() -> None:
    """A Discord bot that turns a prompt into a song and never loses one.

    Settings come from the environment and from a file named .env; .env.example explains each.
    """
    # What was loaded is left out of collections from here on.
    gc.freeze()
    gc.enable()


@main.command("run")
def run_command() -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    It stops within 10 seconds and resumes every song at the next start. It logs to standard error.

    \b
    Exit codes:
      0   stopped as requested
      65  a newer version wrote the database
      70  a bug; the log has the error
      73  no room to copy the database before migrating it
      74  the database can't be used
      75  another bot is using the database
      78  settings are missing or invalid, Discord permanently rejects the bot,
          or a migration would break older processes that run
    """  # noqa: D301 - click's own mark for lines that are not to be wrapped is a backspace
    try:
        settings = Settings.load()
    except SettingsError as error:
        fail(error.faults, ExitCode.SETTINGS)
    # Before anything else that may log: only then are secrets hidden.
    logging.set_up(
        level=settings.log_level,
        form=settings.log_format,
        secrets=settings.secrets(),
        with_prompts=settings.log_prompts,
    )
    try:
        with error_reporting(
            settings.sentry_dsn,
            hide=logging.secret_redactor(settings.secrets()),
            proxy_for=proxy_lookup(settings.proxy),
        ):
            _run(settings)
    except SettingsError as error:
        fail(error.faults, ExitCode.SETTINGS)


def _run(settings: Settings) -> None:
    """Run until stopped; every error becomes one line and an exit code."""
    from bot import app  # noqa: PLC0415 - only this command loads the whole program

    try:
        asyncio.run(app.run(settings))
    except Fatal as error:
        fail([str(error)], error.code)
    except StoreError as error:
        fail([str(error)], _exit_code_of(error))
    except Exception:  # noqa: BLE001 - the last line of defence: people get a sentence, the log the traceback
        structlog.get_logger(__name__).exception("bot_failed")
        fail(
            ["The bot stopped because of a bug; the log line above has the error."],
            ExitCode.SOFTWARE,
        )


def _database_settings() -> DatabaseSettings:
    """The settings of commands that only use the database; prints unknown names, as these commands keep no log."""
    try:
        settings = DatabaseSettings.load()
    except SettingsError as error:
        fail(error.faults, ExitCode.SETTINGS)
    for unknown in settings.unknown_names:
        click.echo(f"warning: {unknown.what}. {unknown.remedy}", file=sys.stderr)
    return settings


@main.command("migrate")
def migrate_command() -> None:
    """Migrate the database without starting the bot.

    Starting the bot does the same. It first copies an SQLite file; MIGRATION_COPIES sets how many copies it keeps. On PostgreSQL,
    it ends with 78 while older processes run that the migration would break.
    """
    from bot.store import migrate  # noqa: PLC0415 - Alembic is slow to import and needed here only

    settings = _database_settings()
    try:
        print_text(asyncio.run(migrate(settings.database_url, copies=settings.migration_copies)))
    except StoreError as error:
        fail([str(error)], _exit_code_of(error))


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def backup_command(file: Path | None) -> None:
    """Copy the database to FILE, which must not exist yet.

    Without FILE, the copy goes to BACKUP_FOLDER, named after the time; older copies there are deleted, except for the newest of
    each of the last 7 days, 4 weeks and 12 months. The bot can be running. The copy is checked, and only you can read it because
    it contains prompts. `restore` puts it back. For PostgreSQL, use pg_dump.

    \b
    Exit codes:
      0   copied
      64  the database is on a server, or there is neither FILE nor BACKUP_FOLDER
      73  FILE exists or can't be written
      74  the database can't be used
    """  # noqa: D301 - as above
    from bot.store import add_backup, back_up  # noqa: PLC0415 - as above

    settings = _database_settings()
    try:
        if file is not None:
            size_bytes = back_up(settings.database_url, file)
        elif settings.backup_folder is not None:
            file, size_bytes = add_backup(
                settings.database_url, settings.backup_folder, now=datetime.now(UTC)
            )
        else:
            fail(["Name a FILE, or set BACKUP_FOLDER to the folder for dated backups."], ExitCode.USAGE)
    except BackupUnsupported as error:
        fail([str(error)], ExitCode.USAGE)
    except BackupRefused as error:
        fail([str(error)], ExitCode.CANNOT_CREATE)
    except StoreError as error:
        fail([str(error)], ExitCode.DATABASE)
    print_text(f"Copied to {file} and checked: {size_bytes:,} bytes.")


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore_command(file: Path) -> None:
    """Put the backup FILE in the place of the database. Stop the bot first.

    FILE is checked and copied; the database before it is kept beside the new one. At the next start the bot resumes every song
    that was unfinished at the time of the backup. It doesn't know what happened since: a request that was still queued then is
    submitted again, and a song posted since may be posted again. For PostgreSQL, use pg_restore.

    \b
    Exit codes:
      0   restored
      64  the database is on a server
      65  a newer version wrote FILE
      73  there is no room for the copy
      74  FILE is missing, damaged or not a backup of this bot
      75  a bot is using the database
    """  # noqa: D301 - as above
    from bot.store import restore  # noqa: PLC0415 - as above

    settings = _database_settings()
    try:
        restored = restore(settings.database_url, file, now=datetime.now(UTC))
    except StoreError as error:
        fail([str(error)], _exit_code_of(error))
    print_text(f"Restored {file} (version {restored.version}) to {restored.database}.")
    if restored.set_aside is not None:
        print_text(f"The database before it is now {restored.set_aside}. Delete it once all is well.")


@main.command("copy-database")
@click.argument("source")
@click.option(
    "--to",
    metavar="URL",
    help="The PostgreSQL database [default: DATABASE_URL]. Other users of this machine may see a password in it.",
)
def copy_database_command(source: str, to: str | None) -> None:
    """Copy the SQLite database SOURCE into an empty PostgreSQL database.

    SOURCE is a file or its URL, and isn't changed. Stop the bot first. The copy takes effect only if it is complete and reads
    the same as the original, row by row. After that, a bot on it continues where the other one stopped.

    \b
    Exit codes:
      0   copied
      64  SOURCE isn't SQLite, or the target isn't PostgreSQL
      65  a newer version wrote SOURCE
      73  the target isn't empty or has another version
      74  one of them can't be used, or SOURCE must be migrated first
      75  a bot is using SOURCE
    """  # noqa: D301 - as above
    from bot.store.postgresql_copy import copy_to_postgresql  # noqa: PLC0415 - as above

    target = _database_settings().database_url if to is None else SecretStr(to)
    try:
        sums = asyncio.run(copy_to_postgresql(source, target, report=_print_progress))
    except StoreError as error:
        fail([str(error)], _exit_code_of(error))
    print_text(f"{'table':<18}{'rows':>12}  checksum on both sides")
    for name, table in sums.items():
        print_text(f"{name:<18}{table.rows:>12,}  {table.checksum[:16]}")


def _print_progress(table: str, done: int, rows: int) -> None:
    if done == rows or done % PROGRESS_ROWS == 0:
        click.echo(f"{table}: {done:,} of {rows:,} rows", file=sys.stderr)


@main.command("usage")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far to look back."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
def usage_command(days: int, as_csv: bool) -> None:
    """Show how many songs each server has requested.

    One line for each server, those that cost most first. Whisul has taken the accepted requests, and may have charged for them;
    it may also have taken those whose outcome is unknown. The bot can be running. Servers whose data was erased are missing.

    \b
    Exit codes:
      0   shown
      74  the database can't be used
    """  # noqa: D301 - as above
    from bot.store.usage import GuildUsage, usage_by_guild  # noqa: PLC0415 - as above

    since = datetime.now(UTC) - timedelta(days=days)
    try:
        servers = asyncio.run(usage_by_guild(_database_settings().database_url, since=since))
    except StoreError as error:
        fail([str(error)], _exit_code_of(error))
    columns = [field.name for field in fields(GuildUsage)]
    if as_csv:
        rows = [
            columns,
            *(["" if value is None else str(value) for value in astuple(each)] for each in servers),
        ]
        print_text("\n".join(",".join(row) for row in rows))
        return
    print_text(f"Since {since:%Y-%m-%d %H:%M} UTC")
    print_text(f"{'server':<22}" + "".join(f"{name:>11}" for name in columns[1:]))
    for each in servers:
        name, *numbers = astuple(each)
        print_text(f"{name or 'direct messages':<22}" + "".join(f"{number:>11,}" for number in numbers))
    sums = (sum(getattr(each, name) for each in servers) for name in columns[1:-1])
    print_text(f"{'all':<22}" + "".join(f"{number:>11,}" for number in sums))


@main.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def check_command(as_json: bool) -> None:
    """Check everything the bot needs, with a check mark or a fix for each.

    Checks the token, application, intents, invite link, gateway, commands, Whisul key, database, the processes that share it, disk
    and clock, and lists the settings with their secrets hidden. It changes nothing and spends nothing, and the bot can be running.

    \b
    Exits with 0 if all is well, otherwise with the code of the first failure:
      78  a setting, the token, the key or the clock,
          or processes that differ in version or SHARD_COUNT
      69  no usable answer from Discord or Whisul, no leader,
          or a shard that no process has
      74  the database or the disk
      65  a newer version wrote the database
    """  # noqa: D301 - as above
    from bot import diagnostics  # noqa: PLC0415 - as above

    try:
        settings = Settings.load()
    except SettingsError as error:
        findings, hide = diagnostics.invalid_settings_results(error.faults), logging.secret_redactor([])
    else:
        logging.set_up(level="ERROR", form=settings.log_format, secrets=settings.secrets())
        findings, hide = (
            asyncio.run(diagnostics.run_checks(settings)),
            logging.secret_redactor(settings.secrets()),
        )
    print_text(hide(diagnostics.as_json(findings) if as_json else diagnostics.as_text(findings)))
    sys.exit(diagnostics.exit_code(findings))


@main.command("demo")
@click.option("--once", metavar="PROMPT", help="Make one song without a browser, then stop.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    default=20.0,
    show_default=True,
    help="How fast songs are made, compared with real time.",
)
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON object and nothing else.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port of the page; 0 for any free port.  [default: 8080, or the next free one]",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demo's database in this folder (default: a new one each time).",
)
@click.option("--seed", type=int, default=None, help="Make the same songs every time.")
@click.option(
    "--post-format",
    type=click.Choice(get_args(PostFormat)),
    default="embed",
    show_default=True,
    help="How songs are posted, as POST_FORMAT.",
)
def demo_command(once: str | None, **options: Any) -> None:
    """Try everything in a browser, without an account.

    Starts a simulated Whisul, a Discord stand-in with a chat page, and the real bot between them.
    """
    if once is not None:
        once = os.fsencode(once).decode(errors="replace")  # no surrogates where the locale is not UTF-8
        if not INVISIBLE.sub("", once).strip():
            fail(['--once needs a prompt, for example --once "a trap song".'], WRONG_USE)
    try:
        from sandbox.demo import demo  # noqa: PLC0415 - the sandbox's libraries are not installed where the bot runs
    except ModuleNotFoundError as error:
        fail(
            [f"The demo needs {error.name}, which isn't installed. Install it with `make demo`."],
            ExitCode.SETTINGS,
        )
    sys.exit(asyncio.run(demo(once=once, **options)))


if __name__ == "__main__":
    console.set_up()
    main()

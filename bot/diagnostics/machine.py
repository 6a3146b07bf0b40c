"""Checks of this machine: settings, database, disk, port and clock."""

import asyncio
import math
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.engine import make_url

from bot.diagnostics.findings import CheckResult
from bot.errors import ExitCode
from bot.http_calls import masked_url
from bot.ops.health import SET_OPS_PORT, bind_error
from bot.ops.probe import probe_health
from bot.settings import Settings, format_value
from bot.store.errors import DatabaseNewer, StoreError
from bot.store.inspection import Inspection, inspect_database
from bot.store.schema import newest_breaking

MIN_FREE_BYTES = 256 * 1024 * 1024
MAX_CLOCK_ERROR = timedelta(seconds=30)
HIDDEN = "[hidden]"


def settings_results(settings: Settings) -> list[CheckResult]:
    """The settings that differ from their defaults, with secrets hidden; a failed result for each probable misspelling.

    Unwise values and unknown variables are listed, but do not fail the check.
    """
    fields = type(settings).model_fields
    changed = [name for name, field in fields.items() if getattr(settings, name) != field.default]
    details = [
        *(f"{name.upper()}={_displayed(name, settings)}" for name in changed),
        *(f"Warning: {line}" for line in settings.warnings()),
        *(f"{each.what}." for each in settings.unknown_names if each.nearest is None),
    ]
    misspelt = [
        CheckResult(f"setting {each.name}", each.what, each.remedy, ExitCode.SETTINGS)
        for each in settings.unknown_names
        if each.nearest is not None
    ]
    what = f"{len(changed)} set, {len(fields) - len(changed)} at their defaults"
    return [CheckResult("settings", what, details=tuple(details)), *misspelt]


def _displayed(name: str, settings: Settings) -> str:
    value: object = getattr(settings, name)
    if not isinstance(value, SecretStr):
        return format_value(value)
    match name:
        case "database_url":
            return make_url(value.get_secret_value()).render_as_string(hide_password=True)
        case "proxy" | "media_proxy":
            return masked_url(value.get_secret_value())
        case _:
            return HIDDEN


async def database_result(settings: Settings, *, fact: str) -> tuple[CheckResult, Inspection | None]:
    """Whether the database can be used, and its inspection (None if it cannot)."""
    name = "database"
    try:
        found = await inspect_database(settings.database_url, fact=fact)
    except DatabaseNewer as error:
        return CheckResult(
            name, str(error), "Update the bot, or restore a backup.", ExitCode.DATABASE_NEWER
        ), None
    except StoreError as error:
        remedy = "Check DATABASE_URL, the permissions of the file and its folder, and the disk. If all are fine, restore a backup."
        return CheckResult(name, str(error), remedy, ExitCode.DATABASE), None
    return _version_result(name, found), found


def _version_result(name: str, found: Inspection) -> CheckResult:
    if found.version is None:
        return CheckResult(name, "none yet; the first start creates it")
    if found.is_newer:
        return CheckResult(name, f"version {found.version}, newer than this version's, which can use it")
    if found.is_current:
        return CheckResult(name, f"readable and writable; version {found.version}, the newest")
    if found.group and found.group.members and newest_breaking() > found.version:
        what = f"version {found.version}; it can't be updated while processes run that couldn't use it then"
        return CheckResult(
            name, what, "Stop every running process, then start this version.", ExitCode.SETTINGS
        )
    return CheckResult(name, f"version {found.version}; the next start updates it")


def disk_result(found: Inspection | None, *, copies: int) -> CheckResult:
    """Whether there is enough space in the folder of the database file (of a server's database: in the working folder).

    A migration first copies the file, unless `copies` is 0.
    """
    database = found.file if found else None
    folder = database.parent if database else Path.cwd()
    # A first start creates missing folders, so the nearest existing one counts.
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    is_copied = found is not None and found.version is not None and not found.is_current and copies > 0
    copy_bytes = database.stat().st_size if database and is_copied else 0
    return free_space_result(folder, shutil.disk_usage(folder).free, copy_bytes=copy_bytes)


def free_space_result(folder: Path, free_bytes: int, *, copy_bytes: int = 0) -> CheckResult:
    """Whether the free space is enough, also for a copy of `copy_bytes`."""
    what = f"{free_bytes / 1024**2:,.0f} MiB free in {folder}"
    least_bytes = MIN_FREE_BYTES + copy_bytes
    if free_bytes >= least_bytes:
        return CheckResult("disk", what)
    least_mib = math.ceil(least_bytes / 1024**2)
    remedy = (
        f"Free up at least {least_mib} MiB: the bot copies the database before it migrates it."
        if copy_bytes
        else f"Free up at least {least_mib} MiB: with a full disk, the bot takes no requests."
    )
    return CheckResult("disk", what, remedy, ExitCode.DATABASE)


async def port_result(host: str, port: int) -> CheckResult:
    """Whether OPS_PORT is free, or used by the running bot."""
    if port == 0:
        return CheckResult("health", "off because OPS_PORT is 0: no /healthz, /readyz or /metrics")
    # Binding the port is the only reliable test; it is released at once.
    try:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), host, port)
    except OSError as error:
        _, words = await asyncio.to_thread(probe_health, host, port)
        if words.startswith('{"healthy"'):  # also the answer of an unhealthy bot
            return CheckResult("health", f"a bot is running on {host}:{port}")
        what = bind_error(host, port, error)
        return CheckResult(
            "health", what, f"{SET_OPS_PORT} Until then, the bot won't start.", ExitCode.SETTINGS
        )
    server.close()
    await server.wait_closed()
    return CheckResult("health", f"{host}:{port} is free")


def clock_result(*, ours: datetime, discords: datetime) -> CheckResult:
    """Whether this machine's clock agrees with the Date header of Discord's answer."""
    off_s = (ours - discords).total_seconds()
    if abs(off_s) <= MAX_CLOCK_ERROR.total_seconds():
        return CheckResult("clock", "matches Discord's")
    what = f"{off_s:.0f} s ahead of Discord's" if off_s > 0 else f"{-off_s:.0f} s behind Discord's"
    remedy = "Set the clock and turn on NTP: times in messages depend on it."
    return CheckResult("clock", what, remedy, ExitCode.SETTINGS)

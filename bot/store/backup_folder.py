"""A folder of dated backups, of which the newest of each of the last days, weeks and months are kept."""

import contextlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot.store.backup import back_up
from bot.store.errors import BackupRefused
from bot.store.file_lock import PRIVATE_FOLDER_MODE

DAILY, WEEKLY, MONTHLY = 7, 4, 12
"""How many days, weeks and months keep their newest backup."""

_FORMAT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"whisul-bot-(\d{8}T\d{6}Z)\.db")


def add_backup(database_url: SecretStr, folder: Path, *, now: datetime) -> tuple[Path, int]:
    """Make a backup in the folder, and delete those that no day, week or month keeps; returns its path and size in bytes.

    Raises as `back_up`. Old backups are deleted only after the new one was checked.
    """
    try:
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupRefused(f"{folder} cannot be created: {error.strerror}.") from error
    target = folder / f"whisul-bot-{now.astimezone(UTC):{_FORMAT}}.db"
    size_bytes = back_up(database_url, target)
    found = _found(folder)
    for moment in found.keys() - kept(found):
        # One that cannot be deleted takes room, but must not hide that the backup was made.
        with contextlib.suppress(OSError):
            found[moment].unlink()
    return target, size_bytes


def newest_backup(folder: Path) -> datetime | None:
    """When the newest backup in the folder was made, by its name; None without any."""
    return max(_found(folder), default=None)


def kept(moments: Iterable[datetime]) -> set[datetime]:
    """Of the times of all backups those to keep: the newest of each of the newest 7 days, 4 weeks and 12 months with one."""
    newest_first = sorted(moments, reverse=True)
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (DAILY, datetime.date),
        (WEEKLY, lambda moment: moment.isocalendar()[:2]),
        (MONTHLY, lambda moment: (moment.year, moment.month)),
    )
    result: set[datetime] = set()
    for number, period_of in periods:
        newest: dict[object, datetime] = {}
        for moment in newest_first:
            newest.setdefault(period_of(moment), moment)
        result.update(list(newest.values())[:number])
    return result


def _found(folder: Path) -> dict[datetime, Path]:
    """The backups by their times. Other files, and unfinished copies beside them, are none."""
    with contextlib.suppress(OSError):
        names = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
        return {datetime.strptime(name[1], _FORMAT).replace(tzinfo=UTC): path for path, name in names if name}
    return {}

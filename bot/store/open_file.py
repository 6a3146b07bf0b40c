"""Detects that the open SQLite file is no longer at its path, and saves its contents.

The kernel keeps a deleted or moved file as long as it is open, so that no write fails: but everything written from then on
would be lost when the process ends.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.store.file_lock import PRIVATE_FOLDER_MODE, PRIVATE_MODE

log = structlog.get_logger(__name__)

Identity = tuple[int, int]

_REMEDY = (
    "stop the bot with SIGTERM: it then writes everything to the file named here, which survives; put that in the "
    "database's place, without the -wal and -shm files beside it, and start the bot. If the file cannot be written, "
    "copy /proc/PID/fd/* that point to the database and its -wal before you stop the bot"
)


class OpenFile:
    """A SQLite database that is open; `vacuum_into` copies it as it is now into a new file."""

    def __init__(self, path: Path, vacuum_into: Callable[[Path], Awaitable[None]]) -> None:
        self._path = path
        self._vacuum_into = vacuum_into
        self._identity = _identity(path)
        self._wal_identity: Identity | None = None
        self._rescue: Path | None = None
        self._rescuing: asyncio.Task[None] | None = None

    def record_wal(self) -> None:
        """Remember which -wal file belongs to the database; to be called once every connection is open."""
        self._wal_identity = _identity(self._beside("-wal"))

    def fault(self) -> str | None:
        """Why the next writes would be lost; None: they would not. Takes some microseconds.

        The first time it logs the fault and starts to write a copy in the background.
        """
        try:
            found = _identity(self._path)
        except OSError:
            # The file system cannot answer, which proves no loss.
            return None
        if found == self._identity:
            # Put back: what is written from now on is safe, and another loss would be a new one.
            if self._rescue is not None:
                log.info("database_in_place_again", file=str(self._path))
                self._rescue = None
            return None
        what = "was replaced by another file" if found else "was deleted or moved away"
        # Logged and copied once for each loss, although every write asks.
        if self._rescue is None:
            self._rescue = self._path.with_name(
                f"{self._path.name}.rescued-{datetime.now(UTC):%Y%m%dT%H%M%S}"
            )
            log.error(
                "database_lost",
                what=f"{self._path} {what} while the bot has it open",
                effect="no new request is taken or sent; work in hand goes on",
                rescue=str(self._rescue),
                remedy=_REMEDY,
            )
            self._rescuing = asyncio.create_task(self._save(self._rescue), name="rescue of the database")
        return f"The database {self._path} {what} while the bot runs: see database_lost in the log."

    async def close(self) -> None:
        """Save the last state if the file is not at its path; to be called before the connections close."""
        if self._rescuing is not None:
            await self._rescuing
        if self.fault() is None or self._rescue is None:
            return
        if self._rescuing is not None:
            await self._rescuing
        # The first copy was made when the loss was noticed: the last state replaces it.
        await self._save(self._rescue)
        # Whatever database is put at the path later, SQLite would apply this -wal file to it.
        if self._wal_identity is not None and _identity(self._beside("-wal")) == self._wal_identity:
            for suffix in ("-wal", "-shm"):
                self._beside(suffix).unlink(missing_ok=True)

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    async def _save(self, target: Path) -> None:
        """Copy the open database over an earlier copy. Errors are logged: no caller could handle them."""
        part = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE))
            await self._vacuum_into(part)
            size_bytes = await asyncio.to_thread(_put_in_place, part, target)
        except Exception as error:  # noqa: BLE001 - whatever it is, the log names the other way to the data
            log.error("database_not_rescued", file=str(target), error=str(error), remedy=_REMEDY)  # noqa: TRY400 - the cause is a disk
        else:
            log.warning("database_rescued", file=str(target), size_bytes=size_bytes)


def _identity(path: Path) -> Identity | None:
    """Device and inode of the file, None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, at every write
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _put_in_place(part: Path, target: Path) -> int:
    # On the disk before it is renamed: after a power cut the name must not lead to an empty file.
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    return target.stat().st_size

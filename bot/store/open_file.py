"""Whether a SQLite file that is open still stands at its path, and how its contents are saved when it does not.

The kernel keeps a file that was deleted or moved for as long as it is open, so nothing fails: everything that is written
from then on would be gone with the process.
"""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.file_lock import PRIVATE_FOLDER_MODE, PRIVATE_MODE

log = structlog.get_logger(__name__)

Identity = tuple[int, int]

_REMEDY = (
    "stop the bot with SIGTERM: it then writes everything to the file named here, which survives; put that in the "
    "database's place, without the -wal and -shm files beside it, and start the bot. If the file cannot be written, "
    "copy /proc/PID/fd/* that point to the database and its -wal before you stop the bot"
)


class OpenFile:
    """A SQLite database that `engine` has open."""

    def __init__(self, path: Path, engine: AsyncEngine) -> None:
        self._path = path
        self._engine = engine
        self._identity = _identity(path)
        self._wal_identity: Identity | None = None
        self._rescue: Path | None = None
        self._rescuing: asyncio.Task[None] | None = None

    def record_wal(self) -> None:
        """Every connection is open: the log file beside the database is there from now on."""
        self._wal_identity = _identity(self._companion("-wal"))

    def fault(self) -> str | None:
        """Why what is written now would be lost, None when all is well; asked in some microseconds.

        What it finds is logged once, and a copy is written in the background.
        """
        try:
            found = _identity(self._path)
        except OSError:
            return None  # a file system that cannot say
        if found == self._identity:
            if self._rescue is not None:
                log.info("database_in_place_again", file=str(self._path))
                self._rescue = None
            return None
        what = "was replaced by another file" if found else "was deleted or moved away"
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
        """Before the connections close: save the last state, where the file is not in its place."""
        if self._rescuing is not None:
            await self._rescuing
        if self.fault() is None or self._rescue is None:
            return
        if self._rescuing is not None:
            await self._rescuing
        await self._save(self._rescue)
        # SQLite would apply what a missing database has left there to any that is put in its place.
        if self._wal_identity is not None and _identity(self._companion("-wal")) == self._wal_identity:
            for suffix in ("-wal", "-shm"):
                self._companion(suffix).unlink(missing_ok=True)

    def _companion(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    async def _save(self, target: Path) -> None:
        """Copy what the open file holds, in place of an earlier copy. A fault is logged: there is nobody to raise it to."""
        part = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE))
            async with self._engine.connect() as connection:
                # By the driver itself: SQLite copies outside of transactions only.
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await (await driver.execute("VACUUM INTO ?", (str(part),))).close()
            size_bytes = await asyncio.to_thread(_put_in_place, part, target)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other way to the data is told
            log.error("database_not_rescued", file=str(target), error=str(error), remedy=_REMEDY)  # noqa: TRY400 - the cause is a disk
        else:
            log.warning("database_rescued", file=str(target), size_bytes=size_bytes)


def _identity(path: Path) -> Identity | None:
    """Which file it is, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, at every write
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _put_in_place(part: Path, target: Path) -> int:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    return target.stat().st_size

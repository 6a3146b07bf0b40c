"""Errors of the database and of its copies. Their texts are shown to operators."""

from bot.errors import BotError


class StoreError(BotError):
    """The database cannot be used."""


class DatabaseBusy(StoreError):
    """Another process has locked this database."""


class DatabaseNewer(StoreError):
    """The database was written by a newer version of this program."""


class OlderProcessesRun(StoreError):
    """A migration was refused: it would break processes of an older version, which still run."""


class DatabaseUnusable(StoreError):
    """The database cannot be opened, read or written."""


class BackupRefused(StoreError):
    """The copy cannot be written to the requested place."""


class BackupUnsupported(StoreError):
    """This program cannot copy this kind of database."""

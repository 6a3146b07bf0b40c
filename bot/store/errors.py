"""Why the database, or a copy of it, cannot be used."""

from bot.errors import BotError


class StoreError(BotError):
    """The database cannot be used."""


class DatabaseBusy(StoreError):
    """Another process holds this database."""


class DatabaseNewer(StoreError):
    """The database was written by a newer version of this program."""


class DatabaseUnusable(StoreError):
    """The database cannot be opened, read or written."""


class BackupRefused(StoreError):
    """The copy cannot be written where it was asked for."""


class BackupUnsupported(StoreError):
    """This kind of database is not copied by this program."""

"""Maps the drivers' errors to this program's own, for both databases."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.store.errors import DatabaseBusy, DatabaseUnusable

_SQLITE_FAULTS = {
    sqlite3.SQLITE_PERM: "this user may not use the file",
    sqlite3.SQLITE_AUTH: "this user may not use the file",
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_IOERR: "reading or writing the disk failed",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "it is damaged, or no SQLite database at all; restore a backup",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
_SQLITE_PROGRAMMING_ERRORS = (
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
)

POOLED_BY_TRANSACTION = "a connection pooler in transaction mode is in between; set it to session mode, or connect to PostgreSQL itself"

# PostgreSQL's codes, or their first two characters, which name a class.
_POSTGRESQL_FAULTS = {
    "08": "the connection was lost",
    "25006": "it cannot be written to",
    # Prepared statements that were made on another connection, or are there already.
    "26000": POOLED_BY_TRANSACTION,
    "42P05": POOLED_BY_TRANSACTION,
    "28": "the user or the password is not accepted",
    "3D000": "the server has no database of that name",
    "40": "other transactions kept getting in the way",
    "42501": "this user may not use its tables",
    "53100": "the disk is full",
    "53300": "it takes no more connections; raise the limit of the server, the database or the user",
    "53": "the server is out of resources",
    "55P03": "another transaction held a lock for too long",
    "57": "the server stopped the work, or is starting up or shutting down",
    "58": "the server has trouble with its disk",
    "XX": "the server reports damaged data",
}
_POSTGRESQL_PROGRAMMING_ERRORS = ("0A", "22", "42")


class UniqueViolation(ValueError):
    """Another row has the same value in a unique column."""


@contextmanager
def translate_errors(where: str) -> Generator[None]:
    """Turn drivers' errors within the block into StoreErrors; `where` names the database, without its password.

    Programming errors (invalid SQL, a naive datetime) stay as they are: a retry would not help.
    """
    try:
        yield
    except IntegrityError as error:
        # The driver's error quotes the whole row with its interaction token: chained, it would get into logs.
        kind = UniqueViolation if _is_unique_violation(error) else ValueError
        raise kind(f"the database refuses this row: {_first_line(error.orig)}") from None
    except DBAPIError as error:
        if _is_programming_error(error):
            raise
        if _is_locked(error):
            raise DatabaseBusy(f"The database {where} is locked by another program.") from error
        raise DatabaseUnusable(f"The database {where} cannot be used: {_reason(error)}.") from error
    except StatementError as error:
        # Raised before the driver was called, by a column type for example: the cause is an error of this program.
        raise error.orig or error from None
    except PoolTimeout as error:
        raise DatabaseUnusable(f"The database {where} is overloaded: no connection came free.") from error
    except OSError as error:
        reason = error.strerror or _first_line(error)
        raise DatabaseUnusable(f"The database {where} cannot be reached: {reason}.") from error
    except Exception as error:
        # SQLAlchemy passes asyncpg's own error on if a lost connection is noticed when it is given back.
        if not type(error).__module__.startswith("asyncpg."):
            raise
        raise DatabaseUnusable(f"The database {where} cannot be used: {_first_line(error)}.") from error


def sqlite_reason(error: sqlite3.Error) -> str:
    """The meaning of an error of the `sqlite3` module, for code that uses it directly."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return _SQLITE_FAULTS.get(code & 0xFF) or _first_line(error)


def _is_unique_violation(error: IntegrityError) -> bool:
    return (
        _sqlite_code(error, extended=True) == sqlite3.SQLITE_CONSTRAINT_UNIQUE or _sqlstate(error) == "23505"
    )


def _is_locked(error: DBAPIError) -> bool:
    return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_programming_error(error: DBAPIError) -> bool:
    state = _sqlstate(error)
    # A whole code counts for more than its class: 42501, a missing right, is the operator's to grant.
    is_ours = state[:2] in _POSTGRESQL_PROGRAMMING_ERRORS and state not in _POSTGRESQL_FAULTS
    return is_ours or _sqlite_code(error) in _SQLITE_PROGRAMMING_ERRORS


def _reason(error: DBAPIError) -> str:
    state = _sqlstate(error)
    return (
        _SQLITE_FAULTS.get(_sqlite_code(error))
        or _POSTGRESQL_FAULTS.get(state)
        or _POSTGRESQL_FAULTS.get(state[:2])
        or _first_line(error.orig)
    )


def _sqlite_code(error: DBAPIError, *, extended: bool = False) -> int:
    """SQLite's primary result code (its low byte) or the extended one; -1 for other databases."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return -1
    return code if extended else code & 0xFF


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

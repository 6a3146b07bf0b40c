"""Column types that mean the same on SQLite and on PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_ZONE = "+00:00"

Key = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database generates. SQLite does so only in a column that is declared INTEGER."""


def sanitize_text(text: str) -> str:
    """The text without what no database can store: NUL is dropped, a lone surrogate becomes U+FFFD.

    Users can send both; PostgreSQL rejects NUL, and UTF-8 cannot encode lone surrogates.
    """
    if text.isascii():  # the usual case, twenty times as fast
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def enum_column(enum: type[StrEnum], name: str, *, is_checked: bool = True) -> Enum:
    """A text column that takes only the values of `enum`; `name` becomes part of the name of its CHECK constraint.

    Without a constraint (not `is_checked`), SQLite adds the column to a table without copying all its rows.
    """
    return Enum(
        enum,
        name=name,
        length=20,
        native_enum=False,
        create_constraint=is_checked,
        validate_strings=True,
        # The values, since a member of the enum may be renamed without a migration.
        values_callable=_values,
    )


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class _SqliteUtcDateTime(sqlite.DATETIME):
    """Text of fixed width with microseconds, which sorts chronologically: the form of SQLAlchemy's own type.

    That one knows no zones. Converting between its naive datetimes and aware ones takes several times as long as this, and
    most columns of a job are times.
    """

    def bind_processor(self, dialect: Dialect) -> Callable[..., Any]:
        del dialect
        return _iso_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[..., Any]:
        del dialect, coltype
        return _from_iso_text


def _iso_text(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(" ", "microseconds")[: -len(_ZONE)]


def _from_iso_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + _ZONE)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC; a naive one raises ValueError.

    PostgreSQL has a type for it, whose driver returns UTC too.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database has."""
        return dialect.type_descriptor(
            _SqliteUtcDateTime() if dialect.name == "sqlite" else self.impl_instance
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a value before it is stored."""
        del dialect
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC)


class StoredText(TypeDecorator[str]):
    """Text from users or APIs, sanitized before it is stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Convert a value before it is stored."""
        del dialect
        return None if value is None else sanitize_text(value)


# Compared byte by byte on both databases, so that a search by prefix can use an index.
BytewiseText = StoredText().with_variant(StoredText(collation="C"), "postgresql")


class Tags(TypeDecorator[tuple[str, ...]]):
    """A song's tags, stored as a JSON list."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> list[str] | None:
        """Convert a value before it is stored."""
        del dialect
        return None if value is None else [sanitize_text(tag) for tag in value]

    def process_result_value(self, value: Sequence[str] | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Convert a stored value."""
        del dialect
        return None if value is None else tuple(value)

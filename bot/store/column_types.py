"""Column types that mean the same on SQLite and on PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Key = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database generates. SQLite does so only in a column that is declared INTEGER."""


def sanitize_text(text: str) -> str:
    """The text without what no database can store: NUL is dropped, a lone surrogate becomes U+FFFD.

    Users can send both; PostgreSQL rejects NUL, and UTF-8 cannot encode lone surrogates.
    """
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def enum_column(enum: type[StrEnum], name: str) -> Enum:
    """A text column that takes only the values of `enum`; `name` becomes part of the name of its CHECK constraint."""
    return Enum(
        enum,
        name=name,
        length=20,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        # The values, since a member of the enum may be renamed without a migration.
        values_callable=_values,
    )


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC; a naive one raises ValueError.

    PostgreSQL has a type for it. SQLite stores text of fixed width with microseconds, which sorts chronologically.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a value before it is stored."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without a zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a stored value."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


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

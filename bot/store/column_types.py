"""Column types that mean the same on SQLite and on PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Key = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives. SQLite counts by itself only in a column that is declared INTEGER."""


def sanitize_text(text: str) -> str:
    """The text as every database can hold it: NUL is dropped, half a surrogate pair becomes U+FFFD.

    Anybody can send either; PostgreSQL refuses the first, and UTF-8 has no way to write the second.
    """
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def enum_column(enum: type[StrEnum], name: str) -> Enum:
    """A text column for `enum` that takes no other word; `name` goes into the name of its CHECK constraint."""
    return Enum(
        enum,
        name=name,
        length=20,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        values_callable=_values,
    )


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and given back in UTC; a naive one is a mistake and raises ValueError.

    PostgreSQL has a type for it. SQLite gets fixed-width text with microseconds, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without a zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class StoredText(TypeDecorator[str]):
    """Text from outside, made storable on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Into the database."""
        del dialect
        return None if value is None else sanitize_text(value)


# Compares byte by byte everywhere, so that an index serves a search by prefix.
BytewiseText = StoredText().with_variant(StoredText(collation="C"), "postgresql")


class Tags(TypeDecorator[tuple[str, ...]]):
    """A song's tags, kept as a JSON list."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> list[str] | None:
        """Into the database."""
        del dialect
        return None if value is None else [sanitize_text(tag) for tag in value]

    def process_result_value(self, value: Sequence[str] | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Out of the database."""
        del dialect
        return None if value is None else tuple(value)

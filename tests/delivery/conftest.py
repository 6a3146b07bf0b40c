"""Delivery runs on SQLite only here: `tests/store` tries every statement on PostgreSQL, too."""

import pytest


@pytest.fixture
def migrated_url(migrated_sqlite_url: str) -> str:
    """The URL of a SQLite database of this test's own that has its tables."""
    return migrated_sqlite_url

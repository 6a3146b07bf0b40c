import pytest


@pytest.fixture
def migrated_url(migrated_sqlite_url: str) -> str:
    """SQLite alone: the statements of the store are tested on both databases in `tests/store`."""
    return migrated_sqlite_url

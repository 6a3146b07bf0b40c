"""Drafts a migration from what changed in `bot.store.tables`: `python -m bot.store.migrations.draft "what changes"`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from bot.store.database import open_database
from bot.store.schema import HEAD, MIGRATIONS, config_for, upgrade


async def draft(message: str, *, folder: Path = MIGRATIONS) -> Path:
    """Compare the tables with what the migrations make of an empty database; returns the file with the difference."""

    def compare(connection: Connection) -> object:
        upgrade(connection)
        version = f"{int(HEAD) + 1:04}"
        script = command.revision(
            config_for(connection, folder=folder), message, autogenerate=True, rev_id=version
        )
        return getattr(script, "path", None)

    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite+aiosqlite:///{scratch}/scratch.db"
        async with open_database(url) as database:
            return Path(str(await database.write(compare)))


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(draft(' '.join(sys.argv[1:])))}\n")

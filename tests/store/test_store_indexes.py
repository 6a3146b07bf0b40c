"""The scans that run all the time see only the few jobs that they are about, however many there are."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.store import Store
from bot.store.database import Database, open_database
from bot.store.schema import bring_up_to_date
from tests.store.shapes import LEASE, NOW, OURS


@dataclass
class Watched:
    """A store whose statements are kept, so that SQLite can be asked how it would find their rows."""

    store: Store
    database: Database
    statements: list[tuple[str, Any]] = field(default_factory=list)

    def note(
        self, _connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.statements.append((statement, parameters))

    async def plan(self) -> str:
        ((statement, parameters),) = self.statements
        async with self.database.read() as connection:
            steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(str(step[-1]) for step in steps)


@pytest.fixture
async def watched(sqlite_url: str) -> AsyncGenerator[Watched]:
    async with open_database(sqlite_url) as database:
        await bring_up_to_date(database)
        watched = Watched(Store(database, owner=OURS), database)
        event.listen(database._engine.sync_engine, "before_cursor_execute", watched.note)
        yield watched


ADOPTION: dict[str, Any] = {"owner": OURS, "lease_until": LEASE, "now": NOW, "takeover": False}
SCANS: dict[str, tuple[dict[str, Any], str]] = {
    "queued": ({"now": NOW, "limit": 5}, "ix_jobs_open"),
    "next_submit_at": ({}, "ix_jobs_open"),
    "count_open": ({}, "ix_jobs_open"),
    "count_open_in": ({"guild_id": 10}, "ix_jobs_open"),
    "asked_in": ({"guild_id": 10, "since": NOW, "limit": 5}, "ix_jobs_guild"),
    "last_post_in": ({"guild_id": 10}, "ix_jobs_guild"),
    "adopt": (ADOPTION, "ix_jobs_open"),
    "orphaned_submits": ({"owner": OURS, "now": NOW, "takeover": False}, "ix_jobs_open"),
    "renew": ({"owner": OURS, "lease_until": LEASE}, "ix_jobs_owner"),
    "release": ({"owner": OURS}, "ix_jobs_owner"),
    "claim_deliveries": (ADOPTION | {"limit": 5, "exclude": [1, 2]}, "ix_jobs_undelivered"),
    "next_delivery_at": ({}, "ix_jobs_undelivered"),
    "forget_tokens": ({"now": NOW}, "ix_jobs_token"),
    "recent_waits_s": ({}, "ix_jobs_completed"),
    "find": ({"reference": "81fa5ff7"}, "ix_jobs_job_ref"),
}


@pytest.mark.parametrize("name", SCANS)
async def test_a_scan_uses_its_index(watched: Watched, name: str) -> None:
    arguments, index = SCANS[name]

    await getattr(watched.store, name)(**arguments)

    plan = await watched.plan()
    assert index in plan
    assert "SCAN jobs" not in plan.replace(f"SCAN jobs USING COVERING INDEX {index}", "").replace(
        f"SCAN jobs USING INDEX {index}", ""
    )

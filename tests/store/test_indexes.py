"""Frequent queries use an index that has only the rows they need."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.domain.policy.limits import Admission, Caps, RequestContext
from bot.domain.policy.model import Policy, Window
from bot.domain.search import Search, SearchScope, SongQuery, Stage, ViewerScope
from bot.store import Store
from bot.store.database import Database, open_database
from tests.factories import NOW, OURS, a_request, capacity_of


@dataclass
class Watched:
    """A store whose statements are recorded, so that SQLite can explain its query plans."""

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
        steps = await self.database.read(
            lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        )
        return "\n".join(str(step[-1]) for step in steps)


@pytest.fixture
async def watched(migrated_sqlite_url: str) -> AsyncGenerator[Watched]:
    async with open_database(migrated_sqlite_url) as database:
        watched = Watched(Store(database, owner=OURS), database)
        event.listen(database.engine, "before_cursor_execute", watched.note)
        yield watched


SCANS: dict[str, tuple[dict[str, Any], str]] = {
    "queue": ({}, "ix_jobs_open"),
    "count_submitted_by_requester": ({}, "ix_jobs_open"),
    "count_open": ({}, "ix_jobs_open"),
    "count_open_in": ({"guild_id": 10}, "ix_jobs_open"),
    "requests_in": ({"guild_id": 10, "since": NOW, "limit": 5}, "ix_jobs_guild"),
    "last_post_in": ({"guild_id": 10}, "ix_jobs_guild"),
    "running": ({}, "ix_jobs_open"),
    "settle_orphaned_submits": ({"owner": OURS, "now": NOW}, "ix_jobs_open"),
    "outbox.claim": ({"owner": OURS, "now": NOW, "capacity": capacity_of(5)}, "ix_jobs_undelivered"),
    "outbox.next_due_at": ({"now": NOW}, "ix_jobs_undelivered"),
    "forget_tokens": ({"now": NOW}, "ix_jobs_token"),
    "next_token_expiry": ({}, "ix_jobs_token"),
    "recent_waits_s": ({}, "ix_jobs_completed"),
    "children": ({"key": 1}, "ix_jobs_parent"),
    "find": ({"reference": "81fa5ff7"}, "ix_jobs_job_ref"),
}


ME = ViewerScope(user_id=30, guild_id=10, channel_id=20, visible_channel_ids=frozenset({20, 21}))
LISTS = {
    SearchScope.MINE: "ix_jobs_requester",
    SearchScope.CHANNEL: "ix_jobs_channel",
    SearchScope.SERVER: "ix_jobs_guild",
}


async def test_each_list_of_songs_is_read_along_its_index(watched: Watched) -> None:
    for scope, index in LISTS.items():
        for stage in (Stage.FINISHED, Stage.WORKING, Stage.ALL):
            query = SongQuery(scope=scope, stage=stage, text="trap")
            search = Search(key=1, user_id=30, guild_id=10, channel_id=20, query=query)
            watched.statements.clear()
            await watched.store.songs.page(search, ME, number=1)
            for statement in list(watched.statements):
                watched.statements[:] = [statement]
                plan = await watched.plan()
                assert index in plan, plan
                assert "SCAN" not in plan, plan
                assert "TEMP B-TREE" not in plan, plan


async def test_the_backlog_is_counted_along_two_indexes(watched: Watched) -> None:
    await watched.store.backlog()

    plan = await watched.plan()
    assert [step for step in plan.splitlines() if "jobs" in step] == [
        "SEARCH jobs USING COVERING INDEX ix_jobs_open (state=?)",
        "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)",
        "SCAN jobs USING INDEX ix_jobs_undelivered",
    ]


async def test_suggestions_are_read_along_their_index(watched: Watched) -> None:
    await watched.store.songs.suggestions("trap", user_id=30)

    plan = await watched.plan()
    assert "ix_jobs_requester" in plan
    assert "TEMP B-TREE" not in plan


async def test_old_searches_are_found_by_their_index(watched: Watched) -> None:
    await watched.store.songs.save_search(SongQuery(), ME, now=NOW)

    del watched.statements[1:]
    assert "ix_searches_made" in await watched.plan()


async def test_each_frequent_query_uses_its_index(watched: Watched) -> None:
    for name, (arguments, index) in SCANS.items():
        watched.statements.clear()
        await attrgetter(name)(watched.store)(**arguments)

        plan = await watched.plan()
        assert index in plan, name
        along_index = re.compile(rf"SCAN jobs USING (COVERING )?INDEX {index}\b")
        assert "SCAN jobs" not in along_index.sub("", plan), name


@pytest.mark.parametrize("erased", [False, True])
async def test_limits_are_counted_from_their_indexes_only(watched: Watched, *, erased: bool) -> None:
    window = (Window(songs=5, window_s=3600),)
    policy = Policy(member=window, channel=window, server=window, member_at_once=2, server_at_once=9)
    await watched.store.policies.change(10, lambda _: policy, by=1, what="", now=NOW)
    if erased:
        await watched.store.record(a_request(), now=NOW)
        await watched.store.erasure.erase_user(30, now=NOW)
    asker = RequestContext(guild_id=10, channel_id=20, member_id=30)
    caps = Caps(server_songs_per_day=200, person_songs_per_day=200, songs_per_day=1000, queued=500)
    watched.statements.clear()

    await watched.store.limit_usage(Admission(context=asker, caps=caps), now=NOW)

    counting = [statement for statement in watched.statements if "created_at" in statement[0]]
    assert len(counting) == 2
    for statement in counting:
        watched.statements[:] = [statement]
        plan = await watched.plan()
        assert "TEMP B-TREE" not in plan, plan
        for index in ("counted_member", "counted_channel", "counted_guild", "counted"):
            assert f"SEARCH jobs USING COVERING INDEX ix_jobs_{index} " in plan, plan
        assert ("SEARCH jobs USING COVERING INDEX ix_jobs_limit_ref (guild_id=?" in plan) is erased, plan
        assert "SCAN jobs" not in plan, plan


@pytest.mark.parametrize("erased", [False, True])
async def test_limits_in_direct_messages_are_counted_from_indexes_only(
    watched: Watched, *, erased: bool
) -> None:
    if erased:
        await watched.store.record(a_request(guild_id=None), now=NOW)
        await watched.store.erasure.erase_user(30, now=NOW)
    asker = RequestContext(guild_id=None, channel_id=20, member_id=30)
    caps = Caps(server_songs_per_day=200, person_songs_per_day=10, songs_per_day=1000, queued=500)
    watched.statements.clear()

    await watched.store.limit_usage(Admission(context=asker, caps=caps), now=NOW)

    counting = [statement for statement in watched.statements if "created_at" in statement[0]]
    plans: list[str] = []
    for statement in counting:
        watched.statements[:] = [statement]
        plans.append(await watched.plan())
    plan = "\n".join(plans)
    assert "TEMP B-TREE" not in plan, plan
    assert "SEARCH jobs USING COVERING INDEX ix_jobs_counted_member (guild_id=? AND requester_id=?" in plan
    of_erased = "SEARCH jobs USING COVERING INDEX ix_jobs_limit_ref (guild_id=? AND limit_ref=?"
    assert (of_erased in plan) is erased, plan
    assert "SCAN jobs" not in plan, plan

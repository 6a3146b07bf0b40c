from datetime import timedelta

from pydantic import SecretStr

from bot.domain.jobs import JobState
from bot.store import Store
from bot.store.usage import GuildUsage, usage_by_guild
from tests.factories import NOW, a_job


async def test_usage_counts_what_whisul_may_have_charged_for(store: Store, migrated_url: str) -> None:
    for state in (JobState.COMPLETED, JobState.FAILED, JobState.UNKNOWN, JobState.CANCELLED, JobState.QUEUED):
        await a_job(store, state, guild_id=10)
    await a_job(store, JobState.RUNNING, guild_id=10, requester_id=31)
    await a_job(store, JobState.QUEUED, guild_id=11)
    for person in (30, 31):
        await a_job(store, JobState.COMPLETED, guild_id=None, requester_id=person)
    url = SecretStr(migrated_url)
    assert await usage_by_guild(url, since=NOW - timedelta(days=1)) == [
        GuildUsage(10, requests=6, accepted=3, unknown=1, songs=1, members=2),
        GuildUsage(None, requests=2, accepted=2, unknown=0, songs=2, members=2),
        GuildUsage(11, requests=1, accepted=0, unknown=0, songs=0, members=1),
    ]
    assert await usage_by_guild(url, since=NOW + timedelta(seconds=1)) == []

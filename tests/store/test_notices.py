"""Notices: once for each occasion, also after a crash between the claim and the message."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_notice_is_claimed_until_sent_then_for_the_next_occasion(store: Store) -> None:
    async def claim(occasion: datetime, *, since: datetime | None = None) -> tuple[datetime, bool] | None:
        claim = await store.notices.claim(7, "welcome", occasion=occasion, since=since or occasion, now=NOW)
        return claim and (claim.occasion, claim.is_repeated)

    assert await claim(NOW) == (NOW, False)
    assert await claim(NOW) == (NOW, True)
    first = await store.notices.claim(7, "welcome", occasion=NOW, since=NOW, now=NOW + HOUR)
    assert first is not None
    assert first.claimed_at == NOW
    await store.notices.mark_sent(first, now=NOW)
    assert await claim(NOW) is None
    assert await claim(NOW + HOUR, since=NOW - HOUR) is None
    assert await claim(NOW + HOUR) == (NOW + HOUR, False)


async def test_of_claims_at_the_same_time_one_is_the_first(store: Store) -> None:
    claims = await asyncio.gather(
        *(store.notices.claim(7, "welcome", occasion=NOW, since=NOW, now=NOW) for _ in range(8))
    )
    assert sorted(claim.is_repeated for claim in claims if claim) == [False] + 7 * [True]

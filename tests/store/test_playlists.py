"""Playlists: names that differ, limits, the order of songs, and what a reader sees of them."""

from dataclasses import replace

from bot.domain.jobs import JobState
from bot.domain.playlists import MAX_PLAYLISTS, MAX_SONGS, PlaylistFault
from bot.domain.search import SearchScope, SongQuery, ViewerScope
from bot.store import Store
from tests.factories import NOW, a_job, expected_playlist, seconds

ME, OTHER, HERE = 30, 31, 10


async def created(store: Store, name: str = "Rainy days", *, user_id: int = ME) -> int:
    """A new playlist; returns its key."""
    assert await store.playlists.create(name, user_id=user_id, guild_id=HERE, now=NOW) is None
    found = expected_playlist(await store.playlists.find(name, user_id=user_id, guild_id=HERE))
    return found.key


async def test_the_names_of_a_members_playlists_in_a_server_differ(store: Store) -> None:
    key = await created(store, "Straße")
    again = await store.playlists.create("STRASSE", user_id=ME, guild_id=HERE, now=NOW)
    assert again is PlaylistFault.NAME_TAKEN
    await created(store, "STRASSE", user_id=OTHER)
    assert await store.playlists.create("Straße", user_id=ME, guild_id=HERE + 1, now=NOW) is None
    found = expected_playlist(await store.playlists.find("strasse", user_id=ME, guild_id=HERE))
    assert (found.key, found.name, found.songs) == (key, "Straße", 0)
    await store.playlists.delete(key)
    assert await store.playlists.get(key) is None
    assert len(await store.playlists.of_member(OTHER, HERE)) == 1


async def test_playlists_and_their_songs_are_limited(store: Store) -> None:
    keys = [await created(store, f"list {number}") for number in range(MAX_PLAYLISTS)]
    refused = await store.playlists.create("one more", user_id=ME, guild_id=HERE, now=NOW)
    assert refused is PlaylistFault.TOO_MANY
    jobs = [await a_job(store) for _ in range(MAX_SONGS + 1)]
    for job in jobs[:-1]:
        assert await store.playlists.add(keys[0], job.key, now=NOW) is None
    assert await store.playlists.add(keys[0], jobs[-1].key, now=NOW) is PlaylistFault.FULL
    assert await store.playlists.add(keys[0], jobs[0].key, now=NOW) is None
    assert await store.playlists.add(99, jobs[0].key, now=NOW) is PlaylistFault.UNKNOWN


async def test_a_reader_sees_the_songs_in_sight_in_their_order(store: Store) -> None:
    key = await created(store)
    jobs = [
        await a_job(store, JobState.COMPLETED, requester_id=OTHER, channel_id=channel_id)
        for channel_id in (20, 21, 20)
    ]
    for wait_s, job in enumerate(reversed(jobs)):
        await store.playlists.add(key, job.key, now=NOW + seconds(wait_s))
    await a_job(store, JobState.COMPLETED, requester_id=OTHER)
    viewer = ViewerScope(user_id=ME, guild_id=HERE, channel_id=20, visible_channel_ids=frozenset({20}))
    query = SongQuery(scope=SearchScope.SERVER, playlist_key=key, playlist_name="Rainy days")
    search = await store.songs.save_search(query, viewer, now=NOW)

    page = await store.songs.page(search, viewer, number=1)
    assert [entry.job.key for entry in page.entries] == [jobs[2].key, jobs[0].key]
    assert page.search.query == query
    assert (await store.songs.page(search, replace(viewer, guild_id=11), number=1)).entries == ()
    assert await store.playlists.remove(key, jobs[2].key)
    assert not await store.playlists.remove(key, jobs[2].key)
    assert [job.key for job in await store.playlists.songs(key, limit=9)] == [jobs[1].key, jobs[0].key]

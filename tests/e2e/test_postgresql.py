"""The same bot on a real PostgreSQL server."""

from tests.e2e.rig import Rig, embed


async def test_a_song_is_made_across_a_restart(rig: Rig, postgresql_url: str) -> None:
    await rig.start(DATABASE_URL=postgresql_url)
    asked = await rig.compose("a trap song")
    await rig.until(lambda: asked.answer and "81fa5ff7" in str(asked.answer.embeds))
    assert await rig.bot.stop() == 0
    (submit,) = rig.whisul.submits
    rig.whisul.finish(submit.job_id)
    await rig.start()
    assert embed(await rig.post())["title"] == "Midnight Grid"
    assert "Midnight Grid" in str((await rig.status(submit.job_id)).embeds)
    assert len(rig.whisul.submits) == len(rig.posts()) == 1
    assert not rig.database.exists()

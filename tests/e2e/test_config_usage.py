"""/config usage and warnings."""

from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import MEMBER, limited, used
from tests.e2e.rig import Rig, fields, words


def warnings(rig: Rig, channel: str = "general") -> list[str]:
    return [each.content for each in rig.posts(channel) if "of a limit is used" in each.content]


async def test_admins_see_songs_by_day_member_and_channel_also_as_a_file(ready: Rig) -> None:
    await ordered(ready, user="ada")
    await ordered(ready, user=MEMBER)
    ada, music = ready.discord.world.user("ada"), ready.channel("music")
    answer = await used(ready, "config usage", {"days": 2})
    assert "2 songs in 2 days" in words(answer)
    assert f"<@{ada.id}>: 1" in fields(answer)["Members"]
    assert fields(answer)["Channels"] == f"<#{music.id}>: 2"
    (picture,) = [each for each in answer.files if each.in_embed]
    assert (picture.filename, picture.content[:4]) == ("usage.png", b"\x89PNG")
    assert str(picture.description).startswith("Bar chart of the songs per day: ")
    assert str(picture.description).endswith(": 2")
    (file,) = answer.attachments
    assert file.filename == "usage.csv"
    content = file.content.decode()
    assert content.splitlines()[0] == "day,channel_id,member_id,songs"
    assert f",{music.id},{ada.id},1" in content


async def test_warnings_come_at_80_and_100_percent_once_per_window(ready: Rig) -> None:
    assert "Saved" in words(await used(ready, "config warnings", {"channel": ready.channel("general")}))
    await limited(ready, "server", songs="5", per="hour")
    for _ in range(3):
        await ordered(ready)
    assert warnings(ready) == []
    await ordered(ready, user=MEMBER)
    await ready.until(lambda: len(warnings(ready)) == 1)
    assert "80% of a limit is used: 5 songs per hour for the whole server" in warnings(ready)[0]
    await ordered(ready, user=MEMBER)
    await ready.until(lambda: len(warnings(ready)) == 2)
    assert "100%" in warnings(ready)[1]
    assert "I can take the next request <t:" in warnings(ready)[1]
    # A song that fails frees a place, which is used again in the same window.
    await ready.bot.stop()
    await ready.start()
    assert "5 songs per hour" in words(await private_answer(ready, await ready.compose(user=MEMBER)))
    (job, *_) = ready.whisul.jobs.values()
    ready.whisul.finish(job.job_id, status="failed")
    await ready.until_stored(lambda row: row["state"] == "failed")
    await ordered(ready, user=MEMBER)
    await used(ready, "config show")
    assert len(warnings(ready)) == 2
    assert_no_traceback(ready)


async def test_a_warning_at_100_percent_comes_once_and_disturbs_no_request(ready: Rig) -> None:
    await used(ready, "config warnings", {"channel": ready.channel("general")})
    await limited(ready, "server", songs="1", per="day")
    await ordered(ready)
    await ready.until(lambda: warnings(ready))
    (only,) = warnings(ready)
    assert "100% of a limit is used: 1 song per 24 hours" in only
    await limited(ready, "server", songs="2", per="day")
    ready.discord.world.delete_channel("general")
    await ordered(ready)
    await used(ready, "config show")
    assert_no_traceback(ready)

"""The like button: one like per member, and the right count on every message."""

from datetime import timedelta

from sandbox.discord import Fault
from tests.e2e.actions import assert_no_traceback
from tests.e2e.config_actions import pressed, used
from tests.e2e.database import stored
from tests.e2e.factories import LONG_AGO, job_factory
from tests.e2e.press_actions import buttons, custom_id, posted, press, restarted
from tests.e2e.rig import Rig, words

MEMBERS = 20


def likes(rig: Rig) -> int:
    return len(stored(rig, "SELECT * FROM likes"))


async def test_a_like_counts_once_for_each_member_and_can_be_taken_back(ready: Rig) -> None:
    _, post = await posted(ready, user="ada")
    files, text, embeds = list(post.files), post.content, list(post.embeds)
    expected = {"ada": "1", "dana": "2"}
    for user, label in expected.items():
        await press(ready, "like", post, user=user)
        assert buttons(post)["like"] == label
    await restarted(ready)
    await press(ready, "like", post, user="ada")
    assert buttons(post)["like"] == "1"
    await press(ready, "like", post, user="dana")
    assert buttons(post)["like"] == "Like"
    assert likes(ready) == 0
    assert list(buttons(post)) == ["again", "like", "edit", "delete"]
    assert (post.files, post.content, post.embeds) == (files, text, embeds)
    assert_no_traceback(ready)


async def test_a_liked_song_is_a_favorite_until_it_is_removed_from_the_list(ready: Rig) -> None:
    _, post = await posted(ready, "a trap song", user="ada")
    for user in ("ada", "dana"):
        await press(ready, "like", post, user=user)
    page = await used(ready, "songs favorites", user="dana")
    assert "**Your favorites** · page 1 of 1, 1 song" in page.content
    (favorite,) = page.embeds
    assert "♥ 2" in favorite["description"]
    await restarted(ready)
    removed = await ready.discord.select(
        user="dana", message=page, custom_id=custom_id(page, "unlike"), values=["1"]
    )
    await ready.until(lambda: "You have no favorites here" in page.content)
    await ready.until(lambda: buttons(post)["like"] == "1")
    assert removed.updated
    assert "Your favorites" in (await used(ready, "songs favorites", user="ada")).content
    assert_no_traceback(ready)


async def test_the_chart_of_a_server_ranks_its_liked_songs(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        await factory.put("Open", user="chidi")
        await factory.put("Hidden", user="bela", channel="backstage")
        await factory.put("Other server", user="chidi", channel="lobby")
        for key, users in ((1, (7, 8)), (2, (7, 8, 9)), (3, (7,))):
            for user_id in users:
                await factory.store.likes.toggle(key, user_id=user_id, now=LONG_AGO - timedelta(days=7))
    await rig.start()
    week = await used(rig, "songs chart", user="dana")
    assert "Nobody has liked a song yet" in words(week)
    await pressed(rig, week, "Show all time", user="dana")
    await rig.until(lambda: "Most liked of all time" in words(week))
    assert "**Open**" in words(week)
    (picture,) = week.files
    assert (picture.filename, picture.description) == ("likes.png", "Bar chart of the likes: 1: 2")
    assert "♥ 2" in words(week)
    assert "Hidden" not in words(week)
    assert "Other server" not in words(week)
    await pressed(rig, week, "Show the last 7 days", user="dana")
    await rig.until(lambda: not week.files)
    manager = words(await used(rig, "songs chart", {"period": "all_time"}))
    assert manager.index("Hidden") < manager.index("Open")
    outside = await rig.discord.command(
        user="ada", channel=rig.discord.world.open_dm("ada"), name="songs chart", options={}
    )
    assert "server" in (await rig.until(lambda: outside.answer)).content


async def test_twenty_members_at_once_end_with_the_right_count_everywhere(ready: Rig) -> None:
    world = ready.discord.world
    guild = world.guild_of(ready.channel("music"))
    assert guild
    users = [world.add_user(f"fan{number}", f"Fan {number}").username for number in range(MEMBERS)]
    for user in users:
        world.add_member(guild, user)
    _, post = await posted(ready)
    # The first answer arrives last: it must not overwrite what the others have shown by then, nor hold them up.
    ready.discord.script("callback", Fault.late(1.0))
    pressed = [
        await ready.discord.press(user=user, message=post, custom_id=custom_id(post, "like"))
        for user in users
    ]
    await ready.until(lambda: all(each.acknowledged for each in pressed))
    await ready.until(lambda: buttons(post)["like"] == str(MEMBERS))
    assert likes(ready) == MEMBERS
    await press(ready, "like", post, user=users[0])
    await ready.until(lambda: buttons(post)["like"] == str(MEMBERS - 1))
    assert_no_traceback(ready)


async def test_a_like_whose_acknowledgement_got_lost_still_shows(ready: Rig) -> None:
    _, post = await posted(ready)
    ready.discord.script("callback", Fault.connection_reset(handled=True))
    await press(ready, "like", post)
    await ready.until(lambda: buttons(post)["like"] == "1")
    assert not post.deleted
    assert likes(ready) == 1

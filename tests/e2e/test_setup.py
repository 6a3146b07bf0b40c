"""The welcome in a new server, and the setup form behind its button."""

from sandbox.discord.world.model import Message
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import BOT_PERMISSIONS
from tests.e2e.actions import assert_no_traceback, killed_at, private_answer, until_true
from tests.e2e.config_actions import ADMIN, MEMBER, pressed, private, used
from tests.e2e.database import stored
from tests.e2e.rig import Rig, fields, words


def welcomes(rig: Rig, channel: str = "general") -> list[Message]:
    return [each for each in rig.posts(channel) if "I make songs from words" in each.content]


async def joined(rig: Rig, permissions: Permission = BOT_PERMISSIONS) -> None:
    """The bot is added to a server again, as to one that is new to it."""
    rig.discord.world.remove_bot("Night Owls")
    rig.discord.world.add_bot("Night Owls", permissions, by=ADMIN)


async def recorded(rig: Rig) -> None:
    """Wait until the bot has stored that no welcome is due."""
    await until_true(rig, lambda: stored(rig, "SELECT 1 FROM notices WHERE sent_at IS NOT NULL"))


async def test_a_server_is_set_up_from_its_welcome_in_three_interactions(ready: Rig) -> None:
    await joined(ready)
    (welcome,) = await ready.until(lambda: welcomes(ready))
    asked = await ready.discord.press(user=MEMBER, message=welcome, label="Set up")
    assert "Manage Server" in words(await private_answer(ready, asked))
    assert asked.modal is None
    boosters = ready.discord.world.role("Night Owls", "DJs")
    before = len(ready.discord.interactions.seen)
    opener = await ready.discord.press(user=ADMIN, message=welcome, label="Set up")
    await ready.until(lambda: opener.modal)
    values = {
        "Songs for each member": "3 a day",
        "A role with more songs": boosters,
        "Songs for each member with the role": "10",
        "Songs only in these channels": [ready.channel("music")],
        "Post finished songs in": ready.channel("general"),
    }
    draft = await private(ready, await ready.discord.submit_modal(opener, values))
    await pressed(ready, draft, "Save")
    assert len(ready.discord.interactions.seen) - before == 3
    settings = fields(await used(ready, "config show"))
    assert settings["Each member"] == "3 songs per 24 hours"
    assert settings["Roles"].startswith(f"<@&{boosters.id}>: 10 songs per 24 hours")
    assert settings["Channels"] == f"only in <#{ready.channel('music').id}>"
    assert f"<#{ready.channel('general').id}>" in settings["Finished songs"]
    assert_no_traceback(ready)


async def test_the_form_shows_what_is_set_and_emptied_fields_remove_it(ready: Rig) -> None:
    music, djs = ready.channel("music"), ready.discord.world.role("Night Owls", "DJs")
    await used(ready, "config channels add", {"channel": music})
    await pressed(ready, await used(ready, "config role", {"role": djs, "means": "unlimited"}), "Save")
    opener = await ready.discord.command(user=ADMIN, channel=music, name="config setup")
    modal = await ready.until(lambda: opener.modal)
    shown = {part["label"]: part["component"].get("default_values") for part in modal["components"]}
    assert shown["A role with more songs"] == [{"id": str(djs.id), "type": "role"}]
    assert shown["Songs only in these channels"] == [{"id": str(music.id), "type": "channel"}]
    emptied: dict[str, object] = {"role": [], "channels": []}
    await pressed(ready, await private(ready, await ready.discord.submit_modal(opener, emptied)), "Save")
    settings = fields(await used(ready, "config show"))
    assert (settings["Roles"], settings["Channels"]) == ("no role overrides", "songs in all channels")
    opener = await ready.discord.command(user=ADMIN, channel=music, name="config setup")
    await ready.until(lambda: opener.modal)
    refusal = await private(ready, await ready.discord.submit_modal(opener, {"role_songs": "10"}))
    assert "no role" in words(refusal)


async def test_a_server_is_welcomed_once_for_each_time_that_it_is_joined(ready: Rig) -> None:
    await joined(ready)
    await ready.until(lambda: welcomes(ready))
    guild = ready.discord.world.guild("Night Owls")
    ready.discord.gateway.set_available(guild, available=False)
    ready.discord.gateway.set_available(guild, available=True)
    await ready.bot.stop()
    await ready.start()
    await used(ready, "config show")
    assert len(welcomes(ready)) == 1
    await ready.bot.stop()
    await joined(ready)
    await ready.start()
    await ready.until(lambda: len(welcomes(ready)) == 2)
    assert welcomes(ready, "lobby") == []


async def test_a_crash_after_the_welcome_was_posted_brings_no_second_one(ready: Rig) -> None:
    ended = killed_at(ready, "message.create", "handled")
    await joined(ready)
    await ended()
    assert len(welcomes(ready)) == 1
    ready.discord.world.clock.jump(600)  # the nonce is forgotten
    await ready.start()
    await recorded(ready)
    assert len(welcomes(ready)) == 1


async def test_without_a_place_to_post_the_inviter_is_written_to_if_known(ready: Rig) -> None:
    ready.discord.world.set_system_channel("Night Owls", None)
    await joined(ready)
    await recorded(ready)
    assert not any(each.kind == "audit_log.get" for each in ready.discord.rest.requests)
    await joined(ready, BOT_PERMISSIONS | Permission.VIEW_AUDIT_LOG)
    (letter,) = await ready.until(lambda: ready.direct_messages(ADMIN))
    assert "Thanks for adding me to **Night Owls**" in letter.content
    assert "/config setup" in letter.content
    assert_no_traceback(ready)

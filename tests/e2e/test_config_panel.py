"""The settings panel: presets, forms, buttons, files."""

import json
from collections.abc import Mapping

from sandbox.discord import SeenInteraction
from sandbox.discord.client.references import Reference
from sandbox.discord.json_types import Json
from sandbox.discord.world.model import Attachment, ChannelType, Message
from sandbox.discord.world.permissions import Permission
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import ADMIN, MEMBER, imported, pressed, private, used
from tests.e2e.rig import Rig, fields, words


async def chosen(rig: Rig, panel: Message, part: str) -> SeenInteraction:
    """An admin takes a line of the panel's list."""
    return await rig.discord.select(user=ADMIN, message=panel, values=[part])


async def filled(rig: Rig, part: str, values: Mapping[str, object]) -> Message:
    """An admin fills a form in; returns the answer."""
    opener = await chosen(rig, await used(rig, "config show"), part)
    await rig.until(lambda: opener.modal)
    return await private(rig, await rig.discord.submit_modal(opener, values))


async def test_only_a_welcome_is_posted_and_a_new_server_is_offered_presets(ready: Rig) -> None:
    ready.discord.world.remove_bot("Night Owls")
    ready.discord.world.add_bot("Night Owls")
    (welcome,) = await ready.until(lambda: ready.posts("general"))
    panel = await used(ready, "config show")
    for channel in ready.discord.world.channels.values():
        assert [m for m in ready.discord.messages(channel) if m.author_id == ready.discord.world.bot.id] in (
            [],
            [welcome],
            [panel],
        )
    assert "For friends." in fields(panel)["Preset: Small"]
    draft = await pressed(ready, panel, "Strict")
    assert "1 song per hour" in words(draft)
    await pressed(ready, draft, "Save")
    panel = await used(ready, "config show")
    assert "Preset: Small" not in fields(panel)
    assert fields(panel)["Each member"].startswith("1 song per hour, 3 songs per 24 hours")


async def test_forms_hold_what_is_set_and_are_saved_after_a_look(ready: Rig) -> None:
    values = {"windows": "5 per hour\n20 songs in 7 days", "at_once": "2", "cooldown": "45 s"}
    await pressed(ready, await filled(ready, "member", values), "Save")
    told = "5 songs per hour, 20 songs per 7 days, 2 at a time, 45 s between songs"
    panel = await used(ready, "config show")
    assert fields(panel)["Each member"] == told
    opener = await chosen(ready, panel, "member")
    modal = await ready.until(lambda: opener.modal)
    shown = [label["component"].get("value") for label in modal["components"]]
    assert shown == ["5 per hour\n20 per 7 days", "2", "45 seconds"]
    refusal = await filled(ready, "server", {"windows": "a few", "at_once": ""})
    assert "Use lines like" in words(refusal)
    draft = await filled(ready, "retention", {"days": "30"})
    assert "erase older prompts and results for good" in words(draft)
    assert_no_traceback(ready)


async def picked(rig: Rig, message: Message, *values: Reference, picker: str) -> Message:
    """An admin takes roles or channels from a list; returns the answer."""
    asked = await rig.discord.select(
        user=ADMIN, message=message, values=values, custom_id=f"config-pick:{picker}"
    )
    return await private(rig, asked)


def picker(message: Message, name: str) -> Json:
    """A list of Discord's under a message."""
    (found,) = [row["components"][0] for row in message.components if f"config-pick:{name}" in str(row)]
    return found


async def test_a_role_is_picked_on_the_panel_and_given_a_meaning(ready: Rig) -> None:
    djs = ready.discord.world.role("Night Owls", "DJs")
    ways = await private(ready, await chosen(ready, await used(ready, "config show"), "roles"))
    role = await picked(ready, ways, djs, picker="role")
    await pressed(ready, await pressed(ready, role, "No songs"), "Save")
    assert "don't let one of your roles request songs" in words(
        await private_answer(ready, await ready.compose(user="chidi"))
    )
    role = await picked(ready, ways, djs, picker="role")
    assert f"<@&{djs.id}>: no songs" in words(role)
    opener = await ready.discord.press(user=ADMIN, message=role, label="Set its own limit")
    await ready.until(lambda: opener.modal)
    refusal = await private(ready, await ready.discord.submit_modal(opener, {"windows": "a few"}))
    assert "Nothing was changed" in words(refusal)
    draft = await private(ready, await ready.discord.submit_modal(opener, {"windows": "1 per hour"}))
    await pressed(ready, draft, "Save")
    await ordered(ready, user="chidi")
    assert "1 song per hour" in words(await private_answer(ready, await ready.compose(user="chidi")))
    opener = await ready.discord.press(
        user=ADMIN, message=await picked(ready, ways, djs, picker="role"), label="Set its own limit"
    )
    modal = await ready.until(lambda: opener.modal)
    assert modal["components"][0]["component"]["value"] == "1 per hour"
    await pressed(
        ready, await pressed(ready, await picked(ready, ways, djs, picker="role"), "No override"), "Save"
    )
    assert fields(await used(ready, "config show"))["Roles"] == "no role overrides"
    assert_no_traceback(ready)


async def test_the_rule_of_a_role_goes_with_the_role(ready: Rig) -> None:
    world = ready.discord.world
    djs, listeners = world.role("Night Owls", "DJs"), world.role("Night Owls", "Listeners")
    for role in (djs, listeners):
        await pressed(ready, await used(ready, "config role", {"role": role, "means": "blocked"}), "Save")
    world.delete_role("Night Owls", djs)
    shown = ""
    for _ in range(50):  # the bot handles the event while it answers
        shown = fields(await used(ready, "config show"))["Roles"]
        if str(djs.id) not in shown:
            break
    assert shown == f"<@&{listeners.id}>: no songs"
    assert f"<@{world.bot.id}> removed the rule of a deleted role" in words(await used(ready, "config log"))
    world.delete_role("Night Owls", world.add_role("Night Owls", "Nobody"))
    assert_no_traceback(ready)


async def test_channels_are_picked_on_the_panel(ready: Rig) -> None:
    general, music = ready.channel("general"), ready.channel("music")
    panel = await used(ready, "config show")
    ways = await private(ready, await chosen(ready, panel, "channels"))
    await pressed(ready, await picked(ready, ways, general, picker="denied"), "Save")
    refusal = await private_answer(ready, await ready.compose(user=MEMBER, channel="general"))
    assert "don't allow songs in this channel" in words(refusal)
    ways = await private(ready, await chosen(ready, panel, "channels"))
    assert picker(ways, "denied")["default_values"] == [{"id": str(general.id), "type": "channel"}]
    assert not picker(ways, "allowed").get("default_values")
    await pressed(ready, await picked(ready, ways, general, music, picker="allowed"), "Save")
    assert "only in" in fields(await used(ready, "config show"))["Channels"]
    ways = await private(ready, await chosen(ready, panel, "channels"))
    await pressed(ready, await pressed(ready, ways, "Everywhere"), "Save")
    assert fields(await used(ready, "config show"))["Channels"] == "songs in all channels"
    assert_no_traceback(ready)


async def test_results_channel_and_music_channels_are_picked_on_the_panel(ready: Rig) -> None:
    music, jam = ready.channel("music"), ready.channel("open jam")
    panel = await used(ready, "config show")
    ways = await private(ready, await chosen(ready, panel, "results"))
    refusal = await picked(ready, ways, ready.channel("announcements"), picker="results")
    assert "**Send Messages**" in words(refusal)
    await pressed(ready, await picked(ready, ways, jam, picker="results"), "Save")
    ways = await private(ready, await chosen(ready, panel, "results"))
    assert picker(ways, "results")["default_values"] == [{"id": str(jam.id), "type": "channel"}]
    await pressed(ready, await pressed(ready, ways, "Where they were requested"), "Save")
    ways = await private(ready, await chosen(ready, panel, "private"))
    await pressed(ready, await picked(ready, ways, music, picker="music"), "Save")
    shown = fields(await used(ready, "config show"))
    assert shown["Finished songs"] == "posted where they were requested"
    assert shown["Private drafts"] == f"required everywhere except <#{music.id}>"
    ways = await private(ready, await chosen(ready, panel, "private"))
    await pressed(ready, await pressed(ready, ways, "Forbid"), "Save")
    assert fields(await used(ready, "config show"))["Private drafts"] == "forbidden"
    assert_no_traceback(ready)


async def test_time_zone_warnings_and_digest_are_set_on_the_panel(ready: Rig) -> None:
    general, stage = ready.channel("general"), ready.channel("announcements")
    assert "isn't a time zone I know" in words(await filled(ready, "timezone", {"zone": "Europe/Atlantis"}))
    await pressed(ready, await filled(ready, "timezone", {"zone": "asia/tokyo"}), "Save")
    panel = await used(ready, "config show")
    assert fields(panel)["Time zone"] == "a day ends at midnight in Asia/Tokyo"
    values = {"warnings": "at 80% and 100% in", "digest": "on Mondays in"}
    names = {"warnings": "Usage warnings", "digest": "Weekly digest"}
    for setting, value in values.items():
        ways = await private(ready, await chosen(ready, panel, setting))
        refusal = await picked(ready, ways, stage, picker=setting)
        assert "**Send Messages**" in words(refusal)
        await pressed(ready, await picked(ready, ways, general, picker=setting), "Save")
        assert fields(await used(ready, "config show"))[names[setting]] == f"{value} <#{general.id}>"
        ways = await private(ready, await chosen(ready, panel, setting))
        assert picker(ways, setting)["default_values"] == [{"id": str(general.id), "type": "channel"}]
        await pressed(ready, await pressed(ready, ways, f"No {setting}"), "Save")
        assert fields(await used(ready, "config show"))[names[setting]] == "off"
    log = words(await used(ready, "config log"))
    assert "changed *Weekly digest* from the settings panel" in log
    await pressed(ready, await filled(ready, "timezone", {"zone": ""}), "Save")
    assert fields(await used(ready, "config show"))["Time zone"] == "a day is the last 24 hours"
    assert_no_traceback(ready)


async def test_the_panel_names_channels_in_which_nothing_can_be_posted(ready: Rig) -> None:
    world, general, jam = ready.discord.world, ready.channel("general"), ready.channel("open jam")
    for command in ("config results", "config warnings"):
        await used(ready, command, {"channel": general})
    await used(ready, "config digest", {"channel": ready.channel("music")})
    assert "Needs fixing" not in fields(await used(ready, "config show"))
    world.deny(general, world.bot, Permission.SEND_MESSAGES)
    assert fields(await used(ready, "config show"))["Needs fixing"].splitlines() == [
        f"⚠️ <#{general.id}>: I'm missing Send Messages there."
    ]
    forum = world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)
    file = json.dumps({"digest_channel_id": str(forum.id), "warnings_channel_id": str(jam.id)})
    assert "`digest_channel_id`" in words(await imported(ready, file.encode()))
    assert_no_traceback(ready)


async def test_a_blocked_word_is_refused_in_any_spelling_until_it_is_allowed(ready: Rig) -> None:
    await used(ready, "config words add", {"word": "Polka"})
    assert "`Polka`" in words(await used(ready, "config words list"))
    refusal = await private_answer(ready, await ready.compose("a \uff30OL\uff2bA, please", user=MEMBER))
    assert "Polka" in words(refusal)
    assert "no letter or digit" in words(await used(ready, "config words add", {"word": "!!!"}))
    await used(ready, "config words remove", {"word": "polka"})
    await ordered(ready, "a polka", user=MEMBER)
    log = words(await used(ready, "config log"))
    assert "**Unblocked**: `Polka`" in log
    assert "`Polka`" in log


async def test_an_export_is_imported_elsewhere_and_a_reset_is_undone(ready: Rig) -> None:
    await used(ready, "config words add", {"word": "polka"})
    await used(ready, "config channels add", {"channel": ready.channel("general"), "means": "deny"})
    answer = await used(ready, "config export")
    (file,) = answer.attachments
    document = json.loads(file.content)
    assert document["words"] == ["polka"]
    assert document["channels"]["ids"] == [str(ready.channel("general").id)]
    draft = await imported(ready, file.content, user="dana", channel="lobby")
    await pressed(ready, draft, "Save", user="dana")
    assert "`polka`" in words(await used(ready, "config words list", user="dana", channel="lobby"))
    await used(ready, "config fairness", {"order": "first"})
    await pressed(ready, await used(ready, "config reset"), "Save")
    shown = fields(await used(ready, "config show"))
    assert shown["Queue order"] == "members take turns"
    assert "Preset: Small" in shown
    await pressed(ready, await used(ready, "config undo"), "Save")
    assert fields(await used(ready, "config show"))["Queue order"] == "first come, first served"


async def test_a_file_with_a_fault_is_refused_whole_and_the_fault_is_named(ready: Rig) -> None:
    elsewhere = ready.channel("lobby").id
    for content, told in (
        (b"not json", "JSON"),
        (b'{"member": [{"songs": 0, "window_s": 3600}]}', "`member.0.songs`: `0` is too low. Use 1 or more."),
        (b'{"results_channel_id": 123}', "IDs must be in quotes"),
        (b'{"surprise": 1}', "`surprise`: There's no such setting."),
        (
            json.dumps({"results_channel_id": str(elsewhere)}).encode(),
            "can't see that channel on this server",
        ),
        (b" " * 200_000, "The file is too large."),
    ):
        answer = words(await imported(ready, content))
        assert told in answer
        assert "Nothing was changed" in answer
    lost = Attachment(
        1, "lost.json", b"{}", "application/json", f"{ready.discord.page_url}/attachments/1/1/lost.json"
    )
    assert "couldn't download the file" in words(await used(ready, "config import", {"file": lost}))
    assert "Nobody has changed anything yet" in words(await used(ready, "config log"))
    assert_no_traceback(ready)

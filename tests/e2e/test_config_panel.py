"""The panel and what leads away from it: presets, forms, buttons, files; and the settings that hold at once."""

import json
from collections.abc import Mapping

from sandbox.discord import SeenInteraction
from sandbox.discord.json_types import Json
from sandbox.discord.model import Attachment, Message
from sandbox.discord.references import Named
from tests.e2e.config_steps import ADMIN, MEMBER, imported, pressed, private, used
from tests.e2e.rig import Rig, fields, words
from tests.e2e.steps import assert_no_traceback, ordered, private_answer


async def chosen(rig: Rig, panel: Message, part: str) -> SeenInteraction:
    """An admin takes a line of the panel's list."""
    return await rig.discord.select(user=ADMIN, message=panel, values=[part])


async def filled(rig: Rig, part: str, values: Mapping[str, object]) -> Message:
    """An admin fills a form in; returns the answer."""
    opener = await chosen(rig, await used(rig, "config show"), part)
    await rig.until(lambda: opener.modal)
    return await private(rig, await rig.discord.submit_modal(opener, values))


async def test_nothing_is_posted_unasked_and_a_new_server_is_offered_presets(rig: Rig) -> None:
    rig.discord.world.remove_bot("Night Owls")
    await rig.start()
    await rig.discord.invite_bot("Night Owls")
    panel = await used(rig, "config show")
    for channel in rig.discord.world.channels.values():
        assert [m for m in rig.discord.messages(channel) if m.author_id == rig.discord.world.bot.id] in (
            [],
            [panel],
        )
    assert "For friends who know each other" in fields(panel)["Preset: Small"]
    draft = await pressed(rig, panel, "Strict")
    assert "1 song in any hour" in words(draft)
    await pressed(rig, draft, "Save")
    panel = await used(rig, "config show")
    assert "Preset: Small" not in fields(panel)
    assert fields(panel)["Each member"].startswith("1 song in any hour, 3 songs in any 24 hours")


async def test_forms_hold_what_is_set_and_are_saved_after_a_look(rig: Rig) -> None:
    await rig.start()
    values = {"windows": "5 per hour\n20 songs in 7 days", "at_once": "2", "cooldown": "45 s"}
    await pressed(rig, await filled(rig, "member", values), "Save")
    told = "5 songs in any hour, 20 songs in any 7 days, 2 at the same time, 45 s between two songs"
    panel = await used(rig, "config show")
    assert fields(panel)["Each member"] == told
    opener = await chosen(rig, panel, "member")
    modal = await rig.until(lambda: opener.modal)
    shown = [label["component"].get("value") for label in modal["components"]]
    assert shown == ["5 per hour\n20 per 7 days", "2", "45 seconds"]
    refusal = await filled(rig, "server", {"windows": "a few", "at_once": ""})
    assert "write lines such as" in words(refusal)
    draft = await filled(rig, "retention", {"days": "30"})
    assert "erased for good" in words(draft)
    assert_no_traceback(rig)


async def test_a_form_of_before_a_restart_is_still_taken(rig: Rig) -> None:
    await rig.start()
    opener = await chosen(rig, await used(rig, "config show"), "channel")
    await rig.until(lambda: opener.modal)
    await rig.bot.stop()
    await rig.start()
    draft = await private(rig, await rig.discord.submit_modal(opener, {"windows": "9 per day"}))
    assert "9 songs in any 24 hours" in words(draft)


async def picked(rig: Rig, message: Message, *values: Named, picker: str) -> Message:
    """An admin takes roles or channels from a list; returns the answer."""
    asked = await rig.discord.select(
        user=ADMIN, message=message, values=values, custom_id=f"config-pick:{picker}"
    )
    return await private(rig, asked)


def picker(message: Message, name: str) -> Json:
    """A list of Discord's under a message."""
    (found,) = [row["components"][0] for row in message.components if f"config-pick:{name}" in str(row)]
    return found


async def test_a_role_is_picked_on_the_panel_and_given_a_meaning(rig: Rig) -> None:
    await rig.start()
    djs = rig.discord.world.role("Night Owls", "DJs")
    ways = await private(rig, await chosen(rig, await used(rig, "config show"), "roles"))
    role = await picked(rig, ways, djs, picker="role")
    await pressed(rig, await pressed(rig, role, "No songs at all"), "Save")
    assert "blocked one of your roles" in words(await private_answer(rig, await rig.compose(user="chidi")))
    role = await picked(rig, ways, djs, picker="role")
    assert f"<@&{djs.id}>: no songs at all" in words(role)
    opener = await rig.discord.press(user=ADMIN, message=role, label="Its own number …")
    await rig.until(lambda: opener.modal)
    refusal = await private(rig, await rig.discord.submit_modal(opener, {"windows": "a few"}))
    assert "Nothing was changed" in words(refusal)
    draft = await private(rig, await rig.discord.submit_modal(opener, {"windows": "1 per hour"}))
    await pressed(rig, draft, "Save")
    await ordered(rig, user="chidi")
    assert "1 song in any hour" in words(await private_answer(rig, await rig.compose(user="chidi")))
    opener = await rig.discord.press(
        user=ADMIN, message=await picked(rig, ways, djs, picker="role"), label="Its own number …"
    )
    modal = await rig.until(lambda: opener.modal)
    assert modal["components"][0]["component"]["value"] == "1 per hour"
    await pressed(
        rig, await pressed(rig, await picked(rig, ways, djs, picker="role"), "Nothing special"), "Save"
    )
    assert fields(await used(rig, "config show"))["Roles"] == "no role is special"
    assert_no_traceback(rig)


async def test_channels_are_picked_on_the_panel(rig: Rig) -> None:
    await rig.start()
    general, music = rig.channel("general"), rig.channel("music")
    panel = await used(rig, "config show")
    ways = await private(rig, await chosen(rig, panel, "channels"))
    await pressed(rig, await picked(rig, ways, general, picker="denied"), "Save")
    refusal = await private_answer(rig, await rig.compose(user=MEMBER, channel="general"))
    assert "closed this channel" in words(refusal)
    ways = await private(rig, await chosen(rig, panel, "channels"))
    assert picker(ways, "denied")["default_values"] == [{"id": str(general.id), "type": "channel"}]
    assert not picker(ways, "allowed").get("default_values")
    await pressed(rig, await picked(rig, ways, general, music, picker="allowed"), "Save")
    assert "only in" in fields(await used(rig, "config show"))["Channels"]
    ways = await private(rig, await chosen(rig, panel, "channels"))
    await pressed(rig, await pressed(rig, ways, "Everywhere"), "Save")
    assert fields(await used(rig, "config show"))["Channels"] == "songs may be asked for everywhere"
    assert_no_traceback(rig)


async def test_where_songs_are_posted_and_where_drafts_are_forced_is_picked_on_the_panel(rig: Rig) -> None:
    await rig.start()
    music, jam = rig.channel("music"), rig.channel("open jam")
    panel = await used(rig, "config show")
    ways = await private(rig, await chosen(rig, panel, "results"))
    refusal = await picked(rig, ways, rig.channel("announcements"), picker="results")
    assert "**Send Messages**" in words(refusal)
    await pressed(rig, await picked(rig, ways, jam, picker="results"), "Save")
    ways = await private(rig, await chosen(rig, panel, "results"))
    assert picker(ways, "results")["default_values"] == [{"id": str(jam.id), "type": "channel"}]
    await pressed(rig, await pressed(rig, ways, "Where they were asked for"), "Save")
    ways = await private(rig, await chosen(rig, panel, "private"))
    await pressed(rig, await picked(rig, ways, music, picker="music"), "Save")
    shown = fields(await used(rig, "config show"))
    assert shown["Finished songs"] == "posted where they were asked for"
    assert shown["Private drafts"] == f"every song is a private draft outside <#{music.id}>"
    ways = await private(rig, await chosen(rig, panel, "private"))
    await pressed(rig, await pressed(rig, ways, "Forbid"), "Save")
    assert fields(await used(rig, "config show"))["Private drafts"] == "forbidden"
    assert_no_traceback(rig)


async def test_a_blocked_word_is_refused_however_it_is_dressed_up_until_it_is_allowed_again(rig: Rig) -> None:
    await rig.start()
    await used(rig, "config words add", {"word": "Polka"})
    assert "`Polka`" in words(await used(rig, "config words list"))
    refusal = await private_answer(rig, await rig.compose("a \uff30OL\uff2bA, please", user=MEMBER))
    assert "Polka" in words(refusal)
    assert "no letter or digit" in words(await used(rig, "config words add", {"word": "!!!"}))
    await used(rig, "config words remove", {"word": "polka"})
    await ordered(rig, "a polka", user=MEMBER)
    log = words(await used(rig, "config log"))
    assert "**Words removed**" in log
    assert "`Polka`" in log


async def test_forced_drafts_are_private_but_in_the_music_channels(rig: Rig) -> None:
    await rig.start()
    await used(rig, "config private", {"rule": "force", "music_channel": rig.channel("music")})
    asked = {"member": rig.discord.world.user(MEMBER), "channel": rig.channel("general")}
    assert "**taken** as a private draft" in words(await used(rig, "config simulate", asked))
    assert "private drafts" not in words(await used(rig, "limits", user=MEMBER))
    assert "private drafts" in words(await used(rig, "limits", user=MEMBER, channel="general"))
    await ordered(rig, user=MEMBER)
    asked = await rig.compose(user=MEMBER, channel="general")
    draft = await rig.until(lambda: asked.answer or asked.response)
    assert draft.ephemeral
    await rig.until_all(lambda row: row["job_id"] is not None, number=2)
    assert [row["is_private"] for row in rig.rows()] == [0, 1]


async def test_an_export_is_taken_in_again_by_another_server(rig: Rig) -> None:
    await rig.start()
    await used(rig, "config words add", {"word": "polka"})
    await used(rig, "config channels add", {"channel": rig.channel("general"), "means": "deny"})
    answer = await used(rig, "config export")
    (file,) = answer.attachments
    document = json.loads(file.content)
    assert document["words"] == ["polka"]
    assert document["channels"]["ids"] == [str(rig.channel("general").id)]
    draft = await imported(rig, file.content, user="dana", channel="lobby")
    await pressed(rig, draft, "Save", user="dana")
    assert "`polka`" in words(await used(rig, "config words list", user="dana", channel="lobby"))


async def test_a_file_with_a_fault_is_refused_whole_and_the_fault_is_named(rig: Rig) -> None:
    await rig.start()
    elsewhere = rig.channel("lobby").id
    for content, told in (
        (b"not json", "JSON"),
        (b'{"member": [{"songs": 0, "window_s": 3600}]}', "member\\.0\\.songs: input should be greater"),
        (b'{"results_channel_id": 123}', "IDs are text"),
        (b'{"surprise": 1}', "surprise: extra inputs"),
        (json.dumps({"results_channel_id": str(elsewhere)}).encode(), "no such channel on this server"),
        (b" " * 200_000, "larger than"),
    ):
        answer = words(await imported(rig, content))
        assert told.replace("\\", "") in answer.replace("\\", "")
        assert "Nothing was changed" in answer
    lost = Attachment(
        1, "lost.json", b"{}", "application/json", f"{rig.discord.page_url}/attachments/1/1/lost.json"
    )
    assert "could not fetch the file" in words(await used(rig, "config import", {"file": lost}))
    assert "Nothing has been changed yet" in words(await used(rig, "config log"))
    assert_no_traceback(rig)


async def test_reset_takes_everything_back_and_can_be_undone(rig: Rig) -> None:
    await rig.start()
    await used(rig, "config words add", {"word": "polka"})
    await used(rig, "config fairness", {"order": "first"})
    await pressed(rig, await used(rig, "config reset"), "Save")
    shown = fields(await used(rig, "config show"))
    assert shown["Order of the queue"] == "members take turns"
    assert "Preset: Small" in shown
    await pressed(rig, await used(rig, "config undo"), "Save")
    assert fields(await used(rig, "config show"))["Order of the queue"] == "first come, first served"

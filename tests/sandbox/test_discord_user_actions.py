"""What Discord's client lets people do, and what it refuses."""

from collections.abc import AsyncGenerator, Awaitable
from typing import Any

import pytest

from sandbox.discord import DiscordStandIn, Permission, Refused
from sandbox.discord.application import interaction_payloads
from sandbox.discord.json_types import Json
from sandbox.discord.world.world import EVERYONE


def option(name: str, kind: int, **more: Any) -> Json:
    return {"name": name, "type": kind, "description": "d"} | more


COMMANDS: list[Json] = [
    {
        "name": "compose",
        "description": "d",
        "contexts": [0],
        "options": [
            option("prompt", 3, required=True, min_length=2, max_length=10),
            option("bpm", 4, min_value=60, max_value=200),
            option("speed", 10),
            option("loud", 5),
            option("who", 6),
            option("where", 7, channel_types=[0]),
            option("role", 8),
            option("any", 9),
            option("genre", 3, choices=[{"name": "Trap", "value": "trap"}]),
            option("like", 3, autocomplete=True),
        ],
    },
    {
        "name": "job",
        "description": "d",
        "options": [option("status", 1, options=[option("job_id", 3, required=True)])],
    },
    {"name": "config", "description": "d", "default_member_permissions": str(int(Permission.MANAGE_GUILD))},
    {"name": "anywhere", "description": "d", "contexts": [0, 1, 2], "integration_types": [0, 1]},
    {"name": "Compose from this", "type": 3},
    {"name": "Songs of", "type": 2},
]


@pytest.fixture
async def stand_in() -> AsyncGenerator[DiscordStandIn, None]:
    async with DiscordStandIn() as server:
        server.command_registry.replace(COMMANDS, None)
        yield server


async def is_refused(action: Awaitable[object]) -> bool:
    try:
        await action
    except Refused:
        return True
    return False


async def sent(stand_in: DiscordStandIn, options: dict[str, object]) -> Json:
    interaction = await stand_in.command(user="ada", channel="general", name="compose", options=options)
    return interaction.data


async def test_options_are_sent_with_their_types(stand_in: DiscordStandIn) -> None:
    data = await sent(stand_in, {"prompt": "a beat", "bpm": 140, "speed": 1.5, "loud": True, "genre": "trap"})
    assert [(o["name"], o["type"], o["value"]) for o in data["options"]] == [
        ("prompt", 3, "a beat"),
        ("bpm", 4, 140),
        ("speed", 10, 1.5),
        ("loud", 5, True),
        ("genre", 3, "trap"),
    ]


async def test_references_are_resolved(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    guild, bela, general = world.guild("Night Owls"), world.user("bela"), world.channel("general")
    options: dict[str, object] = {
        "prompt": "xx",
        "who": str(bela.id),
        "where": str(general.id),
        "role": str(guild.id),
        "any": str(guild.id),
    }
    resolved = (await sent(stand_in, options))["resolved"]
    assert resolved["users"][str(bela.id)]["username"] == "bela"
    assert resolved["members"][str(bela.id)]["permissions"]
    chosen = resolved["channels"][str(general.id)]
    assert chosen["name"] == "general"
    permissions = [int(chosen[key]) for key in ("permissions", "app_permissions")]
    assert permissions == [
        int(world.permissions(person, general)) for person in (world.user("ada"), world.bot)
    ]
    assert permissions[0] != permissions[1]
    assert resolved["roles"][str(guild.id)]["name"] == EVERYONE


async def test_sub_commands_are_nested(stand_in: DiscordStandIn) -> None:
    interaction = await stand_in.command(
        user="ada", channel="general", name="job status", options={"job_id": "81fa5ff7"}
    )
    (status,) = interaction.data["options"]
    assert (status["name"], status["type"], status["options"][0]["value"]) == ("status", 1, "81fa5ff7")


INVALID_OPTIONS: list[dict[str, object]] = [
    {},
    {"prompt": ""},
    {"prompt": "x"},
    {"prompt": "x" * 11},
    {"prompt": 5},
    {"prompt": "xx", "bpm": 59},
    {"prompt": "xx", "bpm": "140"},
    {"prompt": "xx", "bpm": 1.5},
    {"prompt": "xx", "loud": 1},
    {"prompt": "xx", "who": "5"},
    {"prompt": "xx", "where": "5"},
    {"prompt": "xx", "role": "5"},
    {"prompt": "xx", "genre": "polka"},
    {"prompt": "xx", "unknown": 1},
]


async def test_values_that_do_not_fit_the_options_are_refused(stand_in: DiscordStandIn) -> None:
    assert [options for options in INVALID_OPTIONS if not await is_refused(sent(stand_in, options))] == []


async def test_names_that_are_no_slash_command_are_refused(stand_in: DiscordStandIn) -> None:
    for name in ("nothing", "job", "job nothing", "compose status", "Compose from this"):
        assert await is_refused(stand_in.command(user="ada", channel="general", name=name)), name


async def test_who_cannot_write_in_a_channel_cannot_use_a_command_there(stand_in: DiscordStandIn) -> None:
    cannot_write = [("eve", "general"), ("x", "music")]
    cannot_write += [("dana", channel) for channel in ("backstage", "announcements", "sealed jam")]
    for user, channel in cannot_write:
        used = stand_in.command(user=user, channel=channel, name="compose", options={"prompt": "xx"})
        assert await is_refused(used), (user, channel)


async def test_default_permissions_and_disabled_commands_are_enforced(stand_in: DiscordStandIn) -> None:
    assert await stand_in.command(user="bela", channel="music", name="config")
    with pytest.raises(Refused, match="permission"):
        await stand_in.command(user="dana", channel="music", name="config")
    stand_in.command_registry.disable("compose", stand_in.world.channel("music"))
    with pytest.raises(Refused, match="disabled"):
        await stand_in.command(user="ada", channel="open jam", name="compose", options={"prompt": "xx"})
    assert await sent(stand_in, {"prompt": "xx"})
    stand_in.world.deny("general", "dana", Permission.USE_APPLICATION_COMMANDS)
    with pytest.raises(Refused, match="permission"):
        await stand_in.command(user="dana", channel="general", name="compose", options={"prompt": "xx"})


async def test_a_server_without_the_bot_has_no_commands(stand_in: DiscordStandIn) -> None:
    stand_in.world.remove_bot("Night Owls")
    with pytest.raises(Refused, match="not in this server"):
        await sent(stand_in, {"prompt": "xx"})


async def test_a_guild_command_is_not_available_in_direct_messages(stand_in: DiscordStandIn) -> None:
    dm = stand_in.world.open_dm("ada")
    with pytest.raises(Refused):
        await stand_in.command(user="ada", channel=dm, name="compose", options={"prompt": "xx"})
    asked = await stand_in.command(user="ada", channel=dm, name="job status", options={"job_id": "x"})
    payload = interaction_payloads.event(stand_in.world, asked)
    assert (payload["context"], payload["user"]["username"]) == (1, "ada")
    assert not {"guild", "guild_id", "guild_locale", "member"} & payload.keys()
    assert payload["authorizing_integration_owners"] == {"0": "0"}
    assert (payload["channel"]["type"], payload["channel"]["recipients"][0]["username"]) == (1, "ada")


async def test_without_the_bot_only_an_own_installation_offers_commands(stand_in: DiscordStandIn) -> None:
    group = stand_in.world.add_group("ada", "dana", name="the band")
    with pytest.raises(Refused, match="not in this server"):
        await stand_in.command(user="ada", channel=group, name="anywhere")
    stand_in.world.install_app("ada")
    with pytest.raises(Refused, match="no command 'compose'"):
        await stand_in.command(user="ada", channel=group, name="compose", options={"prompt": "xx"})
    asked = await stand_in.command(user="ada", channel=group, name="anywhere")
    payload = interaction_payloads.event(stand_in.world, asked)
    assert (payload["context"], payload["channel"]["type"]) == (2, 3)
    assert payload["authorizing_integration_owners"] == {"1": payload["user"]["id"]}
    assert not {"guild", "guild_id", "member"} & payload.keys()
    with pytest.raises(Refused, match="cannot see"):
        await stand_in.command(user="bela", channel=group, name="anywhere")


async def test_menu_commands_contain_their_target(stand_in: DiscordStandIn) -> None:
    message = stand_in.world.say("bela", "general", "a song about rain")
    menu = await stand_in.command(
        user="ada", channel="general", name="Compose from this", target_message=message
    )
    assert menu.data["target_id"] == str(message.id)
    assert menu.data["resolved"]["messages"][str(message.id)]["content"] == "a song about rain"
    of_user = await stand_in.command(user="ada", channel="general", name="Songs of", target_user="bela")
    assert of_user.data["resolved"]["members"]
    with pytest.raises(Refused):
        await stand_in.command(user="ada", channel="music", name="Compose from this", target_message=message)


async def test_only_options_with_autocomplete_are_completed(stand_in: DiscordStandIn) -> None:
    typing = await stand_in.autocomplete(
        user="ada", channel="general", name="compose", focused="like", options={"like": "mid"}
    )
    assert typing.data["options"] == [{"type": 3, "name": "like", "value": "mid", "focused": True}]
    with pytest.raises(Refused):
        await stand_in.autocomplete(user="ada", channel="general", name="compose", focused="prompt")


async def test_missing_disabled_and_invisible_components_are_refused(stand_in: DiscordStandIn) -> None:
    message = stand_in.world.say(stand_in.world.bot, "general", "x")
    button = {"type": 2, "style": 1, "label": "B", "custom_id": "go"}
    select = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], "max_values": 1}
    message.components = [
        {"type": 1, "components": [button, {**button, "custom_id": "off", "disabled": True}]},
        {"type": 1, "components": [select]},
    ]
    assert (await stand_in.press(user="ada", message=message, custom_id="go")).source is message
    for custom_id in ("off", "none", "s"):
        with pytest.raises(Refused):
            await stand_in.press(user="ada", message=message, custom_id=custom_id)
    for values in ([], ["a", "a"], ["b"]):
        with pytest.raises(Refused):
            await stand_in.select(user="ada", message=message, custom_id="s", values=values)
    with pytest.raises(Refused):
        await stand_in.press(user="eve", message=message, custom_id="go")
    message.ephemeral_for = stand_in.world.user("bela").id
    with pytest.raises(Refused):
        await stand_in.press(user="ada", message=message, custom_id="go")
    stand_in.world.delete_message(message)
    with pytest.raises(Refused):
        await stand_in.press(user="bela", message=message, custom_id="go")


async def test_modal_fields_are_validated(stand_in: DiscordStandIn) -> None:
    opener = await stand_in.command(user="ada", channel="general", name="job status", options={"job_id": "x"})
    with pytest.raises(Refused, match="No such modal"):
        await stand_in.submit_modal(opener, {})
    field = {"type": 4, "custom_id": "prompt", "style": 1, "min_length": 2, "max_length": 4}
    opener.modal = {
        "custom_id": "m",
        "title": "t",
        "components": [
            {"type": 10, "content": "hello"},
            {"type": 1, "components": [{**field, "label": "Prompt"}]},
            {"type": 18, "label": "L", "component": {**field, "custom_id": "b", "required": False}},
        ],
    }
    for values in ({}, {"prompt": "x"}, {"prompt": "xxxxx"}, {"prompt": "xx", "c": "x"}):
        with pytest.raises(Refused):
            await stand_in.submit_modal(opener, values)
    submitted = await stand_in.submit_modal(opener, {"prompt": "xx"})
    assert submitted.opened_by is opener
    assert submitted.data["components"][1]["components"][0]["value"] == "xx"
    assert submitted.data["components"][2]["component"]["value"] == ""


async def test_radio_buttons_and_checkboxes_take_what_they_offer(stand_in: DiscordStandIn) -> None:
    opener = await stand_in.command(user="ada", channel="general", name="job status", options={"job_id": "x"})
    options = [{"label": each, "value": each} for each in ("a", "b", "c")]
    radio = {"type": 21, "custom_id": "radio", "options": options}
    boxes = {"type": 22, "custom_id": "boxes", "options": [options[0] | {"default": True}, *options[1:]]}
    box = {"type": 23, "custom_id": "box", "default": True}
    fields = (radio, boxes | {"max_values": 2}, box)
    opener.modal = {
        "custom_id": "m",
        "title": "t",
        "components": [{"type": 18, "label": each["custom_id"], "component": each} for each in fields],
    }
    radio_only: tuple[dict[str, object], ...] = ({}, {"radio": "d"})
    wrong_boxes: tuple[list[str], ...] = ([], ["a", "b", "c"], ["d"])
    for values in (*radio_only, *({"radio": "a", "boxes": each} for each in wrong_boxes)):
        with pytest.raises(Refused):
            await stand_in.submit_modal(opener, values)
    submitted = await stand_in.submit_modal(opener, {"radio": "b"})
    sent = [label["component"] for label in submitted.data["components"]]
    assert [part.get("values", part.get("value")) for part in sent] == ["b", ["a"], True]

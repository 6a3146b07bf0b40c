"""Only members with Manage Server change settings, by whatever interaction."""

from typing import Any

import pytest

from sandbox.discord import Permission, Refused, SeenInteraction
from tests.e2e.actions import assert_no_traceback
from tests.e2e.config_actions import ADMIN, MEMBER, limited, private, sent_raw, used
from tests.e2e.press_actions import forge
from tests.e2e.rig import Rig, fields, words

SUB, SUB_GROUP = 1, 2


async def told_off(rig: Rig, asked: SeenInteraction) -> None:
    """Assert that the user gets a private refusal and nothing is posted."""
    assert "You can't do that because you don't have **Manage Server**" in words(await private(rig, asked))


def every_command(rig: Rig) -> list[dict[str, Any]]:
    """Each sub-command of /config, with its group if it has one, as Discord sends them: without options."""
    (command,) = [c for c in rig.discord.command_registry.of_scope(None) if c["name"] == "config"]
    found: list[dict[str, Any]] = []
    for part in command["options"]:
        if part["type"] == SUB:
            found.append({"type": SUB, "name": part["name"], "options": []})
        else:
            for sub in part["options"]:
                inner: dict[str, Any] = {"type": SUB, "name": sub["name"], "options": []}
                found.append({"type": SUB_GROUP, "name": part["name"], "options": [inner]})
    return found


async def test_a_command_without_manage_server_is_refused(ready: Rig) -> None:
    with pytest.raises(Refused):  # Discord does not offer it
        await ready.discord.command(user=MEMBER, channel="music", name="config show")
    await limited(ready, "member", songs="5", per="hour")
    commands = every_command(ready)
    assert len(commands) >= 20
    for command in commands:
        await told_off(ready, sent_raw(ready, [command], user=MEMBER))
    await _is_untouched(ready)


async def test_an_admin_who_is_none_any_more_cannot_save_what_they_have_proposed(ready: Rig) -> None:
    draft = await used(ready, "config limit", {"scope": "server", "songs": "1", "per": "day"})
    ready.discord.world.set_role_permissions(
        "Night Owls", _role(ready, "Managers"), Permission.MANAGE_THREADS
    )
    await told_off(ready, await ready.discord.press(user=ADMIN, message=draft, label="Save"))
    shown = await used(ready, "config show", user="ada")
    assert fields(shown)["Whole server"] == "no limit"


async def test_a_change_of_one_server_cannot_be_saved_on_another(ready: Rig) -> None:
    draft = await used(ready, "config limit", {"scope": "server", "songs": "1", "per": "day"}, user="ada")
    (save, _) = draft.components[0]["components"]
    pressed = forge(ready, save["custom_id"], user="dana", channel="lobby")
    assert "already saved or canceled" in words(await private(ready, pressed))
    for channel in ("music", "lobby"):
        user = "ada" if channel == "music" else "dana"
        shown = fields(await used(ready, "config show", user=user, channel=channel))
        assert shown["Whole server"] == "no limit"


def _role(rig: Rig, name: str) -> Any:
    return next(role for role in rig.discord.world.guild("Night Owls").roles.values() if role.name == name)


async def _is_untouched(rig: Rig) -> None:
    log = words(await used(rig, "config log"))
    assert log.count("<@") == 1
    assert_no_traceback(rig)

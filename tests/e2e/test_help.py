"""/help names what works where it is used."""

from bot.replies.help import ADMIN_COMMANDS, MEMBER_COMMANDS
from tests.e2e.config_actions import ADMIN, MEMBER, used
from tests.e2e.rig import Rig, fields, words


def named(text: str) -> list[str]:
    """The commands at the beginnings of the lines."""
    return [line.split("`")[1].removeprefix("/") for line in text.splitlines()]


async def test_help_lists_what_works_here_for_members_admins_and_directly(ready: Rig) -> None:
    shown = fields(await used(ready, "help", user=ADMIN))
    assert list(shown) == ["Commands", "Buttons", "For admins"]
    assert named(shown["Commands"]) == list(MEMBER_COMMANDS)
    assert named(shown["For admins"]) == list(ADMIN_COMMANDS)
    assert "For admins" not in fields(await used(ready, "help", user=MEMBER))
    asked = await ready.discord.command(
        user="ada", channel=ready.discord.world.open_dm("ada"), name="help", options={}
    )
    answer = await ready.until(lambda: asked.answer)
    assert named(fields(answer)["Commands"]) == [name for name in MEMBER_COMMANDS if name != "songs chart"]
    assert list(fields(answer)) == ["Commands", "Buttons"]
    assert "I send it to you here" in words(answer)


async def test_help_without_direct_messages_names_no_command_of_servers(rig: Rig) -> None:
    await rig.start(ALLOW_DM="false")
    asked = await rig.discord.command(
        user="ada", channel=rig.discord.world.open_dm("ada"), name="help", options={}
    )
    answer = await rig.until(lambda: asked.answer)
    assert named(fields(answer)["Commands"]) == [
        "job status",
        "songs list",
        "songs favorites",
        "privacy show",
        "privacy delete",
    ]
    assert "in a server that I'm in" in words(answer)

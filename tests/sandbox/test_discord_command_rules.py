from typing import Any

import pytest

from sandbox.discord import SandboxClock
from sandbox.discord.application.command_registry import CommandRegistry
from sandbox.discord.json_types import Json
from sandbox.discord.rules.commands import check_all, is_available, may_use
from sandbox.discord.rules.errors import DiscordError
from sandbox.discord.world.clock import Snowflakes
from sandbox.discord.world.permissions import Permission


def command(name: str = "compose", **more: Any) -> Json:
    base: Json = {"name": name, "type": 1, "description": "Makes a song", "options": []}
    return base | more


def option(name: str = "prompt", kind: int = 3, **more: Any) -> Json:
    return {"name": name, "type": kind, "description": "What it is about"} | more


def with_options(*options: Json) -> list[Json]:
    return [command(options=list(options))]


def errors_of(payload: list[Json]) -> str:
    """The nested errors of 50035; empty if the payload is valid."""
    try:
        check_all(payload)
    except DiscordError as error:
        refusal = error
    else:
        return ""
    assert refusal.code == 50035
    return str(refusal.errors)


INVALID_COMMANDS: list[list[Json]] = [
    [command("Compose")],
    [command("two words")],
    [command("")],
    [command("x" * 33)],
    [command(description="")],
    [command(description="x" * 101)],
    [command(name_localizations={"xx-YYYY": "name"})],
    [command(name_localizations={"de": "Gross"})],
    [command(name_localizations={"ar": "name"})],
    [command(type=3, description=None, name_localizations={"de": "x" * 33})],
    with_options(option("a"), option("b", name_localizations={"de": "a"})),
    with_options(option("a", name_localizations={"de": ["x"]}), option("b", name_localizations={"de": "c"})),
    with_options(option("a", name_localizations={"de": "c"}), option("b", name_localizations={"de": "c"})),
    [command(description_localizations={"de": "x" * 101})],
    [command(type=9)],
    [command(), command()],
    [command(default_member_permissions="some")],
    [command(default_member_permissions=2**54)],
    [command(dm_permission="yes")],
    [command(handler=4)],
    [command(contexts=[3])],
    [command(contexts=[0, 0])],
    with_options(option(required="yes")),
    with_options(option(kind=4, min_value=1.5)),
    with_options(option(kind=4, max_value=2**53)),
    with_options(option(kind=7, channel_types=[99])),
    [command(contexts=[])],
    [command(integration_types=[2])],
    [command(options=[option(str(i)) for i in range(26)])],
    [{"name": "Menu", "type": 3, "description": "no"}],
    [{"name": f"Menu {i}", "type": 3} for i in range(16)],
    [command(f"c{i}") for i in range(101)],
    with_options(option("a"), option("b", required=True)),
    with_options(option("a"), option("a")),
    with_options(option(kind=99)),
    with_options(option(description="")),
    with_options(option(min_length=5, max_length=2)),
    with_options(option(max_length=6001)),
    with_options(option(kind=4, min_length=2)),
    with_options(option(kind=3, min_value=2)),
    with_options(option(choices=[{"name": str(i), "value": str(i)} for i in range(26)])),
    with_options(option(choices=[{"name": "x" * 101, "value": "v"}])),
    with_options(option(choices=[{"name": "a", "value": "x" * 101}])),
    with_options(option(choices=[{"name": "a", "value": 5}])),
    with_options(option(kind=4, choices=[{"name": "a", "value": "b"}])),
    with_options(option(choices=[{"name": "a"}])),
    with_options(option(choices=[{"name": "a", "value": "1"}, {"name": "a", "value": "2"}])),
    with_options(option(choices=[{"name": "a", "value": "1"}], autocomplete=True)),
    with_options(option(kind=5, autocomplete=True)),
    with_options(option("a", 1), option("b")),
    with_options(option("a", 1, options=[option("b", 1, options=[option("c", 1)])])),
    with_options(option("a", 1, options=[option("b", 2)])),
]


def test_commands_that_break_a_rule_are_refused() -> None:
    assert [payload for payload in INVALID_COMMANDS if not errors_of(payload)] == []


def test_the_total_length_of_a_command_is_limited() -> None:
    choices = [{"name": f"{i:02}" + "x" * 98, "value": "y" * 100} for i in range(20)]
    assert check_all(with_options(option("a", choices=choices))) is None
    big = with_options(option("a", choices=choices), option("b", choices=choices[:20]))
    assert "APPLICATION_COMMAND_TOO_LARGE" in errors_of(big)


def test_valid_commands_are_accepted() -> None:
    group = option(
        "set", 2, options=[option("limit", 1, options=[option("value", 4, min_value=1, required=True)])]
    )
    check_all(
        [
            command(options=[option(required=True, min_length=1, max_length=2000), option("genre")]),
            command("configurar", options=[group], default_member_permissions="32", contexts=[0, 1]),
            {"name": "Compose from this", "type": 3},
        ]
    )


@pytest.fixture
def registry() -> CommandRegistry:
    return CommandRegistry(Snowflakes(SandboxClock()), 1)


def test_a_command_keeps_its_id_while_it_keeps_its_name(registry: CommandRegistry) -> None:
    first = registry.replace([command("a"), command("b")], None)
    second = registry.replace([command("b", description="New"), command("c")], None)
    assert second[0]["id"] == first[1]["id"]
    assert second[1]["id"] not in {c["id"] for c in first}


def test_creating_too_many_commands_a_day_is_refused(registry: CommandRegistry) -> None:
    for day in range(2):
        registry.replace([command(f"d{day}-{i}") for i in range(100)], None)
    registry.replace([command(f"d1-{i}") for i in range(100)], None)
    with pytest.raises(DiscordError) as caught:
        registry.replace([command("one-more")], None)
    assert caught.value.code == 30034


def test_a_guilds_own_command_hides_the_global_one(registry: CommandRegistry) -> None:
    registry.replace([command("a"), command("b")], None)
    own = registry.replace([command("a", description="Ours")], 5)
    assert [c["description"] for c in registry.usable_in(5)] == ["Ours", "Makes a song"]
    assert own[0]["guild_id"] == "5"
    assert len(registry.usable_in(6)) == 2


def test_default_permissions_decide_who_may_use_a_command() -> None:
    restricted = {"default_member_permissions": str(int(Permission.MANAGE_GUILD))}
    assert not may_use(restricted, Permission.SEND_MESSAGES)
    assert may_use(restricted, Permission.MANAGE_GUILD)
    assert not may_use({"default_member_permissions": "0"}, Permission.MANAGE_GUILD)
    assert may_use({"default_member_permissions": "0"}, Permission.ADMINISTRATOR)
    assert may_use({"default_member_permissions": None}, Permission(0))


def test_contexts_decide_where_a_command_exists() -> None:
    assert is_available({"contexts": [0]}, context=0)
    assert not is_available({"contexts": [0]}, context=1)
    assert is_available({"contexts": None}, context=1)
    assert not is_available({"contexts": None}, context=2)
    assert not is_available({"contexts": None, "dm_permission": False}, context=1)


def test_an_own_installation_offers_commands_for_users_only() -> None:
    assert not is_available({"contexts": [0, 1, 2]}, context=0, by_user=True)
    assert not is_available({"contexts": [0, 1], "integration_types": [0, 1]}, context=2, by_user=True)
    assert is_available({"contexts": [0, 1, 2], "integration_types": [0, 1]}, context=2, by_user=True)

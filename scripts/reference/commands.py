"""The page of commands, from the payloads that the bot registers with Discord."""

from collections.abc import Iterator
from typing import Any

import aiohttp
from discord import AppCommandOptionType, AppCommandType, Permissions
from pydantic import SecretStr

from bot.diagnostics import offline_bot
from bot.settings import Settings
from bot.whisul import WhisulClient
from scripts.reference.markdown import code, listed, page, table

Payload = dict[str, Any]

NOBODY = SecretStr("nobody is asked")
NOWHERE = "http://127.0.0.1:1"
GROUPS = (AppCommandOptionType.subcommand.value, AppCommandOptionType.subcommand_group.value)
KINDS = {
    AppCommandOptionType.string.value: "text",
    AppCommandOptionType.integer.value: "a whole number",
    AppCommandOptionType.number.value: "a number",
    AppCommandOptionType.boolean.value: "yes or no",
    AppCommandOptionType.user.value: "a member",
    AppCommandOptionType.role.value: "a role",
    AppCommandOptionType.channel.value: "a channel",
    AppCommandOptionType.attachment.value: "a file",
}
PLACES = {0: "in servers", 1: "in direct messages with the bot", 2: "in other direct messages"}
INTRODUCTION = (
    "All commands that the bot registers with Discord. The guides [for members](../member-guide.md) and "
    "[for admins](../admin-guide.md) explain their use, with pictures."
)


async def registered() -> list[Payload]:
    """The payloads that the bot sends to Discord when it syncs its commands; opens no connection."""
    settings = Settings.model_construct(discord_token=NOBODY, whisul_api_key=NOBODY)
    async with aiohttp.ClientSession() as session:
        whisul = WhisulClient(session, base_url=NOWHERE, api_key=NOBODY, submit_path="auto")
        bot = offline_bot(settings, session, whisul)
        try:
            await bot.load_cogs()
            return [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
        finally:
            await bot.close()


def text(payloads: list[Payload]) -> str:
    """The page."""
    ordered = sorted(payloads, key=lambda each: str(each["name"]))
    typed = [each for each in ordered if each["type"] == AppCommandType.chat_input.value]
    menus = [each for each in ordered if each["type"] != AppCommandType.chat_input.value]
    known = [(name, each["description"]) for one in typed for name, each in leaves(one)]
    return page(
        "# Commands",
        INTRODUCTION,
        table(["command", "what it does"], [[code(name), what] for name, what in known]),
        *(block for one in typed for block in _command(one)),
        "## In the menu of a message",
        "Under *Apps*, after a right click or a long press.",
        table(["entry", "works", "offered to"], [[each["name"], _where(each), _who(each)] for each in menus]),
    )


def leaves(command: Payload, before: str = "/") -> Iterator[tuple[str, Payload]]:
    """Each subcommand by its full name, or the command itself if it has none."""
    name = f"{before}{command['name']}"
    inner = [each for each in command.get("options", []) if each["type"] in GROUPS]
    for each in inner:
        yield from leaves(each, f"{name} ")
    if not inner:
        yield name, command


def _command(command: Payload) -> Iterator[str]:
    name = f"/{command['name']}"
    yield f"## {name}"
    yield f"{command['description']}. Works {_where(command)}; offered to {_who(command)}."
    for full_name, each in leaves(command):
        if full_name != name:
            yield f"### {full_name}"
            yield f"{each['description']}."
        if options := each.get("options"):
            yield table(["option", "takes", "what it is"], map(_option, options))


def _option(option: Payload) -> list[str]:
    takes = [KINDS[option["type"]], *_bounds(option)]
    if choices := option.get("choices"):
        takes = [listed([f"*{choice['name']}*" for choice in choices])]
    if option.get("autocomplete"):
        takes.append("suggests while you type")
    name = code(option["name"])
    return [name if option["required"] else f"{name} (optional)", ", ".join(takes), option["description"]]


def _bounds(option: Payload) -> Iterator[str]:
    if "max_length" in option:
        yield f"{max(1, option.get('min_length', 1)):,} to {option['max_length']:,} characters"
    if "max_value" in option:
        yield f"{option.get('min_value', 0):,g} to {option['max_value']:,g}"


def _where(command: Payload) -> str:
    return " and ".join(PLACES[place] for place in command["contexts"])


def _who(command: Payload) -> str:
    needed = command["default_member_permissions"]
    if needed is None:
        return "everybody"
    names = [name.replace("_", " ").title() for name, is_set in Permissions(needed) if is_set]
    return f"members with {' and '.join(names).replace('Manage Guild', 'Manage Server')}"

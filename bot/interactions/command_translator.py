"""Translates the names and descriptions of commands, options and choices, which Discord shows each member in their language.

Choices keep their values, and interactions bring the English names, so handlers see no translation. docs/translating.md has
Discord's rules for them; `tests/replies/locales/test_commands.py` checks every language.
"""

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.replies.locales import _ as translated
from bot.replies.locales import in_language, is_translated, pgettext

MAX_NAME_CHARS = 32
MAX_TEXT_CHARS = 100

CONTEXTS = {
    Location.command_name: "command",
    Location.group_name: "command",
    Location.parameter_name: "option",
}
"""The gettext contexts of names; descriptions, choices and entries of menus have none."""


class CommandTranslator(app_commands.Translator):
    """discord.py calls it for each text and each of Discord's locales."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in this language; None without a translation, so that Discord shows the English one."""
        if not is_translated(locale.value):
            return None
        is_name = context.location in CONTEXTS
        with in_language(locale.value):
            if is_name and not isinstance(context.data, app_commands.ContextMenu):
                text = pgettext(CONTEXTS[context.location], string.message)
            else:
                text = translated(string.message)
        # Cut: for one text that is too long Discord would refuse all commands.
        return None if text == string.message else text[: MAX_NAME_CHARS if is_name else MAX_TEXT_CHARS]


async def translated_commands(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """The commands as they are sent to Discord, with all translations."""
    translator = tree.translator
    if translator is None:
        return [command.to_dict(tree) for command in tree.get_commands()]
    payload: list[dict[str, Any]] = []
    for command in tree.get_commands():
        payload.append(await command.get_translated_payload(tree, translator))
        # The translator never waits: without this, the event loop would stand still for all commands together.
        await asyncio.sleep(0)
    return payload

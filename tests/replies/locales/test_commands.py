"""Commands in every language keep Discord's rules, and are synced again when a translation changes."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.client.music_bot import MusicBot
from bot.diagnostics import offline_bot
from bot.interactions.command_translator import translated_commands
from bot.replies import locales
from bot.replies.locales import languages
from bot.settings import Settings
from bot.whisul import WhisulClient
from sandbox.discord.rules.commands import check_all
from scripts.reference.commands import NOBODY, NOWHERE

Payload = dict[str, Any]


@asynccontextmanager
async def loaded() -> AsyncGenerator[MusicBot]:
    settings = Settings.model_construct(discord_token=NOBODY, whisul_api_key=NOBODY)
    async with aiohttp.ClientSession() as session:
        whisul = WhisulClient(session, base_url=NOWHERE, api_key=NOBODY, submit_path="auto")
        bot = offline_bot(settings, session, whisul)
        try:
            await bot.load_cogs()
            yield bot
        finally:
            await bot.close()


def parts(payload: Payload) -> Iterator[Payload]:
    yield payload
    for part in payload.get("options", []):
        yield from parts(part)


async def commands() -> list[Payload]:
    async with loaded() as bot:
        return await translated_commands(bot.tree)


async def test_discord_takes_every_language_even_at_140_percent(made_up: str) -> None:
    payloads = await commands()
    check_all(payloads)
    descriptions = [
        part["description_localizations"] for each in payloads if each["type"] == 1 for part in parts(each)
    ]
    assert all({made_up, "de"} <= set(each) for each in descriptions)
    assert any(len(each[made_up]) == 100 for each in descriptions)


async def test_no_translation_of_a_real_language_is_cut() -> None:
    for payload in await commands():
        for part in parts(payload):
            texts = {**part.get("description_localizations", {}), **part.get("name_localizations", {})}
            assert all(len(text) < 100 for text in texts.values())


async def test_choices_keep_their_values_and_languages_their_names() -> None:
    (config,) = [each for each in await commands() if each["name"] == "config"]
    (command,) = [each for each in config["options"] if each["name"] == "language"]
    choices = command["options"][0]["choices"]
    assert [choice["value"] for choice in choices] == list(languages())
    assert [choice["name"] for choice in choices][:2] == ["English", "Deutsch"]
    assert not any(choice.get("name_localizations") for choice in choices)


async def test_a_changed_translation_changes_the_fingerprint(made_up: str) -> None:
    async with loaded() as bot:
        with_it = await bot.command_sync.fingerprint(1)
        assert await bot.command_sync.fingerprint(1) == with_it
        catalogue: Any = locales._catalogue(made_up)
        catalogue._catalog["Show all settings of this server"] = "another text"
        assert await bot.command_sync.fingerprint(1) != with_it

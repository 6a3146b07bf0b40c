"""Loads the bot and every library that it loads, and runs it once, in the process from which the tests fork their bots."""

import functools
import gc
import json
import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from discord import app_commands

import bot
import bot.env_file
import cogs
from bot.client.music_bot import COGS
from tests.e2e.rehearsal import rehearse

ONLY_WHEN_NEEDED = (
    "aiohttp.web",
    "aiosqlite",
    "alembic.command",
    "alembic.op",
    "click",
    "concurrent.futures.thread",
    "encodings.utf_16_le",
    "prometheus_client.exposition",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "structlog.tracebacks",
)
"""What `bot.__main__` and the modules below load late or not at all, and each forked process would load for itself."""

RUN_RATHER_THAN_LOADED = ("bot.__main__", "bot.store.migrations.")


class Loaded(Loader):
    """Gives a module that has been executed to who would execute it again, as discord.py does with each cog."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the loader's interface
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        pass


def load(package: ModuleType) -> None:
    """Load all modules of a package."""
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(RUN_RATHER_THAN_LOADED):
            import_module(module.name)


def translate_once(kind: Any) -> None:
    """Translate equal commands once: 15,000 texts and languages at each start are half of what it computes."""
    payloads: dict[str, dict[str, Any]] = {}
    translated = kind.get_translated_payload

    async def payload(self: Any, tree: Any, translator: app_commands.Translator) -> dict[str, Any]:
        command = json.dumps(self.to_dict(tree))
        if command not in payloads:
            payloads[command] = await translated(self, tree, translator)
        return payloads[command]

    kind.get_translated_payload = payload


for name in ONLY_WHEN_NEEDED:
    import_module(name)
load(bot)
load(cogs)

# The names of the environment are the same for all bots but for a few, and comparing them with all settings takes 15 ms.
bot.env_file._nearest = functools.cache(bot.env_file._nearest)
for kind in (app_commands.Command, app_commands.ContextMenu, app_commands.Group):
    translate_once(kind)
rehearse()

# The bot of the rehearsal has unloaded its cogs. They are loaded anew, and each fork's bot gets them as they are now.
load(cogs)
for name in COGS:
    spec = sys.modules[name].__spec__
    assert spec is not None
    spec.loader = Loaded(sys.modules[name])

# What is shared with the forked stays shared as long as no collection writes to it. The bot has frozen its own objects.
gc.unfreeze()
gc.collect()
gc.freeze()

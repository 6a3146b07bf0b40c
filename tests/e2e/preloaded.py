"""Loads the bot and every library that it loads, and runs it once, in the process from which the tests fork their bots."""

import gc
from importlib import import_module
from pkgutil import walk_packages

import bot
import bot.domain.policy.blocked_words
import cogs
from tests.e2e.rehearsal import rehearse

ONLY_WHEN_NEEDED = (
    "aiohttp.web",
    "aiosqlite",
    "alembic.command",
    "alembic.op",
    "click",
    "concurrent.futures.thread",
    "confusable_homoglyphs.confusables",
    "encodings.utf_16_le",
    "prometheus_client.exposition",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "structlog.tracebacks",
    "tests.e2e.forked_bot",
)
"""What `bot.__main__` and the modules below load late or not at all, and each forked process would load for itself.

`tests.e2e.forked_bot` holds the forked process's first function.
"""

RUN_RATHER_THAN_LOADED = ("bot.__main__", "bot.store.migrations.")

for name in ONLY_WHEN_NEEDED:
    import_module(name)
for package in (bot, cogs):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(RUN_RATHER_THAN_LOADED):
            import_module(module.name)

bot.domain.policy.blocked_words.build_look_alikes()
rehearse()

# What is shared with the forked stays shared as long as no collection writes to it. The bot has frozen its own objects.
gc.unfreeze()
gc.collect()
gc.freeze()

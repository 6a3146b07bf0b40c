"""Loads the libraries that the bot loads, in the process from which the tests fork their bots; of the bot itself nothing."""

from importlib import import_module

LIBRARIES = (
    "aiohttp.web",
    "alembic.command",
    "alembic.op",
    "asyncpg",
    "click",
    "confusable_homoglyphs.confusables",
    "discord.ext.commands",
    "prometheus_client.exposition",
    "pydantic_settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "stamina.instrumentation",
    "structlog.tracebacks",
)

for name in LIBRARIES:
    import_module(name)

"""All that the program remembers, on SQLite or PostgreSQL, behind one class. All SQL of the program lives here."""

from bot.store.store import Store, migrate, open_store

__all__ = ["Store", "migrate", "open_store"]

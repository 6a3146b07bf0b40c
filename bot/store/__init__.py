"""All that the program remembers, on SQLite or PostgreSQL, behind one class. All SQL of the program lives here."""

from bot.store.backup import back_up
from bot.store.store import Store, migrate, open_store

__all__ = ["Store", "back_up", "migrate", "open_store"]

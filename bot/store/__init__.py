"""The only access to the database, SQLite or PostgreSQL, behind one class. All SQL of the program is here.

Imports the domain and errors.
"""

from bot.store.backup import back_up
from bot.store.store import Store, migrate, open_store

__all__ = ["Store", "back_up", "migrate", "open_store"]

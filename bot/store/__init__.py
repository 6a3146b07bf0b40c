"""The only access to the database, SQLite or PostgreSQL, behind one class. All SQL of the program is here.

Imports the domain and errors.
"""

from bot.store.backup import back_up
from bot.store.backup_folder import add_backup, newest_backup
from bot.store.restore import restore
from bot.store.store import Store, migrate, open_store

__all__ = ["Store", "add_backup", "back_up", "migrate", "newest_backup", "open_store", "restore"]

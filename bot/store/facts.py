"""Small facts under a name: the statements that read and write them."""

from typing import Any

from sqlalchemy import Insert, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store import tables


def read(name: str) -> Select[Any]:
    """The value of a fact."""
    return select(tables.facts.c.value).where(tables.facts.c.name == name)


def write(name: str, value: str, *, dialect: str) -> Insert:
    """Set a fact, whether it was there or not. Both databases can do that, each with a construct of its own."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = insert(tables.facts).values(name=name, value=value)
    return new.on_conflict_do_update(index_elements=[tables.facts.c.name], set_={"value": new.excluded.value})

"""What members last chose in the form of /compose, of those who want it to be remembered."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.domain.prompts import PromptOptions
from bot.store.database import Database
from bot.store.tables import form_choices


class FormChoices:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int) -> PromptOptions | None:
        """The member's last choices; None if nothing is remembered for them."""
        columns = (
            form_choices.c.genre,
            form_choices.c.mood,
            form_choices.c.tempo,
            form_choices.c.instrumental,
        )
        found = await self._database.fetch(
            select(*columns).where(form_choices.c.user_id == user_id), lambda row: PromptOptions(**row)
        )
        return found[0] if found else None

    async def remember(self, user_id: int, options: PromptOptions, *, now: datetime) -> None:
        """Store a member's choices in place of the last ones."""

        def work(connection: Connection) -> None:
            connection.execute(delete(form_choices).where(form_choices.c.user_id == user_id))
            new = insert(form_choices).values(user_id=user_id, chosen_at=now, **asdict(options))
            connection.execute(new)

        await self._database.write(work)

    async def forget(self, user_id: int) -> None:
        """Delete a member's choices, if any."""
        own = delete(form_choices).where(form_choices.c.user_id == user_id)
        await self._database.write(lambda connection: connection.execute(own))

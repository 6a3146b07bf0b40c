"""Cards of erased jobs that may still show a prompt, kept from the erasing transaction until they are wiped."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import DeliveryRoute, DeliveryState
from bot.domain.personal_data import ErasedCard
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import card_wipes, is_open, is_undelivered, jobs

PAGE = 100

_DUE = (
    select(
        jobs, card_wipes.c.message_id, card_wipes.c.token, card_wipes.c.expires_at, card_wipes.c.by_requester
    )
    .join(card_wipes, card_wipes.c.job_key == jobs.c.key)
    .order_by(card_wipes.c.job_key.desc())
    .limit(PAGE)
)


class CardWipes:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, *, before: int | None = None) -> list[ErasedCard]:
        """A page of the cards that are to be wiped, the newest first; `before` is the key that the last page ended with."""
        page = _DUE if before is None else _DUE.where(card_wipes.c.job_key < before)
        async with self._database.read() as connection:
            return [_card_of(row) for row in (await connection.execute(page)).mappings()]

    async def remove(self, key: int) -> None:
        """The card is wiped, or never can be: nothing of it need be kept."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(card_wipes).where(card_wipes.c.job_key == key))

        await self._database.transact(work)


async def insert_card_wipes(
    connection: AsyncConnection,
    whose: ColumnElement[bool],
    *,
    by_requester: bool,
    now: datetime,
    has_access: bool = True,
) -> tuple[int, ...]:
    """Write down the cards that are to be wiped, before their jobs are erased in the same transaction; returns the keys.

    Without access to the server (`has_access`) only living interaction tokens can do it.
    """
    by_message = jobs.c.card_message_id.is_not(None) & ~jobs.c.is_private if has_access else false()
    by_token = jobs.c.interaction_token.is_not(None) & (jobs.c.interaction_expires_at > now)
    columns = select(
        jobs.c.key,
        case((by_message, jobs.c.card_message_id), else_=null()),
        case((by_message, null()), else_=jobs.c.interaction_token),
        case((by_message, null()), else_=jobs.c.interaction_expires_at),
        literal(by_requester),
    ).where(whose, _shows_a_prompt(), or_(by_message, by_token))
    names = [column.name for column in card_wipes.columns]
    rows = await connection.execute(
        insert(card_wipes).from_select(names, columns).returning(card_wipes.c.job_key)
    )
    return tuple(rows.scalars())


def _shows_a_prompt() -> ColumnElement[bool]:
    """Whether the card may say more than a song's title and where its post stands.

    Until the outcome is told it shows the prompt. The line that is left of it names the prompt where there is no
    title, and mentions the requester where the song went to them directly; with the post gone, it is all that is left.
    """
    line = or_(
        jobs.c.card_outdated,
        func.coalesce(jobs.c.title, "") == "",
        jobs.c.post_message_id.is_(None),
        jobs.c.rung == DeliveryRoute.DIRECT_MESSAGE,
    )
    # A refusal takes its card away or, rarely, takes its place: then the card is the post.
    is_refusal = (jobs.c.delivery == DeliveryState.DELIVERED) & jobs.c.rung.is_not_distinct_from(
        DeliveryRoute.INTERACTION
    )
    return or_(is_open(), is_undelivered(), line & ~is_refusal)


def _card_of(row: RowMapping) -> ErasedCard:
    job = replace(
        job_from_row(row),
        card_message_id=row["message_id"],
        interaction_token=row["token"],
        interaction_expires_at=row["expires_at"],
    )
    return ErasedCard(job, by_requester=row["by_requester"])

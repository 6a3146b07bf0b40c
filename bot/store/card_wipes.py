"""Cards of erased jobs that may still show a prompt: stored by the erasing transaction, deleted once they are wiped."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
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

from bot.domain.jobs import DeliveryRoute, DeliveryState
from bot.domain.personal_data import ErasedCard
from bot.store.database import Database
from bot.store.expressions import is_unfinished
from bot.store.rows import job_from_row
from bot.store.tables import card_wipes, jobs

PAGE_SIZE = 100

_DUE = (
    select(
        jobs,
        card_wipes.c.message_id,
        card_wipes.c.token,
        card_wipes.c.expires_at,
        card_wipes.c.by_requester,
        card_wipes.c.channel_id.label("direct_channel_id"),
        card_wipes.c.locale.label("direct_locale"),
    )
    .join(card_wipes, card_wipes.c.job_key == jobs.c.key)
    .order_by(card_wipes.c.job_key.desc())
    .limit(PAGE_SIZE)
)


class CardWipes:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, *, before: int | None = None) -> list[ErasedCard]:
        """A page of the cards to wipe, newest first; `before` is the last key of the page before."""
        # By key instead of by offset: wiped cards are deleted while the pages are read.
        page = _DUE if before is None else _DUE.where(card_wipes.c.job_key < before)
        return await self._database.fetch(page, _card_of)

    async def remove(self, key: int) -> None:
        """Delete the entry of a card that was wiped, or that never can be."""
        await self._database.execute(delete(card_wipes).where(card_wipes.c.job_key == key))


def insert_card_wipes(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    by_requester: bool,
    now: datetime,
    has_access: bool = True,
) -> tuple[int, ...]:
    """Store which cards to wipe, before the same transaction erases their jobs; returns the keys of the jobs.

    Where the bot has no access to the server any more, a card can be wiped by a valid interaction token only.
    """
    # By its message where the bot can: a token expires, and none should be kept without need.
    by_message = jobs.c.card_message_id.is_not(None) & ~jobs.c.is_private if has_access else false()
    by_token = jobs.c.interaction_token.is_not(None) & (jobs.c.interaction_expires_at > now)
    columns = select(
        jobs.c.key,
        case((by_message, jobs.c.card_message_id), else_=null()),
        case((by_message, null()), else_=jobs.c.interaction_token),
        case((by_message, null()), else_=jobs.c.interaction_expires_at),
        literal(by_requester),
        case((jobs.c.guild_id.is_(None), jobs.c.channel_id), else_=null()),
        case((jobs.c.guild_id.is_(None), jobs.c.guild_locale), else_=null()),
    ).where(which, _may_show_prompt(), or_(by_message, by_token))
    names = [column.name for column in card_wipes.columns]
    rows = connection.execute(insert(card_wipes).from_select(names, columns).returning(card_wipes.c.job_key))
    return tuple(rows.scalars())


def _may_show_prompt() -> ColumnElement[bool]:
    """Whether the card may show more than a song's title and a link to its post.

    Until the outcome is delivered it shows the prompt. The one-line card afterwards shows the prompt where there is no
    title, and mentions the requester where the song went to them directly; it also counts when the post is gone.
    """
    one_line = or_(
        jobs.c.card_outdated,
        func.coalesce(jobs.c.title, "") == "",
        jobs.c.post_message_id.is_(None),
        jobs.c.rung == DeliveryRoute.DIRECT_MESSAGE,
    )
    # A refusal deletes its card or, rarely, is edited into it: then the card is the post.
    is_refusal = (jobs.c.delivery == DeliveryState.DELIVERED) & jobs.c.rung.is_not_distinct_from(
        DeliveryRoute.INTERACTION
    )
    return or_(is_unfinished(), one_line & ~is_refusal)


def _card_of(row: RowMapping) -> ErasedCard:
    job = replace(
        job_from_row(row),
        card_message_id=row["message_id"],
        interaction_token=row["token"],
        interaction_expires_at=row["expires_at"],
        channel_id=row["direct_channel_id"] or row["channel_id"],
        guild_locale=row["direct_locale"] or row["guild_locale"],
    )
    return ErasedCard(job, by_requester=row["by_requester"])

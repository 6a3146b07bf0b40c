"""Takes the prompts off the cards of erased jobs, and has posts deleted that nobody knows of.

Which these are stands in the database from the erasing transaction on, until each is wiped or known to be out of
reach: so it is done whatever becomes of the answer to the erasure, of this process, or of Discord for a while. An edit
can be made twice, so several processes may do it.
"""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.delivery.cards import Cards, living_token
from bot.delivery.unsent_cleanup import LostPostRemover
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.errors import SendOutcome
from bot.discord_io.faults import SEND_FAULTS, UNKNOWN_MESSAGE, describe, meaning
from bot.domain.personal_data import ErasedCard
from bot.replies import privacy
from bot.store import Store
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

CALL_TIMEOUT_S = 30.0
FIRST_RETRY_S = 2.0
MAX_RETRY_S = 60.0
RECHECK_S = 30.0
"""How often the database is read though nothing rang, where other processes may leave something to do."""

AT_ONCE = 4
"""Edits share a channel's rate limit with the cards of songs that somebody waits for."""

FIRST_TRIES = 8
"""Of one erasure so many cards are tried before it is answered."""


class CardWiper:
    """One loop for what is due, and a first try while the person waits for the answer to their erasure."""

    def __init__(self, *, store: Store, connection: DiscordConnection, cards: Cards, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._cards = cards
        self._clock = clock
        self._in_flight: dict[int, asyncio.Task[bool]] = {}
        self._lost_posts = LostPostRemover(store=store, connection=connection, clock=clock)
        self._again_at: dict[int, float] = {}
        self.wakeup = Wakeup()

    async def run(self) -> None:
        """Do what is due until cancelled, with growing pauses while something cannot be done yet."""
        wait_s = FIRST_RETRY_S
        while True:
            await self._connection.client()
            is_wiped, is_taken_back = await self._all_wiped(), await self._lost_posts.all_taken_back()
            if is_wiped and is_taken_back:
                wait_s = FIRST_RETRY_S
                await self.wakeup.sleep(None if self._store.is_exclusive else RECHECK_S)
            else:
                await self.wakeup.sleep(wait_s)
                wait_s = min(MAX_RETRY_S, wait_s * 2)

    async def attempt(self, keys: Collection[int], *, within_s: float) -> int:
        """Try at once to wipe the cards of these jobs; returns how many are left to the loop after that time."""
        self.wakeup.wake()
        if not keys:
            return 0
        cards = [card for card in await self._store.card_wipes.due() if card.job.key in keys]
        tasks = [self._start(card) for card in cards[:FIRST_TRIES]]
        done = (await asyncio.wait(tasks, timeout=within_s))[0] if tasks else set[asyncio.Task[bool]]()
        return len(keys) - sum(task.result() for task in done)

    def in_flight(self) -> list[asyncio.Task[bool]]:
        """The edits under way."""
        return list(self._in_flight.values())

    async def _all_wiped(self) -> bool:
        """Try everything that is due, once."""
        complete, before = True, None
        while cards := await self._store.card_wipes.due(before=before):
            for start in range(0, len(cards), AT_ONCE):
                complete &= await self._wiped(cards[start : start + AT_ONCE])
            before = cards[-1].job.key
        return complete

    async def _wiped(self, cards: Sequence[ErasedCard]) -> bool:
        # Waited for and not gathered: a loop that is cancelled leaves the edits to the end of the program.
        tasks = [self._start(card) for card in cards]
        done, _ = await asyncio.wait(tasks)
        return all(task.result() for task in done) and not any(
            card.job.key in self._again_at for card in cards
        )

    def _start(self, card: ErasedCard) -> asyncio.Task[bool]:
        key = card.job.key
        if key not in self._in_flight:
            task = asyncio.create_task(self._wipe(card), name=f"wipe card #{key}")
            self._in_flight[key] = task
            task.add_done_callback(lambda _: self._in_flight.pop(key, None))
        return self._in_flight[key]

    async def _wipe(self, card: ErasedCard) -> bool:
        """Edit a card; returns False when that is to be tried again."""
        key, now = card.job.key, self._clock.monotonic()
        if self._again_at.get(key, 0.0) > now:
            return True
        if not await self._edited(card):
            return False
        if not self._store.is_exclusive and key not in self._again_at:
            # Another process may be drawing what it has read before the erasure: its edit is overwritten then.
            self._again_at[key] = now + CALL_TIMEOUT_S
            return True
        await retry_until_stored(self._store.card_wipes.remove, key)
        self._again_at.pop(key, None)
        return True

    async def _edited(self, card: ErasedCard) -> bool:
        """Returns True also where the card never can be edited."""
        job = card.job
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                if not await self._is_in_reach(card):
                    log.info("erased_card_out_of_reach", job=job)
                    return True
                await self._cards.wipe(job, privacy.erased_card(job, by_requester=card.by_requester))
        except SEND_FAULTS as error:
            if meaning(error) in (SendOutcome.LATER, SendOutcome.UNCERTAIN):
                log.info("erased_card_not_wiped_yet", job=job, error=describe(error))
                return False
            if getattr(error, "code", 0) != UNKNOWN_MESSAGE:
                log.warning(
                    "erased_card_stands",
                    job=job,
                    message_id=job.card_message_id,
                    error=describe(error),
                    effect="a prompt that was erased may still stand in the channel",
                    remedy="have somebody of the server delete the message",
                )
            return True
        log.info("erased_card_wiped", job=job)
        return True

    async def _is_in_reach(self, card: ErasedCard) -> bool:
        """Whether there is a way to the card: its message while the bot is in the server, or a living token."""
        if card.job.card_message_id is None:
            return living_token(card.job, self._clock) is not None
        return await self._connection.guild(card.job.guild_id) is not None

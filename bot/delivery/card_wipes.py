"""Removes the prompts from the cards of erased jobs, and deletes posts of erased jobs whose send was interrupted.

The erasing transaction records which cards these are, and each record stays until its card was edited or cannot be: so
wipes survive a failed response, a restart and an outage of Discord. Several processes may wipe the same card, since an
edit can be repeated.
"""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from bot.clock import Clock
from bot.concurrency import InFlight, Wakeup
from bot.delivery.cards import Cards, unexpired_token
from bot.delivery.erased_posts import LostPostRemover
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import DISCORD_ERRORS, UNKNOWN_MESSAGE, describe, send_outcome
from bot.domain.personal_data import ErasedCard
from bot.replies import privacy
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

FIRST_RETRY_S = 2.0
MAX_RETRY_S = 60.0
RECHECK_S = 30.0
"""How often the database is read without a wake, where other processes may have recorded wipes."""

MAX_EDITS_AT_ONCE = 4
"""Few, because edits share a channel's rate limit with the cards of running jobs."""

MAX_IMMEDIATE_WIPES = 8
"""How many cards of one erasure are wiped before it is answered."""


class CardWiper:
    """One loop for recorded wipes, and a first attempt while the person waits for the answer to their erasure."""

    def __init__(self, *, store: Store, connection: DiscordConnection, cards: Cards, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._cards = cards
        self._clock = clock
        self._in_flight = InFlight[int, bool]()
        self._lost_posts = LostPostRemover(store=store, connection=connection, clock=clock)
        self._second_edit_at: dict[int, float] = {}
        self.wakeup = Wakeup()

    async def run(self) -> None:
        """Wipe and delete what is recorded until cancelled, with growing waits while something fails."""
        wait_s = FIRST_RETRY_S
        while True:
            # Waits for a client: without one every edit would fail, and only lengthen the waits.
            await self._connection.client()
            is_wiped, is_taken_back = await self._wipe_due(), await self._lost_posts.remove_all()
            if is_wiped and is_taken_back:
                wait_s = FIRST_RETRY_S
                await self.wakeup.sleep(None if self._store.is_exclusive else RECHECK_S)
            else:
                await self.wakeup.sleep(wait_s)
                wait_s = min(MAX_RETRY_S, wait_s * 2)

    async def wipe_now(self, keys: Collection[int], *, within_s: float) -> int:
        """Wipe the cards of these jobs for up to `within_s` seconds; returns how many are left to the loop."""
        # The loop takes what is not wiped in time.
        self.wakeup.wake()
        if not keys:
            return 0
        cards = [card for card in await self._store.card_wipes.due() if card.job.key in keys]
        tasks = [self._start(card) for card in cards[:MAX_IMMEDIATE_WIPES]]
        # `wait` cancels nothing: an edit that takes longer goes on, and the loop finds it in flight.
        done = (await asyncio.wait(tasks, timeout=within_s))[0] if tasks else set[asyncio.Task[bool]]()
        return len(keys) - sum(task.result() for task in done)

    def in_flight(self) -> list[asyncio.Task[bool]]:
        """The running edits."""
        return self._in_flight.tasks()

    async def _wipe_due(self) -> bool:
        """Try every recorded wipe once; returns whether none is left."""
        complete, before = True, None
        while cards := await self._store.card_wipes.due(before=before):
            for start in range(0, len(cards), MAX_EDITS_AT_ONCE):
                complete &= await self._wipe_batch(cards[start : start + MAX_EDITS_AT_ONCE])
            before = cards[-1].job.key
        return complete

    async def _wipe_batch(self, cards: Sequence[ErasedCard]) -> bool:
        # `wait` instead of `gather`: when this loop is cancelled the edits go on, and the shutdown waits for them.
        tasks = [self._start(card) for card in cards]
        done, _ = await asyncio.wait(tasks)
        return all(task.result() for task in done) and not any(
            card.job.key in self._second_edit_at for card in cards
        )

    def _start(self, card: ErasedCard) -> asyncio.Task[bool]:
        key = card.job.key
        running = self._in_flight.task_of(key)
        return running or self._in_flight.start(key, self._wipe(card), name=f"wipe card #{key}")

    async def _wipe(self, card: ErasedCard) -> bool:
        """Wipe a card; returns False if it must be tried again."""
        key, now = card.job.key, self._clock.monotonic()
        if self._second_edit_at.get(key, 0.0) > now:
            return True
        if not await self._edit(card):
            return False
        if not self._store.is_exclusive and key not in self._second_edit_at:
            # Another process may be drawing a job that it read before the erasure: a second edit overwrites that one.
            self._second_edit_at[key] = now + CALL_TIMEOUT_S
            return True
        await retry_until_stored(self._store.card_wipes.remove, key)
        self._second_edit_at.pop(key, None)
        return True

    async def _edit(self, card: ErasedCard) -> bool:
        """Edit the card; returns True also if it can never be edited, False after a transient error."""
        job = card.job
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                if not await self._is_reachable(card):
                    log.info("erased_card_out_of_reach", job=job)
                    return True
                # The requester's language is erased, too: a private card is in the server's.
                with in_language(job.guild_locale):
                    reply = privacy.erased_card(job, by_requester=card.by_requester)
                    await self._cards.wipe(job, reply)
        except DISCORD_ERRORS as error:
            if send_outcome(error) in (SendOutcome.RETRY, SendOutcome.UNKNOWN):
                log.info("erased_card_wipe_retry", job=job, error=describe(error))
                return False
            # A card that somebody has deleted shows no prompt any more: nothing to warn of.
            if getattr(error, "code", 0) != UNKNOWN_MESSAGE:
                log.warning(
                    "erased_card_not_wiped",
                    job=job,
                    message_id=job.card_message_id,
                    error=describe(error),
                    effect="a prompt that was erased may still stand in the channel",
                    remedy="have somebody of the server delete the message",
                )
            return True
        log.info("erased_card_wiped", job=job)
        return True

    async def _is_reachable(self, card: ErasedCard) -> bool:
        """Whether the card can be edited: by its message, or by an unexpired token.

        The message can be edited while the bot is in the server, and always in a direct message.
        """
        if card.job.card_message_id is None:
            return unexpired_token(card.job, self._clock) is not None
        guild_id = card.job.guild_id
        if guild_id is None:
            return True
        return await self._connection.guild(guild_id) is not None or not self._connection.knows(guild_id)

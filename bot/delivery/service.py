"""The outbox: takes finished jobs and climbs down the ladder with each, so that it is told exactly once.

`posting` is written before a call and the message ID after it. A job found in `posting`, after a crash or an error
that leaves the outcome open, is looked for where it would stand before anything is sent again.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import dropwhile
from typing import TypeVar

import structlog

from bot.alarm import Alarm
from bot.clock import Clock
from bot.delivery.attachments import Attachments, Packer
from bot.delivery.cards import Cards
from bot.delivery.faults import SEND_FAULTS, Meaning, describe, meaning
from bot.delivery.line import Line
from bot.delivery.rungs import LadderRung, Sent, Unreachable
from bot.errors import BotError
from bot.models import DeliveryState, Job, Rung
from bot.ops.lines import about
from bot.ops.metrics import Metrics
from bot.persist import insist
from bot.store import Store

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

MAX_POSTS_AT_ONCE = 32
LEASE_S = 120.0
FIRST_RETRY_WAIT_S = 1.0
MAX_RETRY_WAIT_S = 15.0
CALL_TIMEOUT_S = 60.0
RECHECK_S = 30.0
"""How often the outbox is read though nothing rang, where deliveries of other processes become free with time alone."""

NONCE_WINDOW = timedelta(seconds=60)
"""Discord drops a second message with the same nonce "in the past few minutes"; this is surely inside."""


class Delivery:
    """One loop that takes due deliveries, and a task for each of them."""

    def __init__(
        self,
        *,
        store: Store,
        line: Line,
        cards: Cards,
        packer: Packer,
        ladder: Sequence[LadderRung],
        clock: Clock,
        metrics: Metrics,
        owner: str,
    ) -> None:
        self._store = store
        self._line = line
        self._cards = cards
        self._packer = packer
        self._ladder = ladder
        self._clock = clock
        self._metrics = metrics
        self._owner = owner
        self._takeover = False
        self._in_hand: dict[int, asyncio.Task[None]] = {}
        self.alarm = Alarm()

    def announce(self, job: Job) -> None:
        """A job has changed: show it on its card, or tell its outcome."""
        if job.delivery is DeliveryState.DUE:
            self.alarm.ring()
        else:
            self._cards.refresh_soon(job.key)

    async def run(self, *, takeover: bool) -> None:
        """Deliver until cancelled. With `takeover`, deliveries of a dead process are free at once."""
        self._takeover = takeover
        while True:
            await self._line.client()
            await self.alarm.sleep(await self._round())

    def in_hand(self) -> list[asyncio.Task[None]]:
        """The deliveries under way."""
        return list(self._in_hand.values())

    async def _round(self) -> float | None:
        """Start what is due and fits; returns the seconds until the outbox is worth another look (None: when rung)."""
        room = MAX_POSTS_AT_ONCE - len(self._in_hand)
        now = self._clock.now()
        if room:
            jobs = await self._store.outbox.claim(
                owner=self._owner,
                lease_until=now + timedelta(seconds=LEASE_S),
                now=now,
                limit=room,
                takeover=self._takeover,
                exclude=self._in_hand.keys(),
            )
            for job in jobs:
                self._start(job)
        later = await self._store.outbox.next_at()
        if later is None:
            return None if self._takeover else RECHECK_S
        return min(RECHECK_S, max(0.1, (later - now).total_seconds()))

    def _start(self, job: Job) -> None:
        with about(job):
            task = asyncio.create_task(self._deliver(job), name=f"deliver {job.short_id}")
        self._in_hand[job.key] = task

        def finished(_: asyncio.Task[None]) -> None:
            del self._in_hand[job.key]
            self.alarm.ring()

        task.add_done_callback(finished)

    async def _deliver(self, job: Job) -> None:
        """Tell it, whatever goes wrong: a fault of our own holds this one up for a while, and no other."""
        try:
            await self._tell(job)
        except DeliveryLost as reason:
            log.info("delivery_lost", reason=str(reason))
        except Exception:
            log.exception("delivery_crashed", again_in_s=MAX_RETRY_WAIT_S)
            await asyncio.sleep(MAX_RETRY_WAIT_S)

    # --- one job -----------------------------------------------------------------------------------------------

    async def _tell(self, job: Job) -> None:
        """Climb down the ladder until somebody is told, or nobody can be."""
        note = job.delivery_note
        for rung in self._from_where_it_stood(job):
            try:
                await self._on_rung(job, rung, note)
            except Unreachable as reason:
                note = f"{rung.name}: {reason}"
                log.info("rung_unreachable", rung=rung.name.value, reason=str(reason))
                job = await self._store.get(job.key) or job
            else:
                return
        await self._cards.shrink(job, rung=Rung.KEPT, jump_url=None)
        await insist(
            self._store.outbox.undeliverable,
            job.key,
            note=note or "no way to reach the requester",
        )
        log.info("job_undeliverable", delivery=DeliveryState.UNDELIVERABLE.value, reason=note)
        self._metrics.told(Rung.KEPT)

    def _from_where_it_stood(self, job: Job) -> Sequence[LadderRung]:
        """The whole ladder, or its rest from the rung on which an earlier try was interrupted."""
        fitting = [rung for rung in self._ladder if rung.suits(job)]
        if job.delivery is not DeliveryState.POSTING:
            return fitting
        return list(dropwhile(lambda rung: rung.name is not job.rung, fitting)) or fitting

    async def _on_rung(self, job: Job, rung: LadderRung, note: str | None) -> None:
        """Tell the outcome on this rung, however long a passing fault lasts.

        `note` says why it is not told on a better one.

        Raises:
            Unreachable: it was not told here, and cannot be.
        """
        async with AsyncExitStack() as stack:
            attachments: Attachments | None = None
            wait_s = FIRST_RETRY_WAIT_S
            while True:
                try:
                    if attachments is None and _is_interrupted(job, rung):
                        # Before the search: its answer and the nonce are good for a send that follows at once.
                        attachments = await self._pack(job, rung, stack)
                    sent = await self._find(job, rung)
                    if sent is None:
                        channel_id = await _call(rung.aim(job))
                        if attachments is None:
                            attachments = await self._pack(job, rung, stack)
                        job = await self._intend(job, rung, channel_id)
                        sent = await _call(rung.send(job, channel_id, attachments))
                except SEND_FAULTS as error:
                    job = await self._after_fault(job, rung, error)
                else:
                    break
                await asyncio.sleep(wait_s)
                wait_s = min(MAX_RETRY_WAIT_S, wait_s * 2)
        await self._done(job, rung, sent, note)

    async def _pack(self, job: Job, rung: LadderRung, stack: AsyncExitStack) -> Attachments:
        """The files that go with it, open for as long as `stack` is."""
        attachments = await self._packer.pack(job, limit_bytes=await rung.size_limit_bytes(job))
        stack.callback(attachments.close)
        return attachments

    async def _find(self, job: Job, rung: LadderRung) -> Sent | None:
        """What an interrupted try on this rung has sent; None when it is safe to send.

        Where the bot cannot look, the nonce makes a second try safe for a while; after that the rung is given up,
        because telling somebody once on the next one is better than twice on this one.
        """
        if not _is_interrupted(job, rung):
            return None
        try:
            return await _call(rung.find(job))
        except (*SEND_FAULTS, Unreachable) as error:
            if not isinstance(error, Unreachable) and meaning(error) is not Meaning.BLOCKED:
                raise TimeoutError("could not look for an earlier post") from error
        if job.posting_at is not None and self._clock.now() - job.posting_at < NONCE_WINDOW:
            return None
        reason = "an earlier post may stand there, and cannot be looked for"
        await self._not_sent(job, reason)
        raise Unreachable(reason)

    async def _intend(self, job: Job, rung: LadderRung, channel_id: int | None) -> Job:
        """Write down that the next thing is a send on this rung.

        Raises:
            DeliveryLost: it is no longer for this task to send: the job was erased, or another process has it.
        """
        if _is_interrupted(job, rung):
            stored = await insist(self._store.get, job.key)
            if stored is None or stored.delivery is not DeliveryState.POSTING:
                raise DeliveryLost("it was erased, or told by another process")
            return job
        posting = await insist(
            self._store.outbox.begin_post,
            job.key,
            rung=rung.name,
            channel_id=channel_id,
            now=self._clock.now(),
        )
        if posting is None:
            raise DeliveryLost("it was erased, or another process delivers it")
        log.info("job_posting", delivery=posting.delivery.value, rung=rung.name.value)
        return posting

    async def _after_fault(self, job: Job, rung: LadderRung, error: BaseException) -> Job:
        """Record what is known after an error. Raises Unreachable when this rung will not do."""
        known = meaning(error)
        log.info("delivery_fault", rung=rung.name.value, means=known.name, error=describe(error))
        if known is not Meaning.UNCERTAIN and job.delivery is DeliveryState.POSTING:
            job = await self._not_sent(job, describe(error))
        if known in (Meaning.BLOCKED, Meaning.TOO_LARGE):
            raise Unreachable(describe(error)) from error
        return job

    async def _not_sent(self, job: Job, note: str) -> Job:
        now = self._clock.now()
        return await insist(self._store.outbox.deliver_later, job.key, after=now, note=note) or job

    async def _done(self, job: Job, rung: LadderRung, sent: Sent, note: str | None) -> None:
        # The card goes first: should the program stop in between, the post is found again and the card mended.
        if sent.message_id is None or sent.message_id != job.card_message_id:
            await self._shrink_card(job, rung, sent)
        told = await insist(
            self._store.outbox.delivered,
            job.key,
            rung=rung.name,
            channel_id=sent.channel_id,
            message_id=sent.message_id,
            note=note or job.delivery_note,
            now=self._clock.now(),
        )
        if told is None and await self._take_back(job, sent):
            return
        log.info(
            "job_delivered",
            delivery=DeliveryState.DELIVERED.value,
            rung=rung.name.value,
            message_id=sent.message_id,
        )
        self._metrics.told(rung.name)
        await self._afterwards(job, rung)

    async def _afterwards(self, job: Job, rung: LadderRung) -> None:
        try:
            await _call(rung.afterwards(job))
        except SEND_FAULTS as error:
            log.info("afterthought_not_sent", error=describe(error))

    async def _take_back(self, job: Job, sent: Sent) -> bool:
        """Delete a message whose job was erased while it was being sent; False when it may stay."""
        stored = await insist(self._store.get, job.key)
        if stored is None or not stored.is_erased:
            return False
        if sent.channel_id is not None and sent.message_id is not None:
            client = await self._line.client()
            channel = client.get_partial_messageable(sent.channel_id, guild_id=job.guild_id)
            try:
                await _call(channel.get_partial_message(sent.message_id).delete())
            except SEND_FAULTS as error:
                log.warning(
                    "erased_post_not_deleted",
                    message_id=sent.message_id,
                    error=describe(error),
                    remedy="have somebody of the server delete the message: its requester has erased the song",
                )
        log.info("delivery_taken_back")
        return True

    async def _shrink_card(self, job: Job, rung: LadderRung, sent: Sent) -> None:
        if rung.name is Rung.INTERACTION:
            self._cards.forget(job.key)
        else:
            jump_url = sent.jump_url if rung.name is Rung.CHANNEL else None
            await self._cards.shrink(job, rung=rung.name, jump_url=jump_url)


class DeliveryLost(BotError):
    """The delivery is not this task's any more: its job was erased, or another process has taken it over."""


def _is_interrupted(job: Job, rung: LadderRung) -> bool:
    """Whether an earlier try on this rung may have sent it."""
    return job.delivery is DeliveryState.POSTING and job.rung is rung.name


async def _call(call: Awaitable[Result]) -> Result:
    async with asyncio.timeout(CALL_TIMEOUT_S):
        return await call

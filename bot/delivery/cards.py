"""The card: the message that shows a job while it works, and shrinks to one line when its outcome is posted."""

import asyncio
from dataclasses import replace
from typing import Any

import structlog

from bot.clock import Clock
from bot.delivery.faults import SEND_FAULTS, UNKNOWN_MESSAGE, describe
from bot.delivery.line import Line
from bot.delivery.messages import edit_fields
from bot.gate import Gate
from bot.models import Job, JobState, Rung
from bot.replies import card, privacy
from bot.replies.card import Waiting
from bot.replies.reply import Reply
from bot.schedule import expectation
from bot.store import Store

log = structlog.get_logger(__name__)

CALL_TIMEOUT_S = 30.0
ORIGINAL: Any = "@original"
"""Discord's own name for an interaction's first response, where a message ID is expected."""


class Cards:
    """Draws cards. A card is a courtesy: when it cannot be drawn, the outcome still finds its way."""

    def __init__(self, *, store: Store, line: Line, gate: Gate, clock: Clock, max_running_jobs: int) -> None:
        self._store = store
        self._line = line
        self._gate = gate
        self._clock = clock
        self._max_running_jobs = max_running_jobs
        self._locks: dict[int, asyncio.Lock] = {}
        self._shown: dict[int, str] = {}
        self._drawing: set[asyncio.Task[None]] = set()

    def refresh_soon(self, key: int) -> None:
        """Draw the card in the background."""
        task = asyncio.create_task(self.refresh(key), name=f"card #{key}")
        self._drawing.add(task)
        task.add_done_callback(self._drawing.discard)

    def in_hand(self) -> list[asyncio.Task[None]]:
        """The cards that are being drawn in the background."""
        return list(self._drawing)

    async def refresh(self, key: int) -> None:
        """Show the job as it stands now; nothing is sent when the card would look the same."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            job = await self._store.get(key)
            if job is None or job.state.is_final or job.is_erased:
                return
            now = self._clock.now()
            waits_s = await self._store.recent_waits_s()
            reply = card.working(
                job, expectation=expectation(waits_s), now=now, waiting=await self._waiting(job)
            )
            await self._draw(job, reply)

    async def shrink(self, job: Job, *, rung: Rung, jump_url: str | None) -> None:
        """Leave one line of the card, which says where the outcome was told, with a link where there can be one."""
        async with self._locks.setdefault(job.key, asyncio.Lock()):
            # The job in hand may be older than its card.
            job = replace(await self._store.get(job.key) or job, rung=rung)
            if not job.is_erased:
                await self._draw(job, card.done(job, jump_url=jump_url))
        self.forget(job.key)

    async def wipe(self, job: Job) -> None:
        """Take the prompt off the card of a job that was erased; `job` is as it was before."""
        async with self._locks.setdefault(job.key, asyncio.Lock()):
            await self._draw(job, privacy.erased_card(job))
        self.forget(job.key)

    def forget(self, key: int) -> None:
        """The job's card will not be drawn again."""
        self._locks.pop(key, None)
        self._shown.pop(key, None)

    async def _waiting(self, job: Job) -> Waiting | None:
        """Why the job is not with Whisul yet, where there is more to say than that it is about to be."""
        if job.state is not JobState.QUEUED:
            return None
        if self._gate.key_refused:
            return Waiting.KEY_REFUSED
        if job.submit_attempts or self._gate.is_paused:
            return Waiting.SERVICE_BUSY
        return Waiting.FULL if await self._store.count_running() >= self._max_running_jobs else None

    async def _draw(self, job: Job, reply: Reply) -> None:
        look = fingerprint(reply)
        if self._shown.get(job.key) == look:
            return
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                if job.card_message_id is not None:
                    await self._edit_message(job, job.card_message_id, reply)
                elif (token := living_token(job, self._clock)) is not None:
                    await self._edit_response(job, token, reply)
        except SEND_FAULTS as error:
            level = log.debug if getattr(error, "code", 0) == UNKNOWN_MESSAGE else log.warning
            level("card_not_drawn", job=job.short_id, error=describe(error))
            return
        self._shown[job.key] = look

    async def _edit_message(self, job: Job, message_id: int, reply: Reply) -> None:
        # By the channel, not by the interaction: an interaction's own message can be edited for 15 minutes only.
        client = await self._line.client()
        channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        await channel.get_partial_message(message_id).edit(**edit_fields(reply))

    async def _edit_response(self, job: Job, token: str, reply: Reply) -> None:
        webhook = await self._line.followups(token)
        message = await webhook.edit_message(ORIGINAL, **edit_fields(reply))
        await self._store.set_card(job.key, message_id=message.id)


def living_token(job: Job, clock: Clock) -> str | None:
    """The job's interaction token while Discord still takes it."""
    expires_at = job.interaction_expires_at
    if job.interaction_token is None or expires_at is None or expires_at <= clock.now():
        return None
    return job.interaction_token


def fingerprint(reply: Reply) -> str:
    """Equal for replies that look the same."""
    return repr((reply.content, [embed.to_dict() for embed in reply.embeds], reply.links, reply.buttons))

"""What admins can do: look at what is set, try a change, save it, take it back, and see whether the bot is well here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.domain.jobs import Job, JobState
from bot.domain.policy.edits import Scope
from bot.domain.policy.errors import PolicyUnchanged
from bot.domain.policy.limits import Caps, Limit, exceeded_cap
from bot.domain.policy.model import Policy
from bot.domain.policy.preview import LOOKBACK, Preview, preview
from bot.generation.api_gate import ApiGate
from bot.store import Store
from bot.store.policies import PolicyChange
from bot.store.proposals import Proposal
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulNoCredit,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
)

log = structlog.get_logger(__name__)

MAX_REPLAYED = 20_000
"""How many requests a preview plays again at most: the newest."""

LIMIT_FIELDS = tuple(scope.value for scope in Scope)
"""What of a policy a preview can judge: which roles members had at the time is not known."""

Change = Callable[[Policy], Policy]


class ApiState(StrEnum):
    """How the music API answers this bot."""

    HEALTHY = "healthy"
    PAUSED = "paused"  # Whisul asked for a pause, or the budget is used up: nothing was asked
    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"  # it answers, and has taken no job since it said so
    UNAVAILABLE = "unavailable"  # it answers that it cannot at the moment
    UNREACHABLE = "unreachable"  # no answer of its own
    UNEXPECTED = "odd"  # an answer that is not what the API promises


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """A proposed change with its effect on the last days; None where limits stay as they are.

    `is_partial`: there were more requests than are played, so the oldest are left out. `exceeded_cap` is the operator's cap
    that holds although limits of the change allow more, if any.
    """

    proposal: Proposal
    effect: Preview | None
    is_partial: bool = False
    exceeded_cap: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotHealth:
    """How the bot is doing for one server."""

    api: ApiState
    last_post: Job | None
    waiting: int
    running: int


class ServerSettings:
    """The admins' side of the program. Whoever calls it has made certain that an admin asks."""

    def __init__(
        self, *, store: Store, whisul: WhisulClient, gate: ApiGate, caps: Caps, clock: Clock
    ) -> None:
        self._store = store
        self._whisul = whisul
        self._gate = gate
        self._caps = caps
        self._clock = clock

    @property
    def caps(self) -> Caps:
        """What the operator allows at most."""
        return self._caps

    async def policy(self, guild_id: int) -> Policy:
        """What is set."""
        return await self._store.policies.get(guild_id)

    async def is_configured(self, guild_id: int) -> bool:
        """Whether anything was ever set here."""
        return await self._store.policies.is_configured(guild_id)

    async def propose(self, guild_id: int, change: Change, *, what: str) -> ProposedChange:
        """Keep a change until somebody saves or cancels it, and tell its effect.

        Raises:
            PolicyInvalid, PolicyUnchanged: and nothing is kept.
        """
        now = self._clock.now()
        return await self._with_preview(
            guild_id, await self._store.proposals.create(guild_id, change, what=what, now=now)
        )

    async def propose_undo(self, guild_id: int) -> ProposedChange:
        """The same for taking back the newest change that is not taken back.

        Raises:
            NothingToUndo: there is none.
        """
        proposal = await self._store.proposals.create_undo(guild_id, now=self._clock.now())
        return await self._with_preview(guild_id, proposal)

    async def apply(self, guild_id: int, change: Change, *, what: str, by: int) -> PolicyChange:
        """Make a change at once: one that cannot refuse anybody by surprise.

        Raises:
            PolicyInvalid, PolicyUnchanged: and everything stays as it was.
        """

        def real(before: Policy) -> Policy:
            after = change(before)
            if after == before:
                raise PolicyUnchanged
            return after

        made = await self._store.policies.change(guild_id, real, by=by, what=what, now=self._clock.now())
        if made is None:
            raise PolicyUnchanged
        return _log_change(made)

    async def save(self, key: int, guild_id: int, *, by: int) -> PolicyChange:
        """Make a proposed change.

        Raises:
            ProposalGone, ProposalStale: and everything stays as it was.
        """
        return _log_change(await self._store.proposals.apply(key, guild_id, by=by, now=self._clock.now()))

    async def cancel(self, key: int, guild_id: int) -> None:
        """Forget a proposed change.

        Raises:
            ProposalGone: it is not there.
        """
        await self._store.proposals.discard(key, guild_id)

    async def changes(self, guild_id: int, *, limit: int) -> list[PolicyChange]:
        """The newest changes, the newest first."""
        return await self._store.policies.changes(guild_id, limit=limit)

    async def health(self, guild_id: int) -> BotHealth:
        """How the bot is doing; this spends nothing."""
        counts = await self._store.count_open_in(guild_id)
        waiting = counts.pop(JobState.QUEUED)
        return BotHealth(
            api=await self._probe(),
            last_post=await self._store.last_post_in(guild_id),
            waiting=waiting,
            running=sum(counts.values()),
        )

    async def _with_preview(self, guild_id: int, proposal: Proposal) -> ProposedChange:
        cap = exceeded_cap(proposal.after, self._caps)
        if all(getattr(proposal.before, name) == getattr(proposal.after, name) for name in LIMIT_FIELDS):
            return ProposedChange(proposal=proposal, effect=None, exceeded_cap=cap)
        now = self._clock.now()
        past = await self._store.requests_in(guild_id, since=now - LOOKBACK, limit=MAX_REPLAYED)
        # In a thread: what a busy server asked for in a month takes longer than other people should wait.
        effect = await asyncio.to_thread(preview, proposal.after, past, guild_id=guild_id, now=now)
        return ProposedChange(
            proposal=proposal, effect=effect, is_partial=len(past) == MAX_REPLAYED, exceeded_cap=cap
        )

    async def _probe(self) -> ApiState:
        """Look at a job that cannot exist: "no such job" is the answer of an API that is well and takes the key."""
        if self._gate.key_refused:
            return ApiState.KEY_REFUSED
        if self._gate.is_paused or not self._gate.enter(is_poll=True):
            return ApiState.PAUSED
        try:
            with self._gate.recorded(is_poll=True):
                await self._whisul.job(str(uuid4()))
        except WhisulNotFound:
            pass
        except WhisulError as error:
            log.info("probe_failed", error=str(error))
            return _api_state(error)
        return ApiState.NO_CREDIT if self._gate.no_credit else ApiState.HEALTHY


def _api_state(error: WhisulError) -> ApiState:
    match error:
        case WhisulUnauthorised():
            return ApiState.KEY_REFUSED
        case WhisulNoCredit():
            return ApiState.NO_CREDIT
        case WhisulRateLimited():
            return ApiState.PAUSED
        case WhisulUnavailable():
            return ApiState.UNAVAILABLE
        case WhisulUnreachable():
            return ApiState.UNREACHABLE
        case _:
            return ApiState.UNEXPECTED


def _log_change(change: PolicyChange) -> PolicyChange:
    log.info(
        "policy_changed",
        guild_id=change.guild_id,
        changed_by=change.changed_by,
        what=change.what,
        undoes=change.undoes,
    )
    return change

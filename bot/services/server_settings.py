"""Server settings for admins: show, propose, save and undo changes of the policy, and the bot's health."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog

from bot.clock import Clock
from bot.domain import usage
from bot.domain.jobs import Job, JobState
from bot.domain.policy.errors import PolicyInvalid, PolicyUnchanged
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.limits import Caps, Limit, exceeded_cap
from bot.domain.policy.model import ADMIN_RULES, DAY_S, Policy
from bot.domain.policy.preview import LOOKBACK, Preview, Suggestion, preview, suggest
from bot.domain.usage import Usage
from bot.generation.api_calls import ApiCalls
from bot.store import Store
from bot.store.policies import PolicyChange
from bot.store.proposals import Proposal
from bot.whisul.errors import (
    WhisulError,
    WhisulNoCredit,
    WhisulRateLimited,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
)

log = structlog.get_logger(__name__)

MAX_REPLAYED = 20_000
"""How many requests a preview replays at most: the newest."""

Change = Callable[[Policy], Policy]


class ApiState(StrEnum):
    """The state of the music API, as its answers to this bot show."""

    HEALTHY = "healthy"
    PAUSED = "paused"  # Whisul asked for a pause, or the budget is used up: no probe was sent
    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"  # it answered 402, and has accepted no submit since
    UNAVAILABLE = "unavailable"  # 408, 425 or 5xx
    UNREACHABLE = "unreachable"  # no answer of the API itself
    UNEXPECTED = "odd"  # an answer outside of the API's documentation


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """A proposed change.

    Attributes:
        effect: what it would have refused in the last days; None where no limit changes.
        suggestion: limits to choose from, computed from the songs of the last days; None where no limit changes.
        is_partial: there were more than `MAX_REPLAYED` requests, so the oldest were not replayed.
        exceeded_cap: the operator's cap that a limit of the change is above, if any: the cap still applies.
    """

    proposal: Proposal
    effect: Preview | None
    is_partial: bool = False
    suggestion: Suggestion | None = None
    exceeded_cap: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotHealth:
    """The health of the bot for one server; `waiting` and `running` count its open jobs."""

    api: ApiState
    last_post: Job | None
    waiting: int
    running: int


class ServerSettings:
    """Changes of policies and health. Callers have checked that the user is an admin of the server."""

    def __init__(
        self, *, store: Store, api: ApiCalls, caps: Caps, clock: Clock, on_saved: Callable[[], None]
    ) -> None:
        self._on_saved = on_saved
        self._store = store
        self._api = api
        self._caps = caps
        self._clock = clock

    @property
    def caps(self) -> Caps:
        """The operator's caps."""
        return self._caps

    async def policy(self, guild_id: int | None) -> Policy:
        """The policy of a server; the default in direct messages (None)."""
        return await self._store.policies.get(guild_id)

    async def is_configured(self, guild_id: int) -> bool:
        """Whether a policy was ever saved for this server."""
        return await self._store.policies.is_configured(guild_id)

    async def propose(self, guild_id: int, change: Change, *, what: str) -> ProposedChange:
        """Store a proposed change until it is saved or cancelled, and compute its effect.

        Raises:
            PolicyInvalid, PolicyUnchanged: nothing was stored.
        """

        def allowed(before: Policy) -> Policy:
            after = change(before)
            self._require_retention(before, after)
            return after

        now = self._clock.now()
        return await self._with_preview(
            guild_id, await self._store.proposals.create(guild_id, allowed, what=what, now=now)
        )

    def _require_retention(self, before: Policy, after: Policy) -> None:
        """Raises PolicyInvalid if a new retention period is longer than the operator's."""
        days, most = after.retention_days, self._caps.retention_days
        if most is not None and days is not None and days > most and days != before.retention_days:
            raise PolicyInvalid(
                Fault(FaultKind.TOO_HIGH, field="retention_days", value=str(days), limit=most)
            )

    async def propose_undo(self, guild_id: int) -> ProposedChange:
        """Propose to undo the newest change that is not undone yet.

        Raises:
            NothingToUndo: there is no such change.
        """
        proposal = await self._store.proposals.create_undo(guild_id, now=self._clock.now())
        return await self._with_preview(guild_id, proposal)

    async def apply(self, guild_id: int, change: Change, *, what: str, by: int) -> PolicyChange:
        """Save a change without a proposal: only for changes that need no preview.

        Raises:
            PolicyInvalid, PolicyUnchanged: nothing was saved.
        """

        def real(before: Policy) -> Policy:
            after = change(before)
            if after == before:  # compared within the transaction, against the stored policy
                raise PolicyUnchanged
            return after

        made = await self._store.policies.change(guild_id, real, by=by, what=what, now=self._clock.now())
        if made is None:
            raise PolicyUnchanged
        return self._saved(made)

    async def save(self, key: int, guild_id: int, *, by: int) -> PolicyChange:
        """Save a proposed change.

        Raises:
            ProposalGone, ProposalStale: nothing was saved.
        """
        return self._saved(await self._store.proposals.apply(key, guild_id, by=by, now=self._clock.now()))

    def _saved(self, change: PolicyChange) -> PolicyChange:
        log.info(
            "policy_changed",
            guild_id=change.guild_id,
            changed_by=change.changed_by,
            what=change.what,
            undoes=change.undoes,
        )
        self._on_saved()
        return change

    async def cancel(self, key: int, guild_id: int) -> None:
        """Delete a proposed change.

        Raises:
            ProposalGone: it does not exist.
        """
        await self._store.proposals.discard(key, guild_id)

    async def changes(self, guild_id: int, *, limit: int) -> list[PolicyChange]:
        """At most `limit` changes, newest first."""
        return await self._store.policies.changes(guild_id, limit=limit)

    async def usage(self, guild_id: int, *, days: int) -> tuple[Usage, bool]:
        """The songs of the last `days` days, and whether there were more requests than the newest `MAX_REPLAYED`."""
        now, zone = self._clock.now(), (await self.policy(guild_id)).timezone
        first = usage.since(now, days=days, zone=zone) - timedelta.resolution
        past = await self._store.requests_in(guild_id, since=first, limit=MAX_REPLAYED)
        # In a thread: the requests of a busy server take longer than the event loop may be blocked.
        found = await asyncio.to_thread(usage.count, past, now=now, days=days, zone=zone)
        return found, len(past) == MAX_REPLAYED

    async def health(self, guild_id: int) -> BotHealth:
        """The health of the bot. The probe of the API costs nothing."""
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
        # Roles are not replayed: which of them members had is not stored.
        before, after = proposal.before, proposal.after
        same_limits = all(before.limit(rule) == after.limit(rule) for rule in ADMIN_RULES.values())
        if same_limits and before.timezone == after.timezone:
            return ProposedChange(proposal=proposal, effect=None, exceeded_cap=cap)
        now = self._clock.now()
        past = await self._store.requests_in(guild_id, since=now - LOOKBACK, limit=MAX_REPLAYED)
        # In a thread: the requests of a busy server take longer than the event loop may be blocked.
        effect = await asyncio.to_thread(preview, after, past, guild_id=guild_id, now=now)
        window_s = after.member[0].window_s if after.member else DAY_S
        suggestion = await asyncio.to_thread(suggest, past, window_s=window_s, zone=after.timezone, now=now)
        return ProposedChange(
            proposal=proposal,
            effect=effect,
            is_partial=len(past) == MAX_REPLAYED,
            suggestion=suggestion,
            exceeded_cap=cap,
        )

    async def _probe(self) -> ApiState:
        gate = self._api.gate
        if gate.key_refused:
            return ApiState.KEY_REFUSED
        # The probe takes a call from the shared budget, like a poll.
        if gate.is_paused or not gate.enter(is_poll=True):
            return ApiState.PAUSED
        try:
            await self._api.probe()
        except WhisulError as error:
            log.info("probe_failed", error=str(error))
            return _api_state(error)
        return ApiState.NO_CREDIT if gate.no_credit else ApiState.HEALTHY


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

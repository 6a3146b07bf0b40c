"""Admit a request, write it down, queue it; and look jobs up under their access rule."""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.domain.jobs import Job, Lineage, NewJob
from bot.domain.policy.blocked_words import find_blocked_phrase
from bot.domain.policy.errors import ChannelClosed, PrivateForbidden, PromptBlocked, RoleBlocked
from bot.domain.policy.limits import Admission, Caps, LimitUsage, RequestContext, is_blocked
from bot.domain.policy.model import ChannelMode, Policy, PrivateRule
from bot.errors import PromptEmpty, PromptTooLong, RequestError, ShuttingDown
from bot.store import Store

log = structlog.get_logger(__name__)

NONCE_BYTES = 12
"""Discord takes nonces of up to 25 characters; 12 bytes are 24 in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a member asked for, where, and the token by which Discord can be answered for a while.

    `root_channel_id` is the thread's parent where it was asked for in a thread, `category_id` the category that the
    channel stands in, `results_channel_id` where the admins want finished songs (see `Requests.apply_policy`).
    """

    prompt: str = field(repr=False)
    guild_id: int
    channel_id: int
    requester_id: int
    interaction_token: str = field(repr=False)
    interaction_expires_at: datetime
    parent_key: int | None = None
    is_private: bool = False
    root_channel_id: int | None = None
    category_id: int | None = None
    results_channel_id: int | None = None
    role_ids: frozenset[int] = frozenset()

    def context(self) -> RequestContext:
        """Who asks, as limits see it."""
        return RequestContext(
            guild_id=self.guild_id,
            channel_id=self.root_channel_id or self.channel_id,
            member_id=self.requester_id,
            role_ids=self.role_ids,
            category_id=self.category_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPreview:
    """What would become of somebody's next request: `refusal` where no limit is even asked.

    `is_draft`: its song would be a private draft, whatever the member wants.
    """

    refusal: RequestError | None
    limits: list[LimitUsage]
    is_draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks a job up, and which channels of the server they are in they can see."""

    user_id: int
    guild_id: int | None
    can_see: Callable[[int], bool]

    def may_see(self, job: Job) -> bool:
        """The requester anywhere; others only in the job's server, if they see its channel and it is not private."""
        if job.is_erased:
            return False
        if job.requester_id == self.user_id:
            return True
        return not job.is_private and job.guild_id == self.guild_id and self.can_see(job.channel_id)


def _is_visible_char(character: str) -> bool:
    """Whether a person sees something: no space, no control and no zero-width character."""
    return unicodedata.category(character)[0] not in "CZ"


def _access_refusal(policy: Policy, context: RequestContext) -> RequestError | None:
    """Why this requester may ask for nothing here, whatever it is; None where they may."""
    if is_blocked(policy, context):
        return RoleBlocked()
    listed = policy.channels
    if listed is not None and context.is_in(listed.ids) is not (listed.mode is ChannelMode.ALLOW):
        return ChannelClosed(listed)
    return None


def _is_draft_forced(policy: Policy, context: RequestContext) -> bool:
    """Whether every song that is asked for there is a private draft."""
    return policy.private is PrivateRule.FORCE and not context.is_in(policy.music_channel_ids)


class Requests:
    """The way in: nothing is sent to Whisul that did not pass here and is not in the database."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        caps: Caps,
        max_prompt_chars: int,
        on_queued: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._caps = caps
        self._max_prompt_chars = max_prompt_chars
        self._on_queued = on_queued
        self._closing = False

    @property
    def max_prompt_chars(self) -> int:
        """The longest prompt that is admitted."""
        return self._max_prompt_chars

    def close(self) -> None:
        """Admit nothing more: the program is about to stop."""
        self._closing = True

    def validated_prompt(self, prompt: str) -> str:
        """Check a prompt without writing anything; returns it as it will be sent.

        Raises:
            PromptEmpty, PromptTooLong, ShuttingDown: and nothing was spent.
        """
        if self._closing:
            raise ShuttingDown
        prompt = prompt.replace("\x00", "").strip()
        if not any(_is_visible_char(character) for character in prompt):
            raise PromptEmpty
        if len(prompt) > self._max_prompt_chars:
            raise PromptTooLong(length=len(prompt), limit=self._max_prompt_chars)
        return prompt

    async def apply_policy(self, request: Request) -> Request:
        """Hold a request against what the server's admins have set, without writing or counting anything.

        Returns it as it is to be composed: where drafts are forced, as a private one.

        Raises:
            RoleBlocked, ChannelClosed, PromptBlocked, PrivateForbidden, StoreError: and nothing was spent.
        """
        policy = await self._store.policies.get(request.guild_id)
        context = request.context()
        if (closed := _access_refusal(policy, context)) is not None:
            raise closed
        if (phrase := find_blocked_phrase(request.prompt, policy.words)) is not None:
            raise PromptBlocked(phrase)
        if request.is_private and policy.private is PrivateRule.FORBID:
            raise PrivateForbidden
        return replace(
            request,
            is_private=request.is_private or _is_draft_forced(policy, context),
            results_channel_id=policy.results_channel_id,
        )

    async def preview(self, context: RequestContext) -> AdmissionPreview:
        """What would become of this requester's next request, and how every limit stands that it has to pass."""
        policy = await self._store.policies.get(context.guild_id)
        admission = Admission(context=context, caps=self._caps)
        usages = await self._store.limit_usage(admission, now=self._clock.now())
        return AdmissionPreview(
            refusal=_access_refusal(policy, context),
            limits=usages,
            is_draft=_is_draft_forced(policy, context),
        )

    async def compose(self, request: Request) -> Job:
        """Admit and record a request. From here on it is not lost, whatever happens.

        Raises:
            PromptEmpty, PromptTooLong, LimitReached, ShuttingDown, StoreError: and nothing was spent.
        """
        new = NewJob(
            guild_id=request.guild_id,
            channel_id=request.channel_id,
            requester_id=request.requester_id,
            prompt=self.validated_prompt(request.prompt),
            nonce=secrets.token_hex(NONCE_BYTES),
            root_channel_id=request.root_channel_id,
            results_channel_id=None if request.is_private else request.results_channel_id,
            parent_key=request.parent_key,
            is_private=request.is_private,
            interaction_token=request.interaction_token,
            interaction_expires_at=request.interaction_expires_at,
        )
        admission = Admission(context=request.context(), caps=self._caps)
        job = await self._store.record(new, admission=admission, now=self._clock.now())
        log.info("job_queued", job=job, state=job.state.value)
        self._on_queued()
        return job

    async def look_up(self, reference: str, viewer: Viewer) -> Job | None:
        """The newest job of that full or short ID that the viewer may see.

        None for unknown, foreign and forbidden alike, so that the answer tells nobody what exists.
        """
        for job in await self._store.find(reference.strip()):
            if viewer.may_see(job):
                return job
        return None

    async def lineage(self, job: Job, viewer: Viewer) -> Lineage:
        """The job's parent and children, those left out that the viewer may not see."""
        parent = None if job.parent_key is None else await self._store.get(job.parent_key)
        children = await self._store.children(job.key)
        return Lineage(
            parent if parent is not None and viewer.may_see(parent) else None,
            tuple(child for child in children if viewer.may_see(child)),
        )

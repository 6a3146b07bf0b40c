"""Admits requests and records them as queued jobs."""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.domain.jobs import Job, NewJob
from bot.domain.policy.blocked_words import find_blocked_phrase
from bot.domain.policy.errors import PrivateForbidden, PromptBlocked
from bot.domain.policy.limits import Admission, Caps, LimitUsage, RequestContext, access_refusal
from bot.domain.policy.model import Policy, PrivateRule
from bot.errors import AnsweredElsewhere, PromptEmpty, PromptTooLong, RequestError, ShuttingDown
from bot.store import Store
from bot.store.driver_errors import UniqueViolation

log = structlog.get_logger(__name__)

NONCE_BYTES = 12
"""Discord accepts nonces of up to 25 characters; 12 bytes are 24 in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a song. `interaction_token` can answer the interaction until `interaction_expires_at`.

    `guild_id` is None outside the bot's servers. `root_channel_id` is a thread's parent channel, `category_id` the
    channel's category, and `results_channel_id` where the admins want finished songs (set by `Requests.apply_policy`).
    `locale` is the requester's language, `guild_locale` the server's by Discord, or the one that the admins have set
    (by `Requests.apply_policy`).
    """

    prompt: str = field(repr=False)
    guild_id: int | None
    channel_id: int
    requester_id: int
    interaction_id: int
    interaction_token: str = field(repr=False)
    interaction_expires_at: datetime
    parent_key: int | None = None
    is_private: bool = False
    root_channel_id: int | None = None
    category_id: int | None = None
    results_channel_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    locale: str | None = None
    guild_locale: str | None = None

    def context(self) -> RequestContext:
        """The requester and the place, as limits need them."""
        return RequestContext(
            guild_id=self.guild_id,
            channel_id=self.root_channel_id or self.channel_id,
            member_id=self.requester_id,
            role_ids=self.role_ids,
            category_id=self.category_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPreview:
    """Whether a member's next request would be admitted.

    Attributes:
        refusal: why any request is refused here before limits are checked; None where none is.
        limits: the usage of every limit that applies.
        is_draft: the song would be a private draft, whatever the member chooses.
    """

    refusal: RequestError | None
    limits: list[LimitUsage]
    is_draft: bool = False


def _is_visible_char(character: str) -> bool:
    """Whether the character is visible: no space, control or zero-width character."""
    return unicodedata.category(character)[0] not in "CZ"


def _is_draft_forced(policy: Policy, context: RequestContext) -> bool:
    """Whether every song requested there is a private draft."""
    return policy.private is PrivateRule.FORCE and not context.is_in(policy.music_channel_ids)


class Requests:
    """Admits requests: every prompt that is submitted was validated here and recorded first.

    Attributes:
        allow_dm: whether songs may be requested in direct messages.
        allow_user_install: whether they may be where the bot is no member, by people who have added it to their account.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        caps: Caps,
        max_prompt_chars: int,
        allow_dm: bool = True,
        allow_user_install: bool = False,
        on_queued: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._caps = caps
        self._max_prompt_chars = max_prompt_chars
        self.allow_dm = allow_dm
        self.allow_user_install = allow_user_install
        self._on_queued = on_queued
        self._closing = False

    @property
    def max_prompt_chars(self) -> int:
        """The longest prompt in characters."""
        return self._max_prompt_chars

    def close(self) -> None:
        """Admit nothing more: the program is about to stop."""
        self._closing = True

    def validated_prompt(self, prompt: str) -> str:
        """Validate a prompt; returns it as it is submitted, without NUL characters and surrounding space.

        Raises:
            PromptEmpty, PromptTooLong, ShuttingDown: nothing was written or spent.
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
        """Check a request against the server's policy, except for its limits; writes nothing. Direct messages have none.

        Returns the request with the results channel and the language of posts, and private where the policy forces drafts.

        Raises:
            MemberBlocked, RoleBlocked, ChannelClosed, PromptBlocked, PrivateForbidden, StoreError: nothing was written or
                spent.
        """
        # The policy may be cached for some seconds; who may request where is checked again in the transaction of `compose`.
        policy = await self._store.policies.get(request.guild_id)
        context = request.context()
        if (closed := access_refusal(policy, context)) is not None:
            raise closed
        if (phrase := find_blocked_phrase(request.prompt, policy.words)) is not None:
            raise PromptBlocked(phrase)
        if request.is_private and policy.private is PrivateRule.FORBID:
            raise PrivateForbidden
        return replace(
            request,
            is_private=request.is_private or _is_draft_forced(policy, context),
            results_channel_id=policy.results_channel_id,
            guild_locale=policy.language or request.guild_locale,
        )

    async def preview(self, context: RequestContext) -> AdmissionPreview:
        """Whether this requester's next request would be admitted, and the usage of every limit that applies."""
        policy = await self._store.policies.get(context.guild_id)
        admission = Admission(context=context, caps=self._caps)
        usages = await self._store.limit_usage(admission, now=self._clock.now())
        return AdmissionPreview(
            refusal=access_refusal(policy, context),
            limits=usages,
            is_draft=_is_draft_forced(policy, context),
        )

    async def compose(self, request: Request) -> Job:
        """Record a request as a queued job, unless a limit or a setting that was changed meanwhile refuses it.

        `request.prompt` comes from `validated_prompt`.

        Once this returns, the job survives a crash.

        Raises:
            LimitReached, MemberBlocked, RoleBlocked, ChannelClosed, ShuttingDown, StoreError: nothing was written or spent.
            AnsweredElsewhere: another process has recorded the same interaction.
        """
        # Again: the shutdown may have begun while the interaction was acknowledged.
        if self._closing:
            raise ShuttingDown
        new = NewJob(
            guild_id=request.guild_id,
            channel_id=request.channel_id,
            requester_id=request.requester_id,
            prompt=request.prompt,
            nonce=secrets.token_hex(NONCE_BYTES),
            root_channel_id=request.root_channel_id,
            results_channel_id=None if request.is_private else request.results_channel_id,
            parent_key=request.parent_key,
            is_private=request.is_private,
            interaction_id=request.interaction_id,
            interaction_token=request.interaction_token,
            interaction_expires_at=request.interaction_expires_at,
            locale=request.locale,
            guild_locale=request.guild_locale,
        )
        admission = Admission(context=request.context(), caps=self._caps)
        # Limits are counted in the transaction that records the job, so that requests at the same time cannot exceed one.
        try:
            job = await self._store.record(new, admission=admission, now=self._clock.now())
        except UniqueViolation:
            raise AnsweredElsewhere from None
        # The job is committed: a crash from here on is repaired by the next start.
        log.info("job_queued", job=job, state=job.state.value)
        self._on_queued()
        return job

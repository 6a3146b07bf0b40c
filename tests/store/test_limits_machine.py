"""Random jobs, roles, windows and clock steps: the store decides as a naive model does, on both databases."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import URL

from bot.domain.jobs import Job, JobState
from bot.domain.policy.errors import MemberBlocked, RoleBlocked
from bot.domain.policy.limits import (
    Admission,
    Caps,
    Limit,
    LimitReached,
    LimitUsage,
    RequestContext,
    longest_refusal,
)
from bot.domain.policy.model import Policy, RoleKind, RoleRule, Window
from bot.store import Store, open_store
from tests.databases import empty
from tests.factories import NOW, OURS, a_request
from tests.fuzzing import cases
from tests.store.naive_limits import OPEN, NaiveLimits, NaiveSong

Result = TypeVar("Result")

windows = st.builds(Window, songs=st.integers(1, 4), window_s=st.sampled_from([60, 300, 3600, 86_400]))
window_lists = st.lists(windows, max_size=2, unique_by=lambda window: window.window_s).map(tuple)
role_rules = st.one_of(
    st.builds(RoleRule, kind=st.just(RoleKind.LIMITED), window=windows),
    st.just(RoleRule(kind=RoleKind.UNLIMITED)),
    st.just(RoleRule(kind=RoleKind.BLOCKED)),
)
policies = st.builds(
    Policy,
    member=window_lists,
    channel=window_lists,
    server=window_lists,
    member_at_once=st.none() | st.integers(1, 3),
    server_at_once=st.none() | st.integers(1, 5),
    cooldown_s=st.none() | st.sampled_from([30, 600]),
    roles=st.dictionaries(st.integers(1, 3), role_rules, max_size=3),
    blocked_member_ids=st.frozensets(st.integers(1, 2), max_size=1),
    timezone=st.sampled_from([None, "America/New_York", "Asia/Kolkata"]),
)
askers = st.builds(
    RequestContext,
    guild_id=st.none() | st.integers(1, 2),
    channel_id=st.integers(1, 2),
    member_id=st.integers(1, 2),
    role_ids=st.frozensets(st.integers(1, 3), max_size=2),
)
caps = st.builds(
    Caps,
    server_songs_per_day=st.integers(3, 12),
    person_songs_per_day=st.integers(1, 4),
    songs_per_day=st.integers(5, 20),
    queued=st.integers(3, 20),
)


class LimitsMachine(RuleBasedStateMachine):
    """Applies every step to the store on an empty database and to the naive model, and compares their decisions."""

    migrated_url: ClassVar[URL]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.resources = AsyncExitStack()
        self.folder = TemporaryDirectory()
        self.store: Store = self.do(lambda: self.resources.enter_async_context(open_store(self.empty_url())))
        self.naive = NaiveLimits()
        self.keys: list[int] = []
        self.now_ms = 0

    def empty_url(self) -> str:
        if self.migrated_url.database and self.migrated_url.get_backend_name() == "sqlite":
            return f"sqlite+aiosqlite:///{shutil.copy(self.migrated_url.database, self.folder.name)}"
        self.do(lambda: empty(self.migrated_url))
        return self.migrated_url.render_as_string(hide_password=False)

    def do(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        return self.runner.run(work())

    def teardown(self) -> None:
        self.do(self.resources.aclose)
        self.runner.close()
        self.folder.cleanup()

    @rule(guild_id=st.integers(1, 2), policy=policies)
    def change_policy(self, guild_id: int, policy: Policy) -> None:
        self.do(
            lambda: self.store.policies.change(guild_id, lambda _: policy, by=1, what="", now=self.moment())
        )
        self.naive.policies[guild_id] = policy

    @rule(asker=askers, caps=caps)
    def request_song(self, asker: RequestContext, caps: Caps) -> None:
        admission = Admission(context=asker, caps=caps)
        new = a_request(guild_id=asker.guild_id, channel_id=asker.channel_id, requester_id=asker.member_id)
        blocked, wanted = self.naive.blocks(asker), self.naive.admits(asker, caps, self.now_ms)
        try:
            job = self.do(lambda: self.store.record(new, admission=admission, now=self.moment()))
        except (MemberBlocked, RoleBlocked):
            assert blocked
            return
        except LimitReached as refusal:
            assert not wanted
            assert not blocked
            self.check_refusal(refusal, asker, caps)
            self.check_usage(refusal.usages, asker)
            return
        assert wanted
        assert not blocked
        self.keys.append(job.key)
        self.naive.songs.append(NaiveSong(asker, self.now_ms))

    @rule(asked=st.lists(st.tuples(askers, caps), min_size=2, max_size=8))
    def request_songs_at_once(self, asked: list[tuple[RequestContext, Caps]]) -> None:
        """Requests of one moment, which share a transaction, are decided as one after the other would be."""
        outcomes = self.do(lambda: self.record_all(asked))
        for (asker, caps), outcome in zip(asked, outcomes, strict=True):
            blocked = self.naive.blocks(asker)
            assert isinstance(outcome, Job) is (self.naive.admits(asker, caps, self.now_ms) and not blocked)
            assert isinstance(outcome, MemberBlocked | RoleBlocked) is blocked
            if isinstance(outcome, Job):
                self.keys.append(outcome.key)
                self.naive.songs.append(NaiveSong(asker, self.now_ms))
            elif not blocked:
                assert isinstance(outcome, LimitReached)
                self.check_refusal(outcome, asker, caps)

    async def record_all(self, asked: Sequence[tuple[RequestContext, Caps]]) -> list[Job | BaseException]:
        return await asyncio.gather(
            *(
                self.store.record(
                    a_request(
                        guild_id=asker.guild_id, channel_id=asker.channel_id, requester_id=asker.member_id
                    ),
                    admission=Admission(context=asker, caps=caps),
                    now=self.moment(),
                )
                for asker, caps in asked
            ),
            return_exceptions=True,
        )

    def check_refusal(self, refusal: LimitReached, asker: RequestContext, caps: Caps) -> None:
        """The last of the times at which the used-up limits free up is the first at which the naive model admits."""
        used_up = [each for each in refusal.usages if each.left == 0]
        moments = [each.frees_at for each in used_up if each.frees_at is not None]
        if len(moments) < len(used_up):
            assert all(each.frees_at is not None or each.limit.window_s is None for each in used_up)
            return
        # The first millisecond of the model from then on: midnight is between two of them.
        free_ms = -((NOW - max(moments)) // timedelta(milliseconds=1))
        assert not self.naive.admits(asker, caps, free_ms - 1)
        assert self.naive.admits(asker, caps, free_ms)

    @rule(asker=askers, caps=caps)
    def read_usage(self, asker: RequestContext, caps: Caps) -> None:
        self.check_decision(asker, caps)

    def check_decision(self, asker: RequestContext, caps: Caps) -> None:
        admission = Admission(context=asker, caps=caps)
        usages = self.do(lambda: self.store.limit_usage(admission, now=self.moment()))
        self.check_usage(usages, asker)
        assert (longest_refusal(usages) is None) is self.naive.admits(asker, caps, self.now_ms)

    def check_usage(self, usages: Sequence[LimitUsage], asker: RequestContext) -> None:
        """Each usage equals the naive count, and frees up when the oldest counted song leaves the window."""
        for each in usages:
            counting = self.naive.counting(each.limit, asker, self.now_ms)
            assert each.used == min(len(counting), each.limit.songs)
            if each.limit.window_s is None or not counting:
                assert each.frees_at is None
            else:
                oldest = NOW + timedelta(milliseconds=sorted(counting)[-each.used])
                assert each.frees_at == window_end(oldest, each.limit)

    @rule(pick=st.integers(0, 1000))
    def begin_submit(self, pick: int) -> None:
        if (at := self.pick_song(pick, JobState.QUEUED)) is None:
            return
        now = self.moment()
        assert self.do(lambda: self.store.begin_submit(self.keys[at], owner=OURS, now=now))
        self.naive.songs[at].state = JobState.SUBMITTING

    @rule(pick=st.integers(0, 1000))
    def accept(self, pick: int) -> None:
        if (at := self.pick_song(pick, JobState.SUBMITTING)) is None:
            return
        self.do(lambda: self.store.accept(self.keys[at], job_id=str(uuid4()), now=self.moment()))
        song = self.naive.songs[at]
        song.state = JobState.DETACHED if song.is_erased else JobState.RUNNING

    def pick_song(self, pick: int, *states: JobState) -> int | None:
        """The index of a song in one of these states, None when there is none."""
        found = [at for at, song in enumerate(self.naive.songs) if song.state in states]
        return found[pick % len(found)] if found else None

    @rule(pick=st.integers(0, 1000), state=st.sampled_from([s for s in JobState if s.is_final]))
    def settle(self, pick: int, state: JobState) -> None:
        if (at := self.pick_song(pick, *OPEN)) is None:
            return
        self.do(lambda: self.store.settle(self.keys[at], state=state, now=self.moment()))
        self.naive.songs[at].state = state

    @rule(asker=askers, caps=caps)
    def erase_user(self, asker: RequestContext, caps: Caps) -> None:
        """An erasure cancels queued songs; all others go on counting."""
        self.do(lambda: self.store.erasure.erase_user(asker.member_id, now=self.moment()))
        self.naive.erase(asker.member_id)
        self.check_decision(asker, caps)

    @rule()
    def drop_pseudonyms(self) -> None:
        self.do(lambda: self.store.erasure.drop_pseudonyms(now=self.moment()))

    @rule(step_ms=st.sampled_from([-3_600_000, -1, 1, 59_999, 60_000, 300_000, 3_600_000, 86_400_000]))
    def step_clock(self, step_ms: int) -> None:
        self.now_ms += step_ms

    def moment(self) -> Any:
        return NOW + timedelta(milliseconds=self.now_ms)


def window_end(oldest: datetime, limit: Limit) -> datetime:
    """When a song leaves the window of a limit: with the length of the window, or on the next date in the time zone."""
    if limit.zone is None:
        return oldest + timedelta(seconds=limit.window_s or 0)
    local = oldest.astimezone(ZoneInfo(limit.zone))
    hours = (oldest + timedelta(hours=n, minutes=-oldest.minute, seconds=-oldest.second) for n in range(27))
    minutes = (hour + timedelta(minutes=30 * half) for hour in hours for half in (0, 1))
    exact = (each.replace(microsecond=0) for each in minutes)
    return next(each for each in exact if each.astimezone(ZoneInfo(limit.zone)).date() > local.date())


@pytest.mark.timeout(600)  # many databases, one after the other
def test_limits_decide_as_a_naive_model_does(migrated_file: Path) -> None:
    LimitsMachine.migrated_url = URL.create("sqlite", database=str(migrated_file))
    run(examples=150)


@pytest.mark.timeout(600)
def test_limits_on_postgresql_decide_as_a_naive_model_does(migrated_database: URL) -> None:
    LimitsMachine.migrated_url = migrated_database
    run(examples=60)


def run(*, examples: int) -> None:
    run_state_machine_as_test(
        LimitsMachine,
        settings=settings(max_examples=cases(examples, share=8), stateful_step_count=40, deadline=None),
    )

"""Runs the real submitter on a real store, with a Whisul client whose answers a test chooses."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.clock import Clock
from bot.domain.jobs import Job, JobState
from bot.generation.api_calls import ApiCalls
from bot.generation.api_gate import ApiGate
from bot.generation.job_listener import JobListener
from bot.generation.poll_schedule import PollSchedule
from bot.generation.poller import Poller
from bot.generation.queue_order import QueueOrder
from bot.generation.submitter import Submitter
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.whisul import WhisulClient
from tests.factories import NOW, a_request, alone

Answer = Exception | str | asyncio.Event
"""An error to raise, a job ID to return, or an event to await first."""


class StillClock(Clock):
    """Stands at `NOW` until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_s = 0.0

    def pass_s(self, seconds: float) -> None:
        self._passed_s += seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self._passed_s


class ScriptedClient(WhisulClient):
    """Answers a prompt as `answers` says, and takes every other one as `job of <prompt>`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        answers: Mapping[str, Answer],
        *,
        on_sent: Callable[[str], None],
    ) -> None:
        super().__init__(
            session,
            base_url="http://whisul.invalid",
            api_key=SecretStr("a-key"),
            submit_path="/generate",
        )
        self.answers = answers
        self._on_sent = on_sent

    async def submit(self, prompt: str) -> str:
        self._on_sent(prompt)
        answer = self.answers.get(prompt)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        return answer if isinstance(answer, str) else f"job of {prompt}"


class RecordingPoller(Poller):
    """Reports each followed job to `on_follow` and polls none."""

    def __init__(self, on_follow: Callable[[Job], None], **options: Any) -> None:
        super().__init__(**options)
        self._on_follow = on_follow

    def follow(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._on_follow(job)


class Submits(JobListener):
    """What a submitter sent, the changes it reported, and the jobs it left in the queue; newest last."""

    submitter: Submitter

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.seen: list[Job] = []
        self.waiting: list[int] = []
        self._news = asyncio.Event()

    def note_sent(self, prompt: str) -> None:
        self.sent.append(prompt)
        self._news.set()

    def job_changed(self, job: Job, /) -> None:
        self.seen.append(job)
        self._news.set()

    def card_changed(self, key: int, /) -> None:
        self.waiting.append(key)
        self._news.set()

    def poll_wanted(self, key: int, /) -> None: ...

    async def until(self, predicate: Callable[[Job], bool]) -> Job:
        """The newest reported job that satisfies it."""
        await self.until_so(lambda: any(map(predicate, self.seen)))
        return next(job for job in reversed(self.seen) if predicate(job))

    async def until_running(self, *jobs: Job) -> None:
        for wanted in jobs:
            await self.until(lambda job, key=wanted.key: (job.key, job.state) == (key, JobState.RUNNING))

    async def until_decided(self, *jobs: Job) -> None:
        """Wait until each of these jobs was sent, reported, or left in the queue."""
        await self.until_so(
            lambda: all(
                job.prompt in self.sent or job.key in {*self.waiting, *(told.key for told in self.seen)}
                for job in jobs
            )
        )

    async def until_so(self, predicate: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not predicate():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def submitting(
    store: Store,
    answers: Mapping[str, Answer] | None = None,
    *,
    clock: Clock | None = None,
    gate: ApiGate | None = None,
    most: int = 100,
    deadline_s: float = 3600,
    on_follow: Callable[[Job], None] = lambda _: None,
) -> AsyncGenerator[Submits]:
    """The real submitter at work on this store."""
    clock = clock or Clock()
    async with aiohttp.ClientSession() as session:
        submits = Submits()
        client = ScriptedClient(session, {} if answers is None else answers, on_sent=submits.note_sent)
        metrics = Metrics(clock=clock)
        gate = gate or ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5)
        api = ApiCalls(client=client, gate=gate, metrics=metrics)
        submitter = Submitter(
            store=store,
            queue_order=QueueOrder(store=store, max_running=most, max_per_server=100),
            api=api,
            poller=RecordingPoller(
                on_follow,
                store=store,
                api=api,
                membership=alone(clock),
                clock=clock,
                metrics=metrics,
                schedule=PollSchedule(interval_s=5, random_share=lambda: 0),
                job_deadline_s=deadline_s,
                not_found_grace_s=30,
                listener=submits,
            ),
            membership=alone(clock),
            clock=clock,
            metrics=metrics,
            job_deadline_s=deadline_s,
            listener=submits,
        )
        submits.submitter = submitter
        running = asyncio.create_task(submitter.run())
        try:
            yield submits
        finally:
            submitter.close()
            await running
            # Answered, not cancelled: a connection that is just being opened would be left open.
            for answer in client.answers.values():
                if isinstance(answer, asyncio.Event):
                    answer.set()
            await asyncio.gather(*submitter.in_flight())


async def asked(store: Store, prompt: str, *, at: datetime | None = None, requester_id: int = 30) -> Job:
    return await store.record(a_request(prompt, requester_id=requester_id), now=at or Clock().now())

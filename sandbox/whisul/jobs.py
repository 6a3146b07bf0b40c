"""The simulator's jobs: their plans, their states over time, and their JSON."""

import math
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal, Self
from urllib.parse import quote

from sandbox.whisul.clock import Clock
from sandbox.whisul.songs import Song, compose

Status = Literal["running", "completed", "failed"]

MEDIAN_GENERATION_S = 144.0
GENERATION_SIGMA = 0.35
"""The spread of the lognormal distribution of generation times: two thirds lie between 101 s and 204 s."""

REFERENCE_PROMPT = "a trap song"


class Absent(Enum):
    """The value of a field that is to be left out."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """What a job will become; fields that are left at their defaults are drawn at random.

    `generation_s` is real seconds, not divided by the speed; `slowness` multiplies the random time. `result` holds
    changes to the fields of the result (`ABSENT` leaves a field out). A `lost` job answers 404 from the start.
    """

    job_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    generation_s: float | None = None
    slowness: float = 1.0
    never_finishes: bool = False
    lost: bool = False
    status: Literal["completed", "failed"] = "completed"
    error: str | None = None
    song: Song | None = None
    result: Mapping[str, object] = field(default_factory=dict[str, object])

    def overlaid(self, other: Self) -> Self:
        """This plan with every field that the other one sets; changes to the result are combined."""
        undecided = JobPlan()
        decided: dict[str, Any] = {
            each.name: getattr(other, each.name)
            for each in fields(other)
            if each.name != "result" and getattr(other, each.name) != getattr(undecided, each.name)
        }
        return replace(self, **decided, result={**self.result, **other.result})


REFERENCE_EXAMPLE = JobPlan(
    job_id="81fa5ff7-6197-4c24-8062-c0ff8b62d58d",
    started_at=datetime(2026, 2, 17, 15, 39, 34, tzinfo=UTC),
    finished_at=datetime(2026, 2, 17, 15, 41, 58, tzinfo=UTC),
    song=Song(
        title="Midnight Grid",
        bpm=140,
        duration_s=167,
        tags=("trap", "dark", "808s", "synth", "bass"),
        genre="trap",
        seed="midnight",
    ),
)
"""The example in the API's documentation."""


@dataclass(slots=True, kw_only=True, eq=False)
class SimulatedJob:
    """One generation. `accepted_s` and `due_s` (its end) are the clock's monotonic seconds; `due_s` None is never."""

    job_id: str
    prompt: str
    song: Song
    plan: JobPlan
    started_at: datetime
    accepted_s: float
    due_s: float | None
    status: Status = "running"
    error: str | None = None
    result: dict[str, object] | None = None
    finished_at: datetime | None = None
    expired: bool = False

    @property
    def short_id(self) -> str:
        """The first 8 characters of the job's ID, which name its files."""
        return self.job_id[:8]

    def body(self) -> dict[str, object]:
        """The job object as the API shows it now."""
        shown: dict[str, object] = {
            "status": self.status,
            "prompt": self.prompt,
            "result": self.result,
            "error": self.error,
            "started_at": format_time(self.started_at),
        }
        if self.finished_at is not None:
            shown["finished_at"] = format_time(self.finished_at)
        return shown


def format_time(moment: datetime) -> str:
    """A time as the API writes it: UTC, to the second, without a zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def with_changes(body: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """A JSON object with some fields replaced, added or, where the change is `ABSENT`, left out."""
    merged = {**body, **changes}
    return {name: value for name, value in merged.items() if value is not ABSENT}


class JobRegistry:
    """All jobs of one simulator. A job that is due ends when it is next asked for.

    While `hold` is set no job ends by itself; `media_url` is the base URL of the files.
    """

    def __init__(
        self, *, clock: Clock, seed: int, speed: float, song_seconds: int | None, reference: bool
    ) -> None:
        self.jobs: dict[str, SimulatedJob] = {}
        self.hold = False
        self.media_url = ""
        self._clock = clock
        self._seed = seed
        self._speed = speed
        self._song_seconds = song_seconds
        self._reference = reference
        self._ids = random.Random(f"ids/{seed}")
        self._times = random.Random(f"times/{seed}")

    def create(self, prompt: str, *, song_prompt: str, plan: JobPlan) -> SimulatedJob:
        """Start a job. `prompt` is what the API echoes, `song_prompt` the part of it that describes the song."""
        if self._reference and song_prompt == REFERENCE_PROMPT:
            # Once: the ID of the example can belong to one job only.
            self._reference = False
            plan = REFERENCE_EXAMPLE.overlaid(plan)
        job_id = plan.job_id or self._draw_id()
        now_s = self._clock.monotonic()
        job = SimulatedJob(
            job_id=job_id,
            prompt=prompt,
            song=self._song(song_prompt, job_id, plan),
            plan=plan,
            started_at=plan.started_at or self._clock.now(),
            accepted_s=now_s,
            due_s=None if plan.never_finishes else now_s + self._generation_s(plan),
            expired=plan.lost,
        )
        self.jobs[job_id] = job
        return job

    @property
    def speed(self) -> float:
        """What generation times are divided by."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        """Scale the remaining time of running jobs."""
        now_s = self._clock.monotonic()
        for job in self._running():
            job.due_s = now_s + max(0.0, (job.due_s or 0.0) - now_s) * self._speed / value
        self._speed = value

    def hurry(self) -> None:
        """Make every running job due now, except those that never finish."""
        for job in self._running():
            job.due_s = min(job.due_s or 0.0, self._clock.monotonic())

    def _running(self) -> list[SimulatedJob]:
        now_s = self._clock.monotonic()
        return [job for job in self.jobs.values() if job.status == "running" and (job.due_s or 0.0) > now_s]

    def settled(self, job_id: str) -> SimulatedJob | None:
        """The job in its state at this moment; None where the API answers 404."""
        job = self.jobs.get(job_id)
        if job is None or job.expired:
            return None
        due = job.due_s is not None and self._clock.monotonic() >= job.due_s
        if job.status == "running" and due and not self.hold:
            self._settle(job, after_s=(job.due_s or 0.0) - job.accepted_s)
        return job

    def by_short_id(self, short_id: str) -> SimulatedJob | None:
        """The completed job, expired or not, whose files have this name; the newest of several."""
        named = [job for job in self.jobs.values() if job.short_id == short_id]
        # A job ends when it is asked for, and this may be the first time.
        for job in named:
            self.settled(job.job_id)
        return next((job for job in reversed(named) if job.status == "completed"), None)

    def finish(
        self,
        job_id: str,
        *,
        status: Literal["completed", "failed"],
        result: dict[str, object] | None,
        error: str | None,
    ) -> SimulatedJob:
        """End a job now, whatever was planned; without `result` a completed one gets its own song."""
        job = self.jobs[job_id]
        job.plan = replace(job.plan, status=status, error=error)
        job.due_s = self._clock.monotonic()
        self._settle(job, after_s=job.due_s - job.accepted_s)
        if result is not None:
            job.result = result
        return job

    def _settle(self, job: SimulatedJob, *, after_s: float) -> None:
        job.status = job.plan.status
        job.error = job.plan.error if job.status == "failed" else None
        job.result = with_changes(self._result(job), job.plan.result) if job.status == "completed" else None
        job.finished_at = job.plan.finished_at or job.started_at + timedelta(seconds=after_s)

    def _result(self, job: SimulatedJob) -> dict[str, object]:
        file = quote(job.short_id, safe="")
        return {
            "title": job.song.title,
            "bpm": job.song.bpm,
            "duration": job.song.duration,
            "song_url": f"{self.media_url}/audio/{file}.mp3",
            "image_url": f"{self.media_url}/covers/{file}.jpg",
            "tags": ", ".join(job.song.tags),
        }

    def _draw_id(self) -> str:
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    def _generation_s(self, plan: JobPlan) -> float:
        # Drawn for each job, so that a planned time changes no other job's.
        drawn_s = self._times.lognormvariate(math.log(MEDIAN_GENERATION_S), GENERATION_SIGMA)
        if plan.generation_s is not None:
            return plan.generation_s
        if plan.started_at and plan.finished_at:
            drawn_s = (plan.finished_at - plan.started_at).total_seconds()
        return drawn_s * plan.slowness / self._speed

    def _song(self, song_prompt: str, job_id: str, plan: JobPlan) -> Song:
        return plan.song or compose(song_prompt, seed=f"{self._seed}/{job_id}", duration_s=self._song_seconds)

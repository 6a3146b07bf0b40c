"""What reached Whisul, told as the story of each job: its states, the looks at it, and how soon its end was noticed."""

import json
from dataclasses import dataclass, field

from sandbox.discord import DiscordStandIn
from sandbox.discord.json_types import Json
from sandbox.discord.world.bus import Change, Topic
from sandbox.discord.world.model import Message
from sandbox.whisul import SeenRequest, SimulatedJob, WhisulSimulator

SHOWN_JOBS = 12
SHOWN_POLLS = 240
SHOWN_REQUESTS = 60
FINAL = ("completed", "failed")


@dataclass(slots=True)
class Board:
    """Reads the two far sides; changes nothing. All times are the simulator's monotonic seconds."""

    whisul: WhisulSimulator
    discord: DiscordStandIn
    _polls: dict[str, list[SeenRequest]] = field(default_factory=dict[str, list[SeenRequest]])
    _told_at: dict[str, float] = field(default_factory=dict[str, float])
    _read: int = 0

    def on_change(self, change: Change) -> None:
        """Take notice of the message that tells how a job has ended; it carries the job's ID."""
        if change.topic not in (Topic.MESSAGE_CREATE, Topic.MESSAGE_UPDATE):
            return
        message: Message = change.subject
        if message.author_id != self.discord.world.bot.id:
            return
        words = message.content + json.dumps(message.embeds)
        for job_id in self._waiting_to_be_told():
            if job_id in words:
                self._told_at[job_id] = self.whisul.now_s()

    def snapshot(self) -> Json:
        """The newest jobs with their polls, the newest requests, and what all of them add up to."""
        self._read_on()
        jobs = list(self.whisul.jobs.values())
        return {
            "now": self.whisul.now_s(),
            "jobs": [self._job(job) for job in reversed(jobs[-SHOWN_JOBS:])],
            "requests": [_request(seen) for seen in reversed(self.whisul.requests[-SHOWN_REQUESTS:])],
            "request_count": len(self.whisul.requests),
            "job_count": len(jobs),
        }

    def _read_on(self) -> None:
        """Sort the polls that came since the last time."""
        for seen in self.whisul.requests[self._read :]:
            if seen.kind == "poll":
                self._polls.setdefault(seen.path.rpartition("/")[2], []).append(seen)
        self._read = len(self.whisul.requests)

    def _waiting_to_be_told(self) -> list[str]:
        self._read_on()
        return [
            job_id
            for job_id in list(self.whisul.jobs)[-SHOWN_JOBS:]
            if job_id not in self._told_at and self._noticed(job_id) is not None
        ]

    def _noticed(self, job_id: str) -> SeenRequest | None:
        """The first look that found the job finished."""
        return next((seen for seen in self._polls.get(job_id, ()) if seen.word in FINAL), None)

    def _job(self, job: SimulatedJob) -> Json:
        polls = self._polls.get(job.job_id, [])
        noticed = self._noticed(job.job_id)
        return {
            "id": job.job_id,
            "prompt": job.prompt,
            "title": job.song.title,
            "will": job.plan.status,
            "began": job.accepted_s,
            "due": job.due_s,
            "noticed": noticed.at if noticed else None,
            "told": self._told_at.get(job.job_id),
            "poll_count": len(polls),
            "polls": [[seen.at, seen.status, seen.word] for seen in polls[-SHOWN_POLLS:]],
        }


def _request(seen: SeenRequest) -> Json:
    return {
        "at": seen.at,
        "kind": seen.kind,
        "job_id": seen.job_id,
        "status": seen.status,
        "word": seen.word,
    }

"""The history of each job: its polls, and when its end was noticed by the bot and posted to Discord."""

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
ACCEPTED = 202
STOPPED = "⏹"
"""How the card of a stopped job begins; it names the job by its short ID."""
SHORT = 8


@dataclass(slots=True)
class JobHistory:
    """Reads the simulator and the stand-in, changes neither. Times are the simulator's monotonic seconds."""

    whisul: WhisulSimulator
    discord: DiscordStandIn
    _polls: dict[str, list[SeenRequest]] = field(default_factory=dict[str, list[SeenRequest]])
    _posted_at: dict[str, float] = field(default_factory=dict[str, float])
    _stopped: set[str] = field(default_factory=set[str])
    _unanswered: set[str] = field(default_factory=set[str])
    _read_requests: int = 0

    def on_change(self, change: Change) -> None:
        """Record a stopped job, and when the bot posts an outcome: its first message with the job's ID after that was found."""
        if change.topic not in (Topic.MESSAGE_CREATE, Topic.MESSAGE_UPDATE):
            return
        message: Message = change.subject
        if message.author_id != self.discord.world.bot.id:
            return
        if message.content.startswith(STOPPED):
            self._stopped.update(job_id for job_id in self.whisul.jobs if job_id[:SHORT] in message.content)
            return
        text = message.content + json.dumps(message.embeds)
        for job_id in self._unposted_jobs():
            # The post's link to the song contains the ID of its job.
            if job_id in text:
                self._posted_at[job_id] = self.whisul.now_s()

    def snapshot(self) -> Json:
        """The newest jobs with their polls, the newest requests, and how many there are of each."""
        self._read_new_polls()
        jobs = list(self.whisul.jobs.values())
        return {
            "now": self.whisul.now_s(),
            "jobs": [self._job(job) for job in reversed(jobs[-SHOWN_JOBS:])],
            "requests": [_request(seen) for seen in reversed(self.whisul.requests[-SHOWN_REQUESTS:])],
            "request_count": len(self.whisul.requests),
            "job_count": len(jobs),
        }

    def _read_new_polls(self) -> None:
        """Assign the polls since the last call to their jobs, and find submits whose answer never said which job it is."""
        for seen in self.whisul.requests[self._read_requests :]:
            if seen.kind == "poll":
                self._polls.setdefault(seen.path.rpartition("/")[2], []).append(seen)
        self._unanswered = {
            seen.job_id
            for seen in self.whisul.requests
            if seen.kind == "submit" and seen.job_id is not None and seen.status != ACCEPTED
        }
        self._read_requests = len(self.whisul.requests)

    def _unposted_jobs(self) -> list[str]:
        self._read_new_polls()
        return [
            job_id
            for job_id in list(self.whisul.jobs)[-SHOWN_JOBS:]
            if job_id not in self._posted_at and self._final_poll(job_id) is not None
        ]

    def _final_poll(self, job_id: str) -> SeenRequest | None:
        """The first poll that was answered with a final status."""
        return next((seen for seen in self._polls.get(job_id, ()) if seen.word in FINAL), None)

    def _job(self, job: SimulatedJob) -> Json:
        polls = self._polls.get(job.job_id, [])
        final = self._final_poll(job.job_id)
        return {
            "id": job.job_id,
            "prompt": job.prompt,
            "title": job.song.title,
            "will": job.plan.status,
            "began": job.accepted_s,
            "due": job.due_s,
            "noticed": final.at if final else None,
            "told": self._posted_at.get(job.job_id),
            "is_stopped": job.job_id in self._stopped,
            "is_unknown": job.job_id in self._unanswered,
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

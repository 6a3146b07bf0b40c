"""What every line about a job carries, and the one line that tells how a job ended."""

from contextlib import AbstractContextManager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.domain.jobs import Job, JobState

log = structlog.get_logger(__name__)


def about(job: Job) -> AbstractContextManager[None]:
    """Within the block, and in every task made there, each line is about this job, whoever writes it."""
    return structlog.contextvars.bound_contextvars(job=job)


def job_fields(*, with_prompts: bool) -> Processor:
    """What turns the job that a line was given, or that it is `about`, into fields; the prompt is one only if asked for.

    `job` is what people read and type, and changes when Whisul has given an ID; `job_key` is the same from the first
    line to the last.
    """

    def spell(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        job = line.get("job")
        if isinstance(job, Job):
            line.update(job=job.short_id, job_key=job.key)
            for name in ("guild_id", "channel_id", "requester_id"):
                line.setdefault(name, getattr(job, name))
            if with_prompts:
                line["prompt"] = job.prompt
        return line

    return spell


def log_settled(job: Job, *, error: str | None = None) -> None:
    """A job has ended. Only one whose submit got no answer is for the operator to look after: it may have cost money."""
    facts = {
        "job": job,
        "state": job.state.value,
        "reason": job.reason.value if job.reason else None,
        "delivery": job.delivery.value,
        "waited_s": job.waited_s,
    }
    if job.state is JobState.UNKNOWN:
        log.warning("job_settled", **facts, error=error, remedy="compare with Whisul's own list of jobs")
    else:
        log.info("job_settled", **facts)

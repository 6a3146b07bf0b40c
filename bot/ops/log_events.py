"""Log fields of jobs, and the event `job_settled`."""

from contextlib import AbstractContextManager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.domain.jobs import Job, JobState

log = structlog.get_logger(__name__)


def about(job: Job) -> AbstractContextManager[None]:
    """Within the block, and in every task created there, each log line gets the fields of this job."""
    return structlog.contextvars.bound_contextvars(job=job)


def name_job(job: Job) -> None:
    """From here on, each log line of this task gets the fields of this job: `about` for a task that has one job only."""
    structlog.contextvars.bind_contextvars(job=job)


def job_fields(*, with_prompts: bool) -> Processor:
    """A processor that replaces a line's `job`, given or bound by `about`, by the fields of the job.

    The field `job` is the short ID, which changes when Whisul has given an ID; `job_key` never changes. The prompt is
    added only `with_prompts`.
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
    """Log that a job has ended: a warning for an unknown submit outcome, which may have cost money, else info."""
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

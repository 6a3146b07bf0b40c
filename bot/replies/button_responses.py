"""Ephemeral answers to buttons whose message does not change by the press."""

from bot.discord_io.message import Reply
from bot.domain.jobs import Job, JobState
from bot.replies import formatting, job_text
from bot.replies.text import code


def job_gone() -> Reply:
    """The same answer for a job that does not exist and one that the user may not see."""
    return Reply(
        "I no longer have the song that this button belongs to, or it is not for you to see. "
        "Nothing was changed or spent.\n\n`/compose` makes a new one."
    )


def duplicate_click() -> Reply:
    """The second press of a double click."""
    return Reply(
        "You pressed this button twice within a moment, so I took it for one press and made nothing of the second. "
        "Nothing was spent on it.\n\nIf you want another song, press again."
    )


def may_not_stop(job: Job) -> Reply:
    """The user may not stop another person's job."""
    return Reply(
        f"This song was asked for by {formatting.user_mention(job.requester_id)}. Only they, and members who may manage messages "
        "here, can stop it. Nothing was changed or spent."
    )


def may_not_delete(job: Job) -> Reply:
    """The user may not delete another person's post."""
    return Reply(
        f"This song was asked for by {formatting.user_mention(job.requester_id)}. Only they, and members who may manage messages "
        "here, can delete the post. Nothing was changed."
    )


def too_late_to_stop(job: Job, *, jump_url: str | None) -> Reply:
    """The job ended before it could be stopped; `jump_url` leads to its post."""
    outcome = "is ready" if job.state is JobState.COMPLETED else "has ended without a song"
    where = jump_url or f"{code(job_text.status_command(job))} shows it."
    return Reply(f"{job_text.bold_name(job)} {outcome} already, so there is nothing left to stop: {where}")


def still_submitting(job: Job) -> Reply:
    """The submit to Whisul is in flight, so that the job can be neither cancelled nor detached yet."""
    return Reply(
        f"{job_text.bold_name(job)} is being sent to Whisul at this moment, and there is no answer yet. Until there is, I can "
        "neither take the request back nor stop waiting, and nobody knows whether it will cost anything.\n\n"
        "Press the button again in a few seconds."
    )


def still_posting() -> Reply:
    """The delivery of the post has not ended, so that it cannot be deleted yet."""
    return Reply(
        "This post is not finished yet: I am still waiting for Discord's word on it. Nothing was deleted.\n\n"
        "Press the button again in a few seconds."
    )


def deleted(job: Job) -> Reply:
    """The post was deleted."""
    kept = "The song itself is kept" if job.state is JobState.COMPLETED else "What happened is kept"
    return Reply(f"The post is deleted. {kept}: {code(job_text.status_command(job))} shows it.")


def deleted_already() -> Reply:
    """The post had been deleted before."""
    return Reply("This post has been deleted already.")


def not_likeable() -> Reply:
    """The job is not a finished public song."""
    return Reply("Only finished songs that were posted for others can be liked. Nothing was changed.")

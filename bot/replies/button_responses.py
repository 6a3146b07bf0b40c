"""Ephemeral answers to buttons whose message does not change by the press."""

from bot.discord_io.message import Reply
from bot.domain.jobs import Job, JobState
from bot.replies import formatting, job_text
from bot.replies.text import code


def job_gone() -> Reply:
    """The same answer for a job that does not exist and one that the user may not see."""
    return Reply(
        "I no longer have the song behind this button, or you can't see it. Nothing was changed or spent.\n\n"
        "Request a new one with `/compose`."
    )


def duplicate_click() -> Reply:
    """The second press of a double click."""
    return Reply(
        "You pressed this button twice in a row, so I ignored the second press. Nothing was spent on it.\n\n"
        "If you want another song, press it again."
    )


def may_not_stop(job: Job) -> Reply:
    """The user may not stop another person's job."""
    return Reply(
        f"{formatting.user_mention(job.requester_id)} requested this song. Only they and members with **Manage Messages** "
        "here can stop it. Nothing was changed or spent."
    )


def may_not_delete(job: Job) -> Reply:
    """The user may not delete another person's post."""
    return Reply(
        f"{formatting.user_mention(job.requester_id)} requested this song. Only they and members with **Manage Messages** "
        "here can delete the post. Nothing was changed."
    )


def too_late_to_stop(job: Job, *, jump_url: str | None) -> Reply:
    """The job ended before it could be stopped; `jump_url` leads to its post."""
    name, where = job_text.bold_name(job), jump_url or code(job_text.status_command(job))
    if job.state is JobState.COMPLETED:
        return Reply(f"{name} is already finished, so there's nothing to stop. See {where}")
    return Reply(f"{name} has already ended without a song, so there's nothing to stop. See {where}")


def still_submitting(job: Job) -> Reply:
    """The submit to Whisul is in flight, so that the job can be neither cancelled nor detached yet."""
    return Reply(
        f"{job_text.bold_name(job)} is on its way to Whisul, and I don't have an answer yet, so I can't stop it. "
        "I don't know yet whether Whisul will charge for it.\n\n"
        "Press the button again in a few seconds."
    )


def still_posting() -> Reply:
    """The delivery of the post has not ended, so that it cannot be deleted yet."""
    return Reply(
        "Discord hasn't confirmed this post yet, so I can't delete it. Nothing was deleted.\n\n"
        "Press the button again in a few seconds."
    )


def deleted(job: Job) -> Reply:
    """The post was deleted."""
    status = code(job_text.status_command(job))
    if job.state is JobState.COMPLETED:
        return Reply(f"Post deleted. I kept the song: see {status}.")
    return Reply(f"Post deleted. I kept the details: see {status}.")


def deleted_already() -> Reply:
    """The post had been deleted before."""
    return Reply("Somebody already deleted this post.")


def not_likeable() -> Reply:
    """The job is not a finished public song."""
    return Reply("You can only like finished songs that others can see. Nothing was changed.")

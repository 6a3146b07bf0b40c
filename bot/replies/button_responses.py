"""Private answers to a press on a button, where the message itself does not say what came of it."""

from bot.discord_io.message import Reply
from bot.domain.jobs import Job, JobState
from bot.replies import job_text
from bot.replies.text import code


def job_gone() -> Reply:
    """A button of a job that is not there, or not for the presser's eyes: one answer for both."""
    return Reply(
        "I no longer have the song that this button belongs to, or it is not for you to see. "
        "Nothing was changed or spent.\n\n`/compose` makes a new one."
    )


def duplicate_click() -> Reply:
    """The second half of a double click."""
    return Reply(
        "You pressed this button twice within a moment, so I took it for one press and made nothing of the second. "
        "Nothing was spent on it.\n\nIf you want another song, press again."
    )


def may_not_stop(job: Job) -> Reply:
    """Somebody else's request."""
    return Reply(
        f"This song was asked for by {job_text.user_mention(job.requester_id)}. Only they, and members who may manage messages "
        "here, can stop it. Nothing was changed or spent."
    )


def may_not_delete(job: Job) -> Reply:
    """Somebody else's post."""
    return Reply(
        f"This song was asked for by {job_text.user_mention(job.requester_id)}. Only they, and members who may manage messages "
        "here, can delete the post. Nothing was changed."
    )


def too_late_to_stop(job: Job, *, jump_url: str | None) -> Reply:
    """The job has ended before it could be stopped."""
    outcome = "is ready" if job.state is JobState.COMPLETED else "has ended without a song"
    where = jump_url or f"{code(job_text.status_command(job))} shows it."
    return Reply(f"{job_text.bold_name(job)} {outcome} already, so there is nothing left to stop: {where}")


def still_submitting(job: Job) -> Reply:
    """The request is on its way to Whisul, which has not answered yet."""
    return Reply(
        f"{job_text.bold_name(job)} is being sent to Whisul at this moment, and there is no answer yet. Until there is, I can "
        "neither take the request back nor stop waiting, and nobody knows whether it will cost anything.\n\n"
        "Press the button again in a few seconds."
    )


def still_posting() -> Reply:
    """The post stands, but it is not certain yet that it does."""
    return Reply(
        "This post is not finished yet: I am still waiting for Discord's word on it. Nothing was deleted.\n\n"
        "Press the button again in a few seconds."
    )


def deleted(job: Job) -> Reply:
    """A post that is gone."""
    kept = "The song itself is kept" if job.state is JobState.COMPLETED else "What happened is kept"
    return Reply(f"The post is deleted. {kept}: {code(job_text.status_command(job))} shows it.")


def deleted_already() -> Reply:
    """A post that was gone before."""
    return Reply("This post has been deleted already.")


def not_likeable() -> Reply:
    """A job that is no song for others' eyes."""
    return Reply("Only finished songs that were posted for others can be liked. Nothing was changed.")

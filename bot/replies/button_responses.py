"""Ephemeral answers to buttons whose message does not change by the press."""

from bot.discord_io.message import Reply
from bot.domain.jobs import Job, JobState
from bot.replies import formatting, job_text
from bot.replies.locales import _
from bot.replies.text import code


def job_gone() -> Reply:
    """The same answer for a job that does not exist and one that the user may not see."""
    return Reply(
        _(
            "I no longer have the song behind this button, or you can't see it. Nothing was changed "
            "or spent.\n\n"
            "Request a new one with `/compose`."
        )
    )


def duplicate_click() -> Reply:
    """The second press of a double click."""
    return Reply(
        _(
            "You pressed this button twice in a row, so I ignored the second press. Nothing was "
            "spent on it.\n\n"
            "If you want another song, press it again."
        )
    )


def may_not_stop(job: Job) -> Reply:
    """The user may not stop another person's job."""
    return Reply(
        _(
            "{requester} requested this song. Only they and members with **Manage Messages** here "
            "can stop it. Nothing was changed or spent.",
            requester=formatting.user_mention(job.requester_id),
        )
    )


def may_not_delete(job: Job) -> Reply:
    """The user may not delete another person's post."""
    return Reply(
        _(
            "{requester} requested this song. Only they and members with **Manage Messages** here "
            "can delete the post. Nothing was changed.",
            requester=formatting.user_mention(job.requester_id),
        )
    )


def too_late_to_stop(job: Job, *, jump_url: str | None) -> Reply:
    """The job ended before it could be stopped; `jump_url` leads to its post."""
    name, where = job_text.bold_name(job), jump_url or code(job_text.status_command(job))
    if job.state is JobState.COMPLETED:
        return Reply(
            _("{name} is already finished, so there's nothing to stop. See {link}", name=name, link=where)
        )
    return Reply(
        _(
            "{name} has already ended without a song, so there's nothing to stop. See {link}",
            name=name,
            link=where,
        )
    )


def still_submitting(job: Job) -> Reply:
    """The submit to Whisul is in flight, so that the job can be neither cancelled nor detached yet."""
    return Reply(
        _(
            "{name} is on its way to Whisul, and I don't have an answer yet, so I can't stop it. I "
            "don't know yet whether Whisul will charge for it.\n\n"
            "Press the button again in a few seconds.",
            name=job_text.bold_name(job),
        )
    )


def still_posting() -> Reply:
    """The delivery of the post has not ended, so that it cannot be deleted yet."""
    return Reply(
        _(
            "Discord hasn't confirmed this post yet, so I can't delete it. Nothing was deleted.\n\n"
            "Press the button again in a few seconds."
        )
    )


def deleted(job: Job) -> Reply:
    """The post was deleted."""
    status = code(job_text.status_command(job))
    if job.state is JobState.COMPLETED:
        return Reply(_("Post deleted. I kept the song: see {command}.", command=status))
    return Reply(_("Post deleted. I kept the details: see {command}.", command=status))


def deleted_already() -> Reply:
    """The post had been deleted before."""
    return Reply(_("Somebody already deleted this post."))


def not_likeable() -> Reply:
    """The job is not a finished public song."""
    return Reply(_("You can only like finished songs that others can see. Nothing was changed."))

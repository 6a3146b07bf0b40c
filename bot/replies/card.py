"""The card: the message that shows an open job, and the single line that replaces it in the end."""

from datetime import datetime
from enum import StrEnum

from bot.discord_io.message import Reply
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.generation.poll_schedule import Expectation
from bot.replies import buttons, formatting, job_text
from bot.replies.delivery_notes import reason_not_posted
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, _
from bot.replies.text import code, paragraph

MAX_PROMPT_UNITS = 600


class WaitReason(StrEnum):
    """Why an open job makes no progress, although nothing is wrong with it."""

    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    SERVICE_BUSY = "service_busy"
    FULL = "full"


_PRIVATE_NOTE = N_(
    "Only you can see this. I'll put the song here too, or send it as a direct message if it "
    "takes over 15 minutes."
)

_WAITING_NOTES = {
    WaitReason.KEY_REFUSED: N_(
        "Whisul rejects my API key, and the operator has to renew it. I kept your request and "
        "will carry on once that's done."
    ),
    WaitReason.NO_CREDIT: N_(
        "My Whisul account is out of credit, and the operator has to top it up. I kept your "
        "request and will carry on once that's done."
    ),
    WaitReason.SERVICE_BUSY: N_(
        "Whisul is busy or unreachable right now. I kept your request and will keep trying."
    ),
    WaitReason.FULL: N_("All slots are busy right now. I'll send your request as soon as one is free."),
}


def open_job(
    job: Job,
    *,
    expectation: Expectation | None,
    now: datetime,
    waiting: WaitReason | None = None,
    ahead: int | None = None,
) -> Reply:
    """The card of an open job; `ahead` is the number of jobs that are submitted before a queued one.

    Equal arguments give equal cards, except when `bot.generation.progress` says that the passed time changes it.
    """
    return Reply(
        embeds=(
            build_embed(
                title=_("In the queue") if job.state is JobState.QUEUED else _("🎵 Composing …"),
                colour=Colour.WAITING if waiting else Colour.WORKING,
                body=[
                    job_text.quoted_prompt(job, MAX_PROMPT_UNITS),
                    job_text.progress_bar(job, expectation, now),
                    waiting_note(job, waiting, ahead)
                    if waiting
                    else _progress_note(job, expectation, now, ahead),
                ],
                fields=[
                    job_text.requester_field(job),
                    EmbedField(_("Requested"), formatting.timestamp(job.created_at)),
                ],
                footer=_("Check progress with {command}", command=job_text.status_command(job)),
            ),
        ),
        buttons=buttons.of_card(job),
    )


def finished(job: Job, *, jump_url: str | None) -> Reply:
    """The line that replaces the card once the result was delivered; `jump_url` leads to it."""
    name = job_text.bold_name(job)
    headline = (
        _("✅ {name} is ready.", name=name)
        if job.state is JobState.COMPLETED
        else _("⚠️ {name} couldn't be made.", name=name)
    )
    return Reply(paragraph(headline, _result_location(job, jump_url)))


def stopped(job: Job) -> Reply:
    """The line that replaces the card of a job that was cancelled or detached."""
    name, status = job_text.bold_name(job), code(job_text.status_command(job))
    if job.state is JobState.CANCELLED:
        return Reply(_("🚫 Canceled: {name}. Nothing was spent.", name=name))
    if job.state is JobState.COMPLETED:
        return Reply(
            _(
                "⏹️ Stopped: {name}. Whisul finished it anyway, so I kept the song without posting it. "
                "See {command}.",
                name=name,
                command=status,
            )
        )
    if job.state.is_final:
        return Reply(
            _(
                "⏹️ Stopped: {name}. It couldn't be made. To find out why, see {command}.",
                name=name,
                command=status,
            )
        )
    return Reply(
        _(
            "⏹️ Stopped: {name}. Whisul had already started, so this song may still be charged. If "
            "Whisul finishes it, I'll keep the song without posting it. See {command}.",
            name=name,
            command=status,
        )
    )


def waiting_note(job: Job, waiting: WaitReason, ahead: int | None) -> str:
    """Why the job waits; with its place in the queue only if other jobs are being submitted."""
    place = job_text.queue_place(ahead) if ahead is not None and waiting is WaitReason.FULL else ""
    spent = _("Nothing has been spent yet.") if job.state is JobState.QUEUED else ""
    return paragraph(_(_WAITING_NOTES[waiting]), place, spent)


def _progress_note(job: Job, expectation: Expectation | None, now: datetime, ahead: int | None) -> str:
    place = "" if ahead is None else job_text.queue_place(ahead)
    return paragraph(place, job_text.time_estimate(job, expectation, now), _destination(job))


def _destination(job: Job) -> str:
    if job.is_private:
        return _(_PRIVATE_NOTE)
    if job.results_channel_id:
        return _(
            "I'll post the song in {channel}.", channel=formatting.channel_mention(job.results_channel_id)
        )
    return _("I'll post the song here.")


def _result_location(job: Job, jump_url: str | None) -> str:
    if jump_url is not None:
        return _("See {link}", link=jump_url)
    if job.route is not DeliveryRoute.DIRECT_MESSAGE:
        return _("See {command}.", command=code(job_text.status_command(job)))
    if job.is_private:
        return _("I sent it to you as a direct message.")
    requester = formatting.user_mention(job.requester_id)
    return _(
        "I sent it to {requester} as a direct message because {reason}.",
        requester=requester,
        reason=reason_not_posted(job.delivery_note),
    )

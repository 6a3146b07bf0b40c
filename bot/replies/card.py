"""The card: the message that shows an open job, and the single line that replaces it in the end."""

from datetime import datetime
from enum import StrEnum

from bot.discord_io.message import Reply
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.generation.poll_schedule import Expectation
from bot.replies import buttons, formatting, job_text
from bot.replies.delivery_notes import reason_not_posted
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.text import code

MAX_PROMPT_UNITS = 600


class WaitReason(StrEnum):
    """Why an open job makes no progress, although nothing is wrong with it."""

    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    SERVICE_BUSY = "service_busy"
    FULL = "full"


_PRIVATE_NOTE = (
    "Only you can see this. The song comes here too, or by direct message if it takes longer than 15 minutes."
)

_WAITING_NOTES = {
    WaitReason.KEY_REFUSED: (
        "Whisul does not accept this bot's key at the moment, and the bot's operator has to renew it. "
        "Your request is kept and goes on by itself."
    ),
    WaitReason.NO_CREDIT: (
        "This bot's account at Whisul has no credit left, and the bot's operator has to top it up. "
        "Your request is kept and goes on by itself."
    ),
    WaitReason.SERVICE_BUSY: "Whisul is busy or out of reach just now. Your request is kept and goes on by itself.",
    WaitReason.FULL: "All places are taken at the moment. Your request goes out as soon as one is free.",
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
                title="Waiting to be sent" if job.state is JobState.QUEUED else "🎵 Composing …",
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
                    EmbedField("Asked", formatting.timestamp(job.created_at)),
                    job_text.short_id_field(job),
                ],
                footer=f"{job_text.status_command(job)} shows how it stands",
            ),
        ),
        buttons=buttons.of_card(job),
    )


def finished(job: Job, *, jump_url: str | None) -> Reply:
    """The line that replaces the card once the result was delivered; `jump_url` leads to it."""
    ready = job.state is JobState.COMPLETED
    headline = (
        f"✅ {job_text.bold_name(job)} is ready" if ready else f"⚠️ {job_text.bold_name(job)} did not work out"
    )
    return Reply(headline + _result_location(job, jump_url))


def stopped(job: Job) -> Reply:
    """The line that replaces the card of a job that was cancelled or detached."""
    name, look_up = job_text.bold_name(job), code(job_text.status_command(job))
    if job.state is JobState.CANCELLED:
        return Reply(f"🚫 {name} was cancelled before it was sent. Nothing was spent.")
    if job.state is JobState.COMPLETED:
        return Reply(
            f"⏹️ {name} is ready, though nobody waits for it any more. It is kept, not posted: {look_up}"
        )
    if job.state.is_final:
        return Reply(f"⏹️ {name} did not work out, and nobody waited for it any more. {look_up} says why.")
    return Reply(
        f"⏹️ Nobody waits for {name} any more. Whisul has been asked already and may still finish it, "
        f"so what it costs is spent. If it becomes a song, that is kept, not posted: {look_up}"
    )


def waiting_note(job: Job, waiting: WaitReason, ahead: int | None) -> str:
    """Why the job waits; with its place in the queue only if other jobs are being submitted."""
    place = job_text.queue_place(ahead) if ahead is not None and waiting is WaitReason.FULL else ""
    spent = "Nothing has been spent yet." if job.state is JobState.QUEUED else ""
    return " ".join(filter(None, (_WAITING_NOTES[waiting], place, spent)))


def _progress_note(job: Job, expectation: Expectation | None, now: datetime, ahead: int | None) -> str:
    place = "" if ahead is None else job_text.queue_place(ahead)
    estimate = job_text.time_estimate(job, expectation, now)
    where = f"in {formatting.channel_mention(job.results_channel_id)}" if job.results_channel_id else "here"
    end = _PRIVATE_NOTE if job.is_private else f"The song will be posted {where}."
    return " ".join(filter(None, (place, estimate, end)))


def _result_location(job: Job, jump_url: str | None) -> str:
    if jump_url is not None:
        return f": {jump_url}"
    if job.route is DeliveryRoute.DIRECT_MESSAGE:
        if job.is_private:
            return ". I sent it to you in a direct message."
        requester = formatting.user_mention(job.requester_id)
        return (
            f". I sent it to {requester} in a direct message, because {reason_not_posted(job.delivery_note)}."
        )
    return f". {code(job_text.status_command(job))} shows it."

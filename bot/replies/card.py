"""The card: what a job shows while it works, and the one line that it shrinks to."""

from datetime import datetime
from enum import StrEnum

from bot.discord_io.message import Reply
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.generation.poll_schedule import Expectation
from bot.replies import buttons, formatting, parts
from bot.replies.embed import Colour, Fact, build_embed
from bot.replies.obstacles import why_not_there
from bot.replies.text import code

MAX_PROMPT_UNITS = 600


class WaitingView(StrEnum):
    """Why a job does not move at the moment, though nothing is wrong with it."""

    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    SERVICE_BUSY = "service_busy"
    FULL = "full"


_PRIVATE_NOTE = (
    "Only you can see this. The song comes here too, or by direct message if it takes longer than 15 minutes."
)

_WAITING_NOTES = {
    WaitingView.KEY_REFUSED: (
        "Whisul does not accept this bot's key at the moment, and the bot's operator has to renew it. "
        "Your request is kept and goes on by itself."
    ),
    WaitingView.NO_CREDIT: (
        "This bot's account at Whisul has no credit left, and the bot's operator has to top it up. "
        "Your request is kept and goes on by itself."
    ),
    WaitingView.SERVICE_BUSY: "Whisul is busy or out of reach just now. Your request is kept and goes on by itself.",
    WaitingView.FULL: "All places are taken at the moment. Your request goes out as soon as one is free.",
}


def working(
    job: Job,
    *,
    expectation: Expectation | None,
    now: datetime,
    waiting: WaitingView | None = None,
    ahead: int | None = None,
) -> Reply:
    """The card of a job that has no outcome yet; `ahead` is how many go out before it while it is queued.

    It looks the same until one of these changes, or `bot.generation.progress` says that time has changed it.
    """
    return Reply(
        embeds=(
            build_embed(
                title="Waiting to be sent" if job.state is JobState.QUEUED else "🎵 Composing …",
                colour=Colour.WAITING if waiting else Colour.WORKING,
                body=[
                    parts.prompt(job, MAX_PROMPT_UNITS),
                    parts.bar(job, expectation, now),
                    waiting_note(job, waiting, ahead) if waiting else _note(job, expectation, now, ahead),
                ],
                facts=[
                    parts.requester(job),
                    Fact("Asked", formatting.when(job.created_at)),
                    parts.short_id(job),
                ],
                footer=f"{parts.command(job)} shows how it stands",
            ),
        ),
        buttons=buttons.of_card(job),
    )


def done(job: Job, *, jump_url: str | None) -> Reply:
    """The line that is left of the card once the outcome was told elsewhere."""
    ready = job.state is JobState.COMPLETED
    headline = f"✅ {parts.name(job)} is ready" if ready else f"⚠️ {parts.name(job)} did not work out"
    return Reply(headline + _whereabouts(job, jump_url))


def stopped(job: Job) -> Reply:
    """The line that is left of the card of a job that was cancelled, or for which nobody waits any more."""
    name, look_up = parts.name(job), code(parts.command(job))
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


def waiting_note(job: Job, waiting: WaitingView, ahead: int | None) -> str:
    """Why it waits. Its place in the queue says nothing while nothing goes out at all."""
    place = parts.place(ahead) if ahead is not None and waiting is WaitingView.FULL else ""
    spent = "Nothing has been spent yet." if job.state is JobState.QUEUED else ""
    return " ".join(filter(None, (_WAITING_NOTES[waiting], place, spent)))


def _note(job: Job, expectation: Expectation | None, now: datetime, ahead: int | None) -> str:
    place = "" if ahead is None else parts.place(ahead)
    pace = parts.pace(job, expectation, now)
    where = f"in {parts.channel(job.results_channel_id)}" if job.results_channel_id else "here"
    end = _PRIVATE_NOTE if job.is_private else f"The song will be posted {where}."
    return " ".join(filter(None, (place, pace, end)))


def _whereabouts(job: Job, jump_url: str | None) -> str:
    if jump_url is not None:
        return f": {jump_url}"
    if job.rung is DeliveryRoute.DIRECT_MESSAGE:
        if job.is_private:
            return ". I sent it to you in a direct message."
        told = parts.user(job.requester_id)
        return f". I sent it to {told} in a direct message, because {why_not_there(job.delivery_note)}."
    return f". {code(parts.command(job))} shows it."

"""The card: what a job shows while it works, and the one line that it shrinks to."""

from datetime import datetime
from enum import StrEnum

from bot.models import Job, JobState, Rung
from bot.replies import figures, parts
from bot.replies.links import safe_url
from bot.replies.reply import Reply
from bot.replies.sheet import Colour, Fact, sheet
from bot.replies.text import code
from bot.schedule import Expectation

MOST_PROMPT_UNITS = 600


MOST_JUMP_URL_UNITS = 512
"""Discord's links to messages have about 90; whatever is much longer is none, and would not fit a message."""


class Waiting(StrEnum):
    """Why a job does not move at the moment, though nothing is wrong with it."""

    KEY_REFUSED = "key_refused"
    SERVICE_BUSY = "service_busy"
    FULL = "full"


_WAITING_NOTES = {
    Waiting.KEY_REFUSED: (
        "Whisul does not accept this bot's key at the moment, and the bot's operator has to renew it. "
        "Your request is kept and goes on by itself."
    ),
    Waiting.SERVICE_BUSY: "Whisul is busy or out of reach just now. Your request is kept and goes on by itself.",
    Waiting.FULL: "All places are taken at the moment. Your request goes out as soon as one is free.",
}


def working(
    job: Job, *, expectation: Expectation | None, now: datetime, waiting: Waiting | None = None
) -> Reply:
    """The card of a job that has no outcome yet."""
    return Reply(
        embeds=(
            sheet(
                title="Waiting to be sent" if job.state is JobState.QUEUED else "🎵 Composing …",
                colour=Colour.WAITING if waiting else Colour.WORKING,
                body=[parts.prompt(job, MOST_PROMPT_UNITS), _note(job, expectation, now, waiting)],
                facts=[
                    parts.requester(job),
                    Fact("Since", figures.when(job.created_at)),
                    parts.short_id(job),
                ],
                footer=f"{parts.command(job)} shows how it stands",
            ),
        ),
    )


def done(job: Job, *, jump_url: str | None) -> Reply:
    """The line that is left of the card once the outcome was told elsewhere."""
    if job.state is JobState.CANCELLED:
        return Reply(f"🚫 {parts.name(job)} was cancelled before it was sent. Nothing was spent.")
    ready = job.state is JobState.COMPLETED
    headline = f"✅ {parts.name(job)} is ready" if ready else f"⚠️ {parts.name(job)} did not work out"
    return Reply(headline + _whereabouts(job, jump_url))


def _note(job: Job, expectation: Expectation | None, now: datetime, waiting: Waiting | None) -> str:
    if waiting is not None:
        spent = " Nothing has been spent yet." if job.state is JobState.QUEUED else ""
        return f"{_WAITING_NOTES[waiting]}{spent}"
    pace = parts.pace(job, expectation, now)
    if job.state is JobState.DETACHED:
        return f"{pace} It will not be posted, as its requester has stopped waiting."
    where = f"in {parts.channel(job.results_channel_id)}" if job.results_channel_id else "here"
    return f"{pace} The song will be posted {where}."


def _whereabouts(job: Job, jump_url: str | None) -> str:
    if url := safe_url(jump_url, limit=MOST_JUMP_URL_UNITS):
        return f": {url}"
    if job.rung is Rung.DIRECT_MESSAGE:
        told = parts.user(job.requester_id)
        return f". I sent it to {told} in a direct message, since I may not write here."
    return f". {code(parts.command(job))} shows it."

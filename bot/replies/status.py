"""The answer to a look-up: everything that is known of one job."""

from datetime import datetime

from bot.models import DeliveryState, Job, JobState, Rung
from bot.replies import failure, figures, parts
from bot.replies.links import MOST_BUTTON_URL_UNITS, safe_url
from bot.replies.reply import Link, Reply
from bot.replies.sheet import Colour, Fact, sheet
from bot.replies.text import code, escape_line
from bot.schedule import Expectation

MOST_PROMPT_UNITS = 1000

_OPEN_TITLES = {
    JobState.QUEUED: "Waiting to be sent",
    JobState.SUBMITTING: "Being sent to Whisul",
    JobState.RUNNING: "Whisul is composing",
    JobState.DETACHED: "Whisul is composing, nobody waits",
}


def job(job: Job, *, now: datetime, expectation: Expectation | None, jump_url: str | None) -> Reply:
    """A job in any state. `jump_url` leads to its post, or to its card, if there is one."""
    post_url = safe_url(jump_url, limit=MOST_BUTTON_URL_UNITS)
    to_post = (Link("Open original", post_url),) if post_url else ()
    if job.state is JobState.COMPLETED:
        return _completed(job, to_post)
    words = failure.account(job, now=now) if job.state.is_final else None
    embed = sheet(
        title=_OPEN_TITLES[job.state] if words is None else words.title,
        colour=_colour(job),
        body=[
            parts.prompt(job, MOST_PROMPT_UNITS),
            _progress(job, expectation, now) if words is None else words.what,
            None if words is None else f"{words.cost} {words.next_step}",
        ],
        facts=[*failure.song_remains(job), *_record(job)],
        footer=parts.footer(job),
    )
    return Reply(embeds=(embed,), links=to_post)


def _completed(job: Job, to_post: tuple[Link, ...]) -> Reply:
    made = job.song or parts.NO_SONG
    url = safe_url(made.song_url)
    embed = sheet(
        title=escape_line(made.title or "") or "A finished song",
        url=url,
        colour=Colour.SONG,
        body=[parts.prompt(job, MOST_PROMPT_UNITS), parts.audio_link(url)],
        facts=[*parts.song_facts(made), parts.took(job), parts.tags(made), *_record(job)],
        image_url=safe_url(made.image_url),
        footer=parts.footer(job),
    )
    return Reply(embeds=(embed,), links=(*parts.listen(made), *to_post))


def _colour(job: Job) -> Colour:
    if job.state is JobState.CANCELLED:
        return Colour.NEUTRAL
    return Colour.FAILURE if job.state.is_final else Colour.WORKING


def _record(job: Job) -> list[Fact]:
    return [
        parts.requester(job),
        Fact("Times", _times(job), inline=False),
        Fact("Delivery", _delivery(job), inline=False),
        Fact("Job ID", code(parts.full_id(job)), inline=False),
    ]


def _progress(job: Job, expectation: Expectation | None, now: datetime) -> str:
    if job.state is JobState.DETACHED:
        return "Its requester has stopped waiting. It is still followed, and shows up here when it is ready."
    pace = parts.pace(job, expectation, now)
    if job.state is JobState.QUEUED:
        due = job.submit_after
        next_try = f" The next try is {figures.when(due)}." if due is not None and due > now else ""
        return f"Nothing has been spent yet.{next_try} {pace}"
    return pace


def _times(job: Job) -> str:
    moments = (
        ("Asked", job.created_at),
        ("Sent", job.submitted_at),
        ("Taken by Whisul", job.accepted_at),
        ("Started", job.started_at),
        ("Finished", job.finished_at),
        ("Outcome", job.settled_at),
        ("Delivered", job.delivered_at),
    )
    return "\n".join(
        f"{label} {figures.when(moment, 'f')} ({figures.when(moment)})" for label, moment in moments if moment
    )


def _delivery(job: Job) -> str:
    """Where the outcome is to be found; empty when there is nothing to deliver."""
    channel = parts.channel(job.channel_id)
    if job.delivery is DeliveryState.DELIVERED:
        return _delivered(job)
    if job.delivery is DeliveryState.UNDELIVERABLE:
        return f"Neither {channel} nor a direct message was open to me, so the outcome is kept here."
    if job.delivery is not DeliveryState.NONE:
        return f"On its way to {channel}."
    if job.state.is_final:
        return ""
    return "Will not be posted." if job.state is JobState.DETACHED else f"Will be posted in {channel}."


def _delivered(job: Job) -> str:
    if job.rung is Rung.DIRECT_MESSAGE:
        return f"Sent by direct message, because I could not post it in {parts.channel(job.channel_id)}."
    if job.rung is Rung.INTERACTION:
        return "Told privately, in answer to the command."
    if job.rung is Rung.CHANNEL:
        return f"Posted in {parts.channel(job.post_channel_id or job.channel_id)}."
    return "Kept here."

"""What several replies say of a job or its song, each in one place."""

from datetime import datetime

from bot.discord_io.message import Link
from bot.domain.jobs import Job, JobState, Song
from bot.generation.poll_schedule import Expectation
from bot.generation.progress import BAR_STEPS, EXACT_POSITIONS, progress, rounded_position
from bot.replies import formatting
from bot.replies.delivery_notes import reason_not_posted
from bot.replies.embed import EmbedField
from bot.replies.links import MAX_BUTTON_URL_UNITS, safe_url
from bot.replies.text import clamp, code, escape_line, plain, quote, utf16_units

MAX_TAGS_UNITS = 400
MAX_TAG_UNITS = 40
MAX_ID_UNITS = 64
MAX_FULL_ID_UNITS = 512
MAX_NAME_UNITS = 100

NO_SONG = Song()


def user_mention(user_id: int) -> str:
    """A person, by name in their reader's client."""
    return f"<@{user_id}>"


def channel_mention(channel_id: int) -> str:
    """A channel or thread, linked."""
    return f"<#{channel_id}>"


def status_command(job: Job) -> str:
    """The command that shows this job, in plain text."""
    return f"/job status {clamp(plain(job.short_id), MAX_ID_UNITS)}"


def short_id_code(job: Job) -> str:
    """The short ID in a sentence."""
    return code(clamp(job.short_id, MAX_ID_UNITS))


STATE_LABELS = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being sent",
    JobState.RUNNING: "composing",
    JobState.DETACHED: "composing",
    JobState.COMPLETED: "finished",
    JobState.FAILED: "failed",
    JobState.EXPIRED: "vanished",
    JobState.TIMED_OUT: "took too long",
    JobState.UNKNOWN: "no answer",
    JobState.CANCELLED: "cancelled",
}
"""A job's state in a word or two, for lists."""


def plain_name(job: Job, limit: int) -> str:
    """What to call a song where no markdown is rendered: its title, else its prompt; never empty."""
    text = plain((job.song or NO_SONG).title or "") or plain(job.prompt) or "a song without a name"
    return clamp(text, limit)


def short_id_field(job: Job) -> EmbedField:
    """The short ID, ready to be copied."""
    return EmbedField("Job ID", short_id_code(job))


def full_id(job: Job) -> str:
    """Whisul's job ID in plain text, the bot's own number while there is none."""
    return clamp(plain(job.job_id or job.short_id), MAX_FULL_ID_UNITS)


def footer(job: Job) -> str:
    """By this line a post is found again: no two jobs have the same."""
    return f"Job {job.reference}"


def quoted_prompt(job: Job, limit: int) -> str:
    """What the person asked for, as a quote."""
    return quote(job.prompt, limit)


def bold_name(job: Job) -> str:
    """What to call this job's song in a sentence, in bold: its title, else its prompt."""
    title = escape_line((job.song or NO_SONG).title or "") or escape_line(job.prompt)
    return f"**{clamp(title, MAX_NAME_UNITS)}**" if title else "Your song"


def why_direct_message(job: Job) -> str:
    """Where the song was asked for, and why its outcome comes by direct message."""
    if job.is_private:
        return (
            f"You asked for it privately in {channel_mention(job.channel_id)}; this comes here because Discord no longer let me "
            "change the answer there, which it does for 15 minutes at most. Nobody else was told; "
            f"{code(status_command(job))} in the server shows it too, and lets you share a finished song."
        )
    return f"You asked for it in {channel_mention(job.channel_id)}; this comes here because {reason_not_posted(job.delivery_note)}."


def requester_field(job: Job) -> EmbedField:
    """Who asked."""
    return EmbedField("Requested by", user_mention(job.requester_id))


def elapsed_field(job: Job) -> EmbedField | None:
    """From the request to the outcome."""
    return None if job.waited_s is None else EmbedField("Took", formatting.wait(job.waited_s))


def song_fields(song: Song) -> list[EmbedField]:
    """Tempo and duration, as far as they are known."""
    figures_shown = {
        "BPM": None if song.bpm is None else formatting.bpm(song.bpm),
        "Duration": None if song.duration_s is None else formatting.duration(song.duration_s),
    }
    return [EmbedField(label, value) for label, value in figures_shown.items() if value]


def tags_field(song: Song) -> EmbedField | None:
    """The song's tags side by side, as many as fit."""
    shown: list[str] = []
    used = 0
    for tag in filter(None, map(plain, song.tags)):
        chip = code(clamp(tag, MAX_TAG_UNITS))
        used += utf16_units(chip) + 1
        if used > MAX_TAGS_UNITS:
            break
        shown.append(chip)
    return EmbedField("Tags", " ".join(shown), inline=False) if shown else None


def listen_link(song: Song) -> tuple[Link, ...]:
    """The button to the audio, if its address fits on one."""
    url = safe_url(song.song_url, limit=MAX_BUTTON_URL_UNITS)
    return (Link("Listen", url),) if url else ()


def audio_link(url: str | None) -> str:
    """The audio's address in a sentence, for those to whom a button is no help; empty without one."""
    return f"🎧 [Open the audio]({url})" if url else ""


def time_estimate(job: Job, expectation: Expectation | None, now: datetime, *, stays: bool = False) -> str:
    """How long it takes, from what was seen here; else what Whisul says, as its word.

    `stays`: nobody will draw this anew, so it names a time of day and no wait, which would run out.
    """
    if expectation is None:
        return "Whisul says that most songs take a few minutes."
    usual = formatting.expected_range(expectation.median_s, expectation.p90_s)
    known = progress(job, expectation, now)
    if known.is_slow:
        return f"Slower than 90 % of songs, which usually take {usual}; it is still being made."
    if known.ready_at is None:
        return f"Usually takes {usual}{' once it is sent' if job.state is JobState.QUEUED else ''}."
    if stays:
        return f"Usually takes {usual}, ready by {formatting.timestamp(known.ready_at, 't')}."
    return f"Usually takes {usual}, ready {formatting.timestamp(known.ready_at)} or sooner."


def progress_bar(job: Job, expectation: Expectation | None, now: datetime) -> str:
    """How much of the time that nine of ten songs need has gone by; empty where that is not known."""
    steps = progress(job, expectation, now).steps
    return "" if steps is None else "▰" * steps + "▱" * (BAR_STEPS - steps)


def queue_place(ahead: int) -> str:
    """How many songs go out before this one."""
    told = rounded_position(ahead)
    if told == 0:
        return "Yours is next."
    if told == 1:
        return "There is 1 song before yours."
    return f"There are {'' if ahead <= EXACT_POSITIONS else 'up to '}{told} songs before yours."

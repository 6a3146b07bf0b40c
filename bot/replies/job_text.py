"""Texts and embed fields about a job or its song that several replies share."""

from datetime import datetime

from bot.discord_io.text_length import clamp, utf16_units
from bot.domain.jobs import AudioNote, Job, JobState, Song
from bot.generation.poll_schedule import Expectation
from bot.generation.progress import BAR_STEPS, EXACT_POSITIONS, progress, rounded_position
from bot.replies import formatting
from bot.replies.delivery_notes import reason_not_posted
from bot.replies.embed import EmbedField
from bot.replies.locales import N_, _
from bot.replies.text import code, escape_line, paragraph, plain, quote

MAX_TAGS_UNITS = 400
MAX_TAG_UNITS = 40
MAX_ID_UNITS = 64
MAX_NAME_UNITS = 100

NO_SONG = Song()


def status_command(job: Job) -> str:
    """The command that shows this job, as plain text."""
    return _("/job status {id}", id=clamp(plain(job.short_id), MAX_ID_UNITS))


def short_id_code(job: Job) -> str:
    """The short ID as inline code."""
    return code(clamp(job.short_id, MAX_ID_UNITS))


_STATE_LABELS = {
    JobState.QUEUED: N_("in the queue"),
    JobState.SUBMITTING: N_("sending"),
    JobState.RUNNING: N_("composing"),
    JobState.DETACHED: N_("composing"),
    JobState.COMPLETED: N_("finished"),
    JobState.FAILED: N_("failed"),
    JobState.EXPIRED: N_("lost by Whisul"),
    JobState.TIMED_OUT: N_("took too long"),
    JobState.UNKNOWN: N_("no answer"),
    JobState.CANCELLED: N_("canceled"),
}


def state_label(state: JobState) -> str:
    """A state of a job, in lists of songs."""
    return _(_STATE_LABELS[state])


def plain_name(job: Job, limit: int) -> str:
    """The song's title, or else its prompt, as plain text of at most `limit` UTF-16 units; never empty."""
    text = plain((job.song or NO_SONG).title or "") or plain(job.prompt) or _("a song without a title")
    return clamp(text, limit)


def footer(job: Job) -> str:
    """The footer by which the delivery finds a job's message in a channel's history: unique, and the same in every language."""
    return f"Job {job.reference}"


def quoted_prompt(job: Job, limit: int) -> str:
    """The prompt as a block quote."""
    return quote(job.prompt, limit)


def bold_name(job: Job) -> str:
    """The song's title, or else its prompt, in bold; `Your song` when neither is visible."""
    title = escape_line((job.song or NO_SONG).title or "") or escape_line(job.prompt)
    return f"**{clamp(title, MAX_NAME_UNITS)}**" if title else _("Your song")


def why_direct_message(job: Job) -> str:
    """Where the song was requested, and why the result comes as a direct message."""
    channel = formatting.channel_mention(job.channel_id)
    if job.guild_id is None:
        return _(
            "I'm sending it here because Discord lets me update my answer for only 15 minutes where I'm not a member. "
            "To look it up, use {command}.",
            command=code(status_command(job)),
        )
    if job.is_private:
        return _(
            "You requested it privately in {channel}. I'm sending it here because Discord lets me "
            "update my answer there for only 15 minutes. Nobody else can see it. To look it up or "
            "share it, use {command} in the server.",
            channel=channel,
            command=code(status_command(job)),
        )
    return _(
        "You requested it in {channel}. I'm sending it here because {reason}.",
        channel=channel,
        reason=reason_not_posted(job.delivery_note),
    )


def requester_field(job: Job) -> EmbedField:
    """The requester as a mention."""
    return EmbedField(_("Requested by"), formatting.user_mention(job.requester_id))


def elapsed_field(job: Job) -> EmbedField | None:
    """The time from the request to the final state; None while there is none."""
    return None if job.waited_s is None else EmbedField(_("Took"), formatting.wait(job.waited_s))


def song_fields(song: Song) -> list[EmbedField]:
    """Tempo and duration, as far as Whisul gave plausible values."""
    values = {
        _("BPM"): None if song.bpm is None else formatting.bpm(song.bpm),
        _("Duration"): None if song.duration_s is None else formatting.duration(song.duration_s),
    }
    return [EmbedField(label, value) for label, value in values.items() if value]


def tags_field(song: Song) -> EmbedField | None:
    """As many of the song's tags as fit, as inline code; None without any."""
    shown: list[str] = []
    used = 0
    for tag in filter(None, map(plain, song.tags)):
        chip = code(clamp(tag, MAX_TAG_UNITS))
        used += utf16_units(chip) + 1
        if used > MAX_TAGS_UNITS:
            break
        shown.append(chip)
    return EmbedField(_("Tags"), " ".join(shown), inline=False) if shown else None


_AUDIO_NOTES = {
    AudioNote.TOO_LARGE: N_("The file is too large to attach here."),
    AudioNote.UNAVAILABLE: N_("I couldn't download the whole file, so it's not attached."),
    AudioNote.NOT_TAKEN: N_("Discord didn't accept the file, so it's not attached."),
    AudioNote.UNPLAYABLE: N_(
        "Try the link again in a few minutes. Whisul counts this song as made. If it still "
        "doesn't play, request another one with `/compose`."
    ),
    AudioNote.UNCHECKED: N_("I haven't tried the link because it doesn't lead to a public address."),
    AudioNote.UNKNOWN_KIND: N_("I don't know this kind of file, so I can't tell whether it plays."),
}


def audio_note(note: AudioNote) -> str:
    """Why the audio is linked and not attached."""
    return _(_AUDIO_NOTES[note])


def unplayed_note(job: Job) -> str:
    """What the post says about a link that didn't play or wasn't tried; empty if it played."""
    match job.audio_note:
        case AudioNote.UNPLAYABLE:
            return paragraph(_("⚠️ The link didn't play when I tried it."), audio_note(job.audio_note))
        case AudioNote.UNCHECKED | AudioNote.UNKNOWN_KIND:
            return audio_note(job.audio_note)
        case _:
            return ""


def audio_link(url: str | None) -> str:
    """A masked link to the audio; empty without a URL."""
    return _("🎧 [Listen]({url})", url=url) if url else ""


def time_estimate(
    job: Job, expectation: Expectation | None, now: datetime, *, is_static: bool = False
) -> str:
    """How long the song takes, from durations observed here; without any, what Whisul says in general.

    `is_static`: the message is not updated later, so it names a time of day instead of a countdown.
    """
    if expectation is None:
        return _("Most songs take a few minutes.")
    usual = formatting.expected_range(expectation.median_s, expectation.p90_s)
    known = progress(job, expectation, now)
    if known.is_slow:
        return _(
            "This song is taking longer than most, which take {usual}. Whisul is still working on it.",
            usual=usual,
        )
    if known.ready_at is None and job.state is JobState.QUEUED:
        return _("Songs usually take {usual} once I've sent them.", usual=usual)
    if known.ready_at is None:
        return _("Songs usually take {usual}.", usual=usual)
    if is_static:
        return _("Should be ready by {time}.", time=formatting.timestamp(known.ready_at, "t"))
    return _("Should be ready {time}.", time=formatting.timestamp(known.ready_at))


def progress_bar(job: Job, expectation: Expectation | None, now: datetime) -> str:
    """The elapsed share of the 90th percentile of durations; empty when that is not known."""
    steps = progress(job, expectation, now).steps
    return "" if steps is None else "▰" * steps + "▱" * (BAR_STEPS - steps)


def queue_place(ahead: int) -> str:
    """How many songs are submitted before this one; large numbers are rounded up."""
    songs = rounded_position(ahead)
    if songs == 0:
        return _("You're next.")
    if ahead > EXACT_POSITIONS:
        return formatting.plural(
            songs, "Up to {n} song is ahead of yours.", "Up to {n} songs are ahead of yours."
        )
    return formatting.plural(songs, "{n} song is ahead of yours.", "{n} songs are ahead of yours.")

"""The post: the finished song."""

import re
from enum import StrEnum

import discord

from bot.models import Job, Song
from bot.replies import parts
from bot.replies.links import safe_url
from bot.replies.reply import Reply
from bot.replies.sheet import Colour, sheet
from bot.replies.text import clamp, escape_line, plain

MOST_PROMPT_UNITS = 1000
MOST_DESCRIPTION_UNITS = 1024

_IMAGE_NAME = re.compile(r"[\w.-]{1,200}\.(?:jpe?g|png|webp|gif)", re.ASCII | re.IGNORECASE)
"""What Discord takes behind `attachment://` in an embed."""


class AudioNote(StrEnum):
    """Why the audio is linked but not attached."""

    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"


_AUDIO_NOTES = {
    AudioNote.TOO_LARGE: "The file is too large to attach here.",
    AudioNote.UNAVAILABLE: "The file could not be fetched just now, so it is not attached.",
}


def song(job: Job, *, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None) -> Reply:
    """The post for the channel in `job.post_channel_id`, by default the job's own; pings the requester.

    `cover_name` and `audio_name` are the names of the attachments that go with it.
    """
    return Reply(
        content=f"{parts.user(job.requester_id)} your song is ready!{_elsewhere(job)}",
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        links=parts.listen(job.song or parts.NO_SONG),
        mentions=(job.requester_id,),
    )


def song_direct(
    job: Job, *, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> Reply:
    """The post for a direct message."""
    return Reply(
        content=f"Your song is ready! You asked for it in {parts.channel(job.channel_id)}; "
        "it comes here because I could not post it there.",
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        links=parts.listen(job.song or parts.NO_SONG),
    )


def cover_description(song: Song) -> str:
    """The cover's alternative text, for those who have it read to them."""
    title = plain(song.title or "") or "a song without a title"
    tags = ", ".join(filter(None, map(plain, song.tags)))
    return clamp(f"Cover of {title}" + (f": {tags}" if tags else ""), MOST_DESCRIPTION_UNITS)


def _embed(
    job: Job, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> discord.Embed:
    made = job.song or parts.NO_SONG
    url = safe_url(made.song_url)
    facts = [
        *parts.song_facts(made),
        parts.took(job),
        parts.tags(made),
        parts.requester(job),
        parts.short_id(job),
    ]
    return sheet(
        title=escape_line(made.title or "") or "Your song",
        url=url,
        colour=Colour.SONG,
        body=[parts.prompt(job, MOST_PROMPT_UNITS), _audio_line(url, audio_name, audio_note)],
        facts=facts,
        image_url=_image_url(cover_name, made.image_url),
        footer=parts.footer(job),
        at=job.settled_at,
    )


def _elsewhere(job: Job) -> str:
    """Where it was asked for, or why it is posted there, on a server with a channel for results."""
    if job.results_channel_id in (None, job.channel_id) or job.is_private:
        return ""
    if job.post_channel_id == job.results_channel_id:
        return f" It was asked for in {parts.channel(job.channel_id)}."
    return f" Songs belong in {parts.channel(job.results_channel_id or 0)} here, but I can't post there."


def _audio_line(url: str | None, audio_name: str | None, audio_note: AudioNote | None) -> str:
    note = _AUDIO_NOTES[audio_note] if audio_note and not audio_name else ""
    return " · ".join(filter(None, (parts.audio_link(url), note)))


def _image_url(cover_name: str | None, image_url: str | None) -> str | None:
    if cover_name and _IMAGE_NAME.fullmatch(cover_name):
        return f"attachment://{cover_name}"
    return safe_url(image_url)

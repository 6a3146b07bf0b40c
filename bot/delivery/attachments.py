"""The files of a post: audio, which Discord plays inline, and a cover."""

import asyncio
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import discord
import structlog

from bot.delivery.media.downloads import MediaFetcher
from bot.delivery.media.errors import MediaError, MediaForbidden, MediaIncomplete, MediaTooLarge, MediaUnknown
from bot.domain.jobs import AudioNote, Job, JobState, Song
from bot.replies import post

log = structlog.get_logger(__name__)

MAX_COVER_BYTES = 4 * 1024 * 1024
MESSAGE_OVERHEAD_BYTES = 64 * 1024
"""Left free in Discord's size limit, which counts the whole request."""

MAX_STEM_CHARS = 60


STAND_IN_COVER = Path(__file__).with_name("stand_in_cover.png")
"""The placeholder for covers that cannot be downloaded; made by `scripts/paint_cover.py`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that can be sent any number of times until it is closed."""

    name: str
    content: io.BufferedIOBase
    size_bytes: int
    close: Callable[[], None]
    description: str | None = None

    def file(self) -> discord.File:
        """A new discord.File from the start of the content: each can be sent once only."""
        # A send leaves the content read to its end: the next one would upload 0 bytes.
        self.content.seek(0)
        return discord.File(self.content, filename=self.name, description=self.description)


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of a post. `audio_note` says why audio is missing, or None if the post need not mention it."""

    audio: Attachment | None = None
    cover: Attachment | None = None
    audio_note: AudioNote | None = None

    def files(self) -> list[discord.File]:
        """New files for one send, the cover first: the embed shows it, and the audio appears below."""
        return [attachment.file() for attachment in (self.cover, self.audio) if attachment]

    def __bool__(self) -> bool:
        return bool(self.cover or self.audio)

    def too_large(self) -> "Attachments":
        """The same without files, because they exceed Discord's size limit."""
        return Attachments(audio_note=AudioNote.TOO_LARGE if self.audio else self.audio_note)

    def not_accepted(self) -> "Attachments":
        """The same without files, because their upload fails or is refused."""
        return Attachments(audio_note=AudioNote.NOT_TAKEN if self.audio else self.audio_note)

    def without_files(self) -> "Attachments":
        """The same without files, because the bot may not attach any."""
        return replace(self, audio=None, cover=None)

    def close(self) -> None:
        """Close the files."""
        for attachment in (self.cover, self.audio):
            if attachment is not None:
                attachment.close()


class AttachmentBuilder:
    """Downloads the files of a song's post, or else checks that its audio link works."""

    def __init__(self, *, media: MediaFetcher, enabled: bool) -> None:
        """Without `enabled`, nothing is attached, and only the link is checked."""
        self._media = media
        self._enabled = enabled
        self._stand_in = STAND_IN_COVER.read_bytes()

    async def build(self, job: Job, *, limit_bytes: int) -> Attachments:
        """Download cover and audio of a completed job, together within `limit_bytes`.

        A download, even one that stops because the file is too large, also proves the link: only if attaching is
        disabled is the link checked by a request of its own.
        """
        if job.state is not JobState.COMPLETED or job.song is None:
            return Attachments()
        if not self._enabled:
            return Attachments(audio_note=await self._link_note(job, job.song))
        # The placeholder is sent where the cover cannot be, and has to fit beside the audio.
        room = limit_bytes - MESSAGE_OVERHEAD_BYTES - len(self._stand_in)
        cover, audio = await asyncio.gather(
            # A cover takes half of the room at most: the audio matters more.
            self._cover(job, job.song, min(MAX_COVER_BYTES, room // 2)),
            self._audio(job, job.song, room),
        )
        note = audio if isinstance(audio, AudioNote) else None
        file = audio if isinstance(audio, Attachment) else None
        # Both were downloaded at the same time, each within its own limit. If they do not fit together, the audio stays.
        if file and cover and file.size_bytes + cover.size_bytes > room:
            cover.close()
            cover = None
        return Attachments(audio=file, cover=cover or self._placeholder_cover(job, job.song), audio_note=note)

    async def _cover(self, job: Job, song: Song, max_bytes: int) -> Attachment | None:
        if song.image_url is None:
            return None
        try:
            file = await self._media.fetch_image(song.image_url, max_bytes=max_bytes)
        except MediaError as error:
            log.info("cover_not_attached", job=job, error=str(error))
            return None
        name = f"cover-{file_stem(job)}.{file.extension}"
        return Attachment(name, file.content, file.size_bytes, file.close, post.cover_description(song))

    def _placeholder_cover(self, job: Job, song: Song) -> Attachment:
        content = io.BytesIO(self._stand_in)
        described = post.cover_description(song, is_stand_in=True)
        return Attachment(
            f"cover-{file_stem(job)}.png", content, len(self._stand_in), content.close, described
        )

    async def _audio(self, job: Job, song: Song, max_bytes: int) -> Attachment | AudioNote | None:
        if song.song_url is None:
            return None
        try:
            file = await self._media.fetch_audio(song.song_url, max_bytes=max_bytes)
        except MediaError as error:
            log.info("audio_not_attached", job=job, error=str(error))
            return _audio_note(error)
        return Attachment(f"{file_stem(job)}.{file.extension}", file.content, file.size_bytes, file.close)

    async def _link_note(self, job: Job, song: Song) -> AudioNote | None:
        """What is wrong with the audio link; None if it plays, or there is none."""
        if song.song_url is None:
            return None
        try:
            await self._media.probe_audio(song.song_url)
        except MediaError as error:
            log.info("audio_does_not_play", job=job, error=str(error))
            return _audio_note(error)
        return None


def _audio_note(error: MediaError) -> AudioNote:
    match error:
        case MediaTooLarge():
            return AudioNote.TOO_LARGE
        case MediaIncomplete():
            return AudioNote.UNAVAILABLE
        # The bot did not look: the link may work for members.
        case MediaForbidden():
            return AudioNote.UNCHECKED
        case MediaUnknown():
            return AudioNote.UNKNOWN_KIND
        case _:
            return AudioNote.UNPLAYABLE


def file_stem(job: Job) -> str:
    """A portable ASCII file name without extension: the title, else the short ID."""
    title = job.song.title if job.song and job.song.title else ""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", ascii_title).strip("-").lower()
    return words[:MAX_STEM_CHARS].strip("-") or f"song-{job.short_id.lstrip('#')}"

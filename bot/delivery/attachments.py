"""What is attached to a post: the audio as an inline player, the cover so that it cannot vanish."""

import asyncio
import io
import re
import unicodedata
from dataclasses import dataclass

import discord
import structlog

from bot.errors import MediaError, MediaTooLarge
from bot.media import MediaFetcher, MediaFile
from bot.models import Job
from bot.replies import post
from bot.replies.post import AudioNote

log = structlog.get_logger(__name__)

MAX_COVER_BYTES = 4 * 1024 * 1024
MESSAGE_OVERHEAD_BYTES = 64 * 1024
"""Left free in Discord's size limit, which counts the whole request."""

MAX_STEM_CHARS = 60


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in memory; discord.py's own File can be sent only once, so one is made for each try."""

    name: str
    data: bytes
    description: str | None = None

    def file(self) -> discord.File:
        """The file, ready for one upload."""
        return discord.File(io.BytesIO(self.data), filename=self.name, description=self.description)


@dataclass(frozen=True, slots=True)
class Attachments:
    """What could be fetched for a post. `audio_note` says why there is no audio, where that is worth saying."""

    audio: Attachment | None = None
    cover: Attachment | None = None
    audio_note: AudioNote | None = None

    def files(self) -> list[discord.File]:
        """Fresh files for one try; the cover stands in the embed, the audio below it."""
        return [attachment.file() for attachment in (self.cover, self.audio) if attachment]

    def __bool__(self) -> bool:
        return bool(self.cover or self.audio)

    def too_large(self) -> "Attachments":
        """The same without files, because Discord would not take them."""
        return Attachments(audio_note=AudioNote.TOO_LARGE if self.audio else self.audio_note)


class Packer:
    """Fetches what a song's post needs. Whatever cannot be fetched is left out: the links remain."""

    def __init__(self, *, media: MediaFetcher, enabled: bool) -> None:
        self._media = media
        self._enabled = enabled

    async def pack(self, job: Job, *, limit_bytes: int) -> Attachments:
        """The cover and the audio of a completed job, together within `limit_bytes`."""
        if not self._enabled or job.song is None:
            return Attachments()
        room = limit_bytes - MESSAGE_OVERHEAD_BYTES
        cover_cap = min(MAX_COVER_BYTES, room // 2)
        cover, audio = await asyncio.gather(self._cover(job, cover_cap), self._audio(job, room))
        note = audio if isinstance(audio, AudioNote) else None
        file = audio if isinstance(audio, Attachment) else None
        if file is not None and cover is not None and len(file.data) + len(cover.data) > room:
            file, note = None, AudioNote.TOO_LARGE
        return Attachments(audio=file, cover=cover, audio_note=note)

    async def _cover(self, job: Job, max_bytes: int) -> Attachment | None:
        if job.song is None or job.song.image_url is None:
            return None
        try:
            file = await self._media.fetch_image(job.song.image_url, max_bytes=max_bytes)
        except MediaError as error:
            log.info("cover_not_attached", job=job.short_id, error=str(error))
            return None
        return Attachment(
            f"cover-{file_stem(job)}.{file.extension}", file.data, post.cover_description(job.song)
        )

    async def _audio(self, job: Job, max_bytes: int) -> Attachment | AudioNote | None:
        if job.song is None or job.song.song_url is None:
            return None
        try:
            file: MediaFile = await self._media.fetch_audio(job.song.song_url, max_bytes=max_bytes)
        except MediaTooLarge:
            return AudioNote.TOO_LARGE
        except MediaError as error:
            log.info("audio_not_attached", job=job.short_id, error=str(error))
            return AudioNote.UNAVAILABLE
        return Attachment(f"{file_stem(job)}.{file.extension}", file.data)


def file_stem(job: Job) -> str:
    """A file name that people recognise and every system takes: the title, else the short ID."""
    title = job.song.title if job.song and job.song.title else ""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", ascii_title).strip("-").lower()
    return words[:MAX_STEM_CHARS].strip("-") or f"song-{job.short_id.lstrip('#')}"

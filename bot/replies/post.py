"""The message with a finished song, for each route by which it is delivered."""

import re
from functools import partial

import discord

from bot.discord_io.message import Button, Reply
from bot.discord_io.text_length import clamp
from bot.domain.jobs import AudioNote, Job, Song
from bot.replies import buttons, formatting, job_text
from bot.replies.embed import Colour, build_embed
from bot.replies.links import safe_url
from bot.replies.locales import N_, _
from bot.replies.text import escape_line, paragraph, plain

MAX_PROMPT_UNITS = 200
"""The whole prompt is in `/job status`: a post fits one screen of a phone."""

MAX_DESCRIPTION_UNITS = 1024

MAX_TITLE_UNITS = 100

_IMAGE_NAME = re.compile(r"[\w.-]{1,200}\.(?:jpe?g|png|webp|gif)", re.ASCII | re.IGNORECASE)
"""File names that Discord accepts after `attachment://` in an embed."""


_READY = N_("Your song is ready!")
_MENTION_READY = N_("{requester}, your song is ready!")
_UNPLAYED = {
    AudioNote.UNPLAYABLE: N_("Whisul finished your song, but the link didn't play when I tried it."),
    AudioNote.UNCHECKED: N_("Whisul finished your song."),
    AudioNote.UNKNOWN_KIND: N_("Whisul finished your song."),
}
_MENTION_UNPLAYED = {
    AudioNote.UNPLAYABLE: N_(
        "{requester}, Whisul finished your song, but the link didn't play when I tried it."
    ),
    AudioNote.UNCHECKED: N_("{requester}, Whisul finished your song."),
    AudioNote.UNKNOWN_KIND: N_("{requester}, Whisul finished your song."),
}
"""Headlines for audio that the bot could not verify: the song is not called ready."""


def song(job: Job, *, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None) -> Reply:
    """The post for the channel in `job.post_channel_id`, by default the job's own; pings the requester.

    In a direct message nobody has to be named or pinged: Discord notifies of every message there.

    `cover_name` and `audio_name` are the file names of the attachments sent along, None without.
    """
    headline = _headline if job.is_direct else partial(_mention_headline, job)
    return Reply(
        paragraph(headline(audio_name, audio_note), _channel_note(job)),
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        alt=cover_description(job.song or job_text.NO_SONG),
        buttons=buttons.of_song(job),
        mentions=() if job.is_direct else (job.requester_id,),
    )


def deleted_title() -> str:
    """What the title of a forum's post becomes when its message is deleted and the post cannot be."""
    return _("Deleted song")


def forum_title(job: Job, *, is_titled: bool) -> str:
    """The title of a forum's post: the song's; without one, and if AutoMod refused it (not `is_titled`), its number."""
    title = plain((job.song or job_text.NO_SONG).title or "") if is_titled else ""
    return clamp(title or _("Song {id}", id=job.short_id), MAX_TITLE_UNITS)


def song_private(
    job: Job,
    *,
    cover_name: str | None,
    audio_name: str | None,
    audio_note: AudioNote | None,
    buttons: tuple[Button, ...],
) -> Reply:
    """The song in the ephemeral response to the command that requested it."""
    content = paragraph(_headline(audio_name, audio_note), _("Only you can see it."))
    return Reply(
        content,
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        alt=cover_description(job.song or job_text.NO_SONG),
        buttons=buttons,
    )


def private_ready(job: Job) -> Reply:
    """A ping after the ephemeral response was edited into the song: Discord notifies nobody of an edit."""
    return Reply(
        _(
            "{requester}, your private song is ready! See above.",
            requester=formatting.user_mention(job.requester_id),
        ),
        mentions=(job.requester_id,),
    )


def song_shared(
    job: Job, *, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> Reply:
    """The post that its requester shares; pings nobody."""
    return Reply(
        _("{requester} shared a song.", requester=formatting.user_mention(job.requester_id)),
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        alt=cover_description(job.song or job_text.NO_SONG),
        buttons=buttons.of_song(job),
    )


def song_direct(
    job: Job, *, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> Reply:
    """The song as a direct message."""
    return Reply(
        paragraph(_headline(audio_name, audio_note), job_text.why_direct_message(job)),
        embeds=(_embed(job, cover_name, audio_name, audio_note),),
        alt=cover_description(job.song or job_text.NO_SONG),
        buttons=buttons.of_direct_song(job),
    )


def cover_description(song: Song, *, is_stand_in: bool = False) -> str:
    """The alternative text of the cover, or of the placeholder picture, for screen readers."""
    title = plain(song.title or "") or _("a song without a title")
    tags = formatting.listed(filter(None, map(plain, song.tags)))
    described = f"{title} ({tags})" if tags else title
    # Translators: `described` is a title with tags: “Neon Rain (trap, dark)”.
    text = (
        _("Placeholder for the cover of {described}", described=described)
        if is_stand_in
        else _("Cover of {described}", described=described)
    )
    return clamp(text, MAX_DESCRIPTION_UNITS)


def _headline(audio_name: str | None, audio_note: AudioNote | None) -> str:
    if audio_name or audio_note is None:
        return _(_READY)
    return _(_UNPLAYED.get(audio_note, _READY))


def _mention_headline(job: Job, audio_name: str | None, audio_note: AudioNote | None) -> str:
    requester = formatting.user_mention(job.requester_id)
    if audio_name or audio_note is None:
        return _(_MENTION_READY, requester=requester)
    return _(_MENTION_UNPLAYED.get(audio_note, _MENTION_READY), requester=requester)


def _embed(
    job: Job, cover_name: str | None, audio_name: str | None, audio_note: AudioNote | None
) -> discord.Embed:
    song = job.song or job_text.NO_SONG
    url = safe_url(song.song_url)
    return build_embed(
        title=escape_line(song.title or "") or _("Your song"),
        colour=Colour.SONG,
        body=[job_text.quoted_prompt(job, MAX_PROMPT_UNITS), _audio_line(url, audio_name, audio_note)],
        fields=[
            *job_text.song_fields(song),
            job_text.tags_field(song),
        ],
        cover_url=_cover_url(cover_name, song.image_url),
        footer=job_text.footer(job),
        at=job.settled_at,
    )


def _channel_note(job: Job) -> str:
    """On servers with a channel for results: where the song was requested, or why it is not posted there."""
    if job.results_channel_id in (None, job.channel_id) or job.is_private:
        return ""
    if job.post_channel_id == job.results_channel_id:
        return _("You requested it in {channel}.", channel=formatting.channel_mention(job.channel_id))
    return _(
        "It belongs in {channel}, but I can't post there.",
        channel=formatting.channel_mention(job.results_channel_id or 0),
    )


def _audio_line(url: str | None, audio_name: str | None, audio_note: AudioNote | None) -> str:
    note = job_text.audio_note(audio_note) if audio_note and not audio_name else ""
    return " · ".join(filter(None, (job_text.audio_link(url), note)))


def _cover_url(cover_name: str | None, image_url: str | None) -> str | None:
    # A name that Discord does not accept would make it refuse the whole message.
    if cover_name and _IMAGE_NAME.fullmatch(cover_name):
        return f"attachment://{cover_name}"
    return safe_url(image_url)

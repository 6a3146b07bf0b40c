"""Answers of /playlist, and the message with which a playlist is shared."""

import discord

from bot.discord_io.message import Button, Reply
from bot.domain.jobs import Job
from bot.domain.playlists import MAX_PLAYLISTS, MAX_SONGS, Playlist, PlaylistFault
from bot.replies import formatting, job_text
from bot.replies.buttons import Control, custom_id
from bot.replies.embed import Colour, build_embed
from bot.replies.locales import N_, _
from bot.replies.text import escape_line, paragraph

_FAULTS = {
    PlaylistFault.UNKNOWN: (
        N_("I can't find that playlist. It may have been deleted."),
        N_("To create one, use `/playlist create`."),
    ),
    PlaylistFault.NAME_EMPTY: (
        N_("I can't create a playlist without a name."),
        N_("Choose a name, for example `/playlist create name: Rainy days`."),
    ),
    PlaylistFault.NAME_TAKEN: (
        N_("You already have the playlist {name} on this server."),
        N_("To add a song to it, use `/playlist add`."),
    ),
    PlaylistFault.NAME_BLOCKED: (
        N_("The admins of this server block a word in that name."),
        N_("Choose another name and try again right away."),
    ),
    PlaylistFault.NOT_PUBLIC: (
        N_("I can add only finished songs of this server that aren't private."),
        N_("To find one, use `/songs list`."),
    ),
    PlaylistFault.NOT_IN_IT: (
        N_("That song isn't in the playlist {name}."),
        N_("To see its songs, use `/playlist show`."),
    ),
}


def refused(fault: str, name: str) -> Reply:
    """Why a playlist was not changed or shown."""
    shown = _bold(name)
    if fault == PlaylistFault.TOO_MANY:
        return Reply(
            _(
                "You have {n} playlists on this server, which is the limit. To delete one, use `/playlist delete`.",
                n=MAX_PLAYLISTS,
            )
        )
    if fault == PlaylistFault.FULL:
        return Reply(
            _(
                "The playlist {name} has {n} songs, which is the limit. To remove one, use `/playlist remove`.",
                name=shown,
                n=MAX_SONGS,
            )
        )
    what, next_step = _FAULTS[PlaylistFault(fault)]
    return Reply(paragraph(_(what, name=shown), _(next_step)))


def created(name: str) -> Reply:
    """An empty playlist was created."""
    return Reply(_("Created {name}. To add a song, use `/playlist add`.", name=_bold(name)))


def added(playlist: Playlist, job: Job) -> Reply:
    """A song was added."""
    return Reply(_("Added {song} to {name}.", song=job_text.bold_name(job), name=_bold(playlist.name)))


def removed(playlist: Playlist, job: Job) -> Reply:
    """A song was removed."""
    return Reply(_("Removed {song} from {name}.", song=job_text.bold_name(job), name=_bold(playlist.name)))


def deleted(playlist: Playlist) -> Reply:
    """A playlist was deleted; its songs are still there."""
    return Reply(_("Deleted {name}. I kept its songs.", name=_bold(playlist.name)))


def shared(playlist: Playlist) -> Reply:
    """The message for a channel. It names no song: who presses the button sees those that they may see."""
    embed = build_embed(
        title=escape_line(playlist.name),
        colour=Colour.SONG,
        body=[
            formatting.plural(
                playlist.songs,
                "A playlist of {user} with {n} song.",
                "A playlist of {user} with {n} songs.",
                user=formatting.user_mention(playlist.user_id),
            )
        ],
        footer=_("The button shows you the songs that you can see."),
    )
    button = Button(
        custom_id=custom_id(Control.PLAYLIST, playlist.key),
        label=_("Show songs"),
        emoji="🎶",
        style=discord.ButtonStyle.primary,
    )
    return Reply(embeds=(embed,), buttons=(button,))


def _bold(name: str) -> str:
    return f"**{escape_line(name)}**"

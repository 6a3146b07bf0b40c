"""/playlist: named lists of songs, and the message that shares one."""

from collections.abc import Awaitable

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.jobs import Job
from bot.domain.playlists import MAX_NAME_CHARS, Playlist
from bot.domain.search import SearchScope, SongQuery
from bot.errors import ControlUnknown
from bot.interactions.components import has_component, parse_id, router_of
from bot.interactions.compose import guild_and_channel, post_locale
from bot.interactions.responses import acknowledge, answer, suggest
from bot.interactions.services import Services, services_of
from bot.replies import playlists, refusals, songs
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import in_language
from cogs.songs import MAX_REFERENCE_CHARS, show_page, viewer_of, viewer_scope_of

Name = app_commands.Range[str, 1, MAX_NAME_CHARS]
Reference = app_commands.Range[str, 1, MAX_REFERENCE_CHARS]
MAX_SUGGESTIONS = 25


class PlaylistsCog(commands.Cog):
    """Playlists of members. Each reader sees those songs of one that they may see."""

    playlist = app_commands.Group(
        name="playlist",
        description="Make and share playlists",
        extras={"servers_only": True},
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )

    def __init__(self, services: Services) -> None:
        self._services = services

    @playlist.command(name="create", description="Create an empty playlist")
    @app_commands.describe(name="What to call it; others see the name when you share it")
    async def create(self, interaction: discord.Interaction, name: Name) -> None:
        """Create a playlist."""
        guild_id, _ = guild_and_channel(interaction)
        await acknowledge(interaction, ephemeral=True)
        made = await self._services.playlists.create(name, user_id=interaction.user.id, guild_id=guild_id)
        await answer(interaction, playlists.created(made))

    @playlist.command(name="add", description="Add a song to a playlist of yours")
    @app_commands.describe(name="The playlist", song="The song's job ID, or its first 8 characters")
    async def add(self, interaction: discord.Interaction, name: Name, song: Reference) -> None:
        """Add a song that the user may see."""
        await acknowledge(interaction, ephemeral=True)
        own, job = await self._own(interaction, name), await self._look_up(interaction, song)
        if job is None:
            await answer(interaction, refusals.job_not_found(song))
            return
        await self._services.playlists.add(own, job)
        await answer(interaction, playlists.added(own, job))

    @playlist.command(name="remove", description="Remove a song from a playlist of yours")
    @app_commands.describe(name="The playlist", song="The song's job ID, or its first 8 characters")
    async def remove(self, interaction: discord.Interaction, name: Name, song: Reference) -> None:
        """Remove a song."""
        await acknowledge(interaction, ephemeral=True)
        own, job = await self._own(interaction, name), await self._look_up(interaction, song)
        if job is None:
            await answer(interaction, refusals.job_not_found(song))
            return
        await self._services.playlists.remove(own, job)
        await answer(interaction, playlists.removed(own, job))

    @playlist.command(name="show", description="Show a playlist of yours")
    @app_commands.describe(name="The playlist")
    async def show(self, interaction: discord.Interaction, name: Name) -> None:
        """Answer with the first page of the playlist."""
        await acknowledge(interaction, ephemeral=True)
        await self._show(interaction, await self._own(interaction, name))

    @playlist.command(name="share", description="Share a playlist of yours in this channel")
    @app_commands.describe(name="The playlist")
    async def share(self, interaction: discord.Interaction, name: Name) -> None:
        """Answer with a message that everyone in the channel sees."""
        await acknowledge(interaction, ephemeral=False)
        own = await self._own(interaction, name)
        with in_language(await post_locale(self._services, interaction)):
            reply = playlists.shared(own)
        await answer(interaction, reply)

    @playlist.command(name="delete", description="Delete a playlist of yours; its songs stay")
    @app_commands.describe(name="The playlist")
    async def delete(self, interaction: discord.Interaction, name: Name) -> None:
        """Delete a playlist."""
        await acknowledge(interaction, ephemeral=True)
        own = await self._own(interaction, name)
        await self._services.store.playlists.delete(own.key)
        await answer(interaction, playlists.deleted(own))

    @add.autocomplete("name")
    @remove.autocomplete("name")
    @show.autocomplete("name")
    @share.autocomplete("name")
    @delete.autocomplete("name")
    async def names(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The user's playlists in this server."""
        return await suggest(interaction, self._names(typed, interaction))

    @add.autocomplete("song")
    async def songs_to_add(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The user's own newest songs; others are added by their job ID."""
        found = self._services.song_search.suggestions(typed, user_id=interaction.user.id)
        return await suggest(interaction, self._choices(found))

    @remove.autocomplete("song")
    async def songs_to_remove(
        self, interaction: discord.Interaction, _typed: str
    ) -> list[app_commands.Choice[str]]:
        """The songs of the playlist that is typed in the other option."""
        return await suggest(interaction, self._choices(self._songs_of(interaction)))

    async def open_shared(self, interaction: discord.Interaction, argument: str) -> None:
        """The button of a shared playlist: answer with those of its songs that the presser may see."""
        key = parse_id(argument)
        # Keys can be guessed: only a message with this button shows that the playlist was shared.
        if not has_component(interaction, custom_id(Control.PLAYLIST, key)):
            raise ControlUnknown(argument)
        guild_id, _ = guild_and_channel(interaction)
        await acknowledge(interaction, ephemeral=True)
        await self._show(interaction, await self._services.playlists.shared(key, guild_id=guild_id))

    async def _show(self, interaction: discord.Interaction, shown: Playlist) -> None:
        query = SongQuery(scope=SearchScope.SERVER, playlist_key=shown.key, playlist_name=shown.name)
        page = await self._services.song_search.search(query, viewer_scope_of(interaction))
        await show_page(self._services, interaction, page)

    async def _own(self, interaction: discord.Interaction, name: str) -> Playlist:
        guild_id, _ = guild_and_channel(interaction)
        return await self._services.playlists.own(name, user_id=interaction.user.id, guild_id=guild_id)

    async def _look_up(self, interaction: discord.Interaction, reference: str) -> Job | None:
        return await self._services.job_lookup.look_up(reference, viewer_of(interaction))

    async def _names(self, typed: str, interaction: discord.Interaction) -> list[app_commands.Choice[str]]:
        guild_id, _ = guild_and_channel(interaction)
        names = await self._services.playlists.suggestions(
            typed, user_id=interaction.user.id, guild_id=guild_id
        )
        return [app_commands.Choice(name=name, value=name) for name in names]

    async def _songs_of(self, interaction: discord.Interaction) -> list[Job]:
        guild_id, _ = guild_and_channel(interaction)
        name = str(getattr(interaction.namespace, "name", ""))
        # While the name is being typed there is no such playlist, which is no error.
        own = await self._services.store.playlists.find(name, user_id=interaction.user.id, guild_id=guild_id)
        if own is None:
            return []
        found = await self._services.store.playlists.songs(own.key, limit=MAX_SUGGESTIONS)
        viewer = viewer_of(interaction)
        return [job for job in found if viewer.may_see(job)]

    async def _choices(self, query: Awaitable[list[Job]]) -> list[app_commands.Choice[str]]:
        jobs, now = await query, self._services.clock.now()
        return [app_commands.Choice(name=songs.suggestion(job, now=now), value=job.reference) for job in jobs]


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = PlaylistsCog(services_of(bot))
    await bot.add_cog(cog)
    router_of(bot).add(Control.PLAYLIST, cog.open_shared)

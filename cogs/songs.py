"""/job status and /songs: look up one song, search, favorites, and the chart."""

import asyncio
from enum import StrEnum
from typing import Generic, TypeVar

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.discord_io.message import Button
from bot.discord_io.payloads import job_url
from bot.discord_io.permissions import cached_permissions
from bot.domain.jobs import Job
from bot.domain.search import (
    MAX_TEXT_CHARS,
    ChartPeriod,
    Page,
    PageTarget,
    SearchScope,
    SongQuery,
    Sort,
    Stage,
    ViewerScope,
)
from bot.errors import ControlUnknown
from bot.interactions.components import has_component, parse_id, router_of, selected_values
from bot.interactions.compose import guild_and_channel, is_foreign
from bot.interactions.responses import acknowledge, acknowledge_press, answer, suggest
from bot.interactions.services import Services, services_of
from bot.replies import chart, refusals, sharing, songs, status
from bot.replies.buttons import Control, custom_id
from bot.replies.time_spans import reader
from bot.services.job_lookup import Viewer
from bot.services.song_search import MAX_DURATION_CHARS, parse_duration_s

MAX_REFERENCE_CHARS = 600  # the longest job ID, and spaces or quotes around it

E = TypeVar("E", bound=StrEnum)


class EnumOption(app_commands.Transformer, Generic[E]):
    """A command option whose choices are the values of an enum."""

    def __init__(self, enum: type[E]) -> None:
        self._enum = enum

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """Every value, in the enum's order."""
        return [
            app_commands.Choice(name=locale_str(songs.choice_name(each)), value=each.value)
            for each in self._enum
        ]

    async def transform(self, _interaction: discord.Interaction, value: str, /) -> E:
        """The chosen member of the enum."""
        return self._enum(value)


Text = app_commands.Range[str, 1, MAX_TEXT_CHARS]
Duration = app_commands.Range[str, 1, MAX_DURATION_CHARS]
Bpm = app_commands.Range[float, 0, 10_000]


class SongsCog(commands.Cog):
    """Look-ups of songs, under the access rule: users see nothing that they cannot see in Discord."""

    job = app_commands.Group(
        name="job",
        description="Look up the songs you requested",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    songs = app_commands.Group(
        name="songs",
        description="List, search and rank songs",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    def __init__(self, services: Services) -> None:
        self._services = services

    # --- one song -----------------------------------------------------------------------------------------------

    @job.command(name="status", description="Show the progress of a song, or where it is")
    @app_commands.describe(job_id="The job ID on the card, or its first 8 characters")
    async def status(
        self, interaction: discord.Interaction, job_id: app_commands.Range[str, 1, MAX_REFERENCE_CHARS]
    ) -> None:
        """Answer how one job stands."""
        await acknowledge(interaction, ephemeral=True)
        await self._show(interaction, job_id)

    @status.autocomplete("job_id")
    async def suggest_job(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """The user's own newest jobs that match what was typed; no choices after an error."""
        return await suggest(interaction, self._suggestions(typed, interaction.user.id))

    async def _suggestions(self, typed: str, user_id: int) -> list[app_commands.Choice[str]]:
        jobs = await self._services.song_search.suggestions(typed, user_id=user_id)
        now = self._services.clock.now()
        return [app_commands.Choice(name=songs.suggestion(job, now=now), value=job.reference) for job in jobs]

    async def show_selected(self, interaction: discord.Interaction, _argument: str) -> None:
        """A song was selected in a list: answer as /job status does."""
        await acknowledge(interaction, ephemeral=True)
        (key,) = selected_values(interaction) or ("",)
        await self._show(interaction, f"#{parse_id(key)}")

    async def show_details(self, interaction: discord.Interaction, argument: str) -> None:
        """The button of an answer about one job: replace it by everything known about the job."""
        key = parse_id(argument)
        # Only answers that one person reads have this button; a forged press must not put details into a public message.
        if not has_component(interaction, custom_id(Control.DETAILS, key)):
            raise ControlUnknown(argument)
        await acknowledge_press(interaction)
        await self._show(interaction, f"#{key}", is_detailed=True)

    async def _show(
        self, interaction: discord.Interaction, reference: str, *, is_detailed: bool = False
    ) -> None:
        viewer = viewer_of(interaction)
        job = await self._services.job_lookup.look_up(reference, viewer)
        if job is None:
            await answer(interaction, refusals.job_not_found(reference))
            return
        found = await self._services.job_lookup.status(job)
        job = found.job
        reply = status.job_status(
            job,
            now=found.now,
            expectation=found.expectation,
            jump_url=job_url(job, reader_id=interaction.user.id),
            ahead=found.ahead,
            waiting=await self._services.cards.waiting_view(job),
            buttons=posting_buttons(job, interaction),
            lineage=await self._services.job_lookup.lineage(job, viewer) if is_detailed else None,
        )
        await answer(interaction, reply)
        # After the answer: a result that no route could deliver counts as delivered once its requester has seen it.
        if interaction.user.id == job.requester_id and job.state.is_final:
            await self._services.store.outbox.mark_delivered(job.key, now=self._services.clock.now())

    # --- lists --------------------------------------------------------------------------------------------------

    @songs.command(name="list", description="List and search songs")
    @app_commands.describe(
        scope="Your songs from everywhere, your favorites, or all that you can see in this channel or server",
        state="Only songs in this state; finished by default",
        text="Words in the prompt, the title or the tags",
        bpm_min="Slowest tempo in beats per minute",
        bpm_max="Fastest tempo in beats per minute",
        duration_min="Shortest duration, for example 2:30 or 150",
        duration_max="Longest duration, for example 2:30 or 150",
        sort="Which songs come first",
    )
    async def list_songs(
        self,
        interaction: discord.Interaction,
        scope: app_commands.Transform[SearchScope, EnumOption(SearchScope)] = SearchScope.MINE,
        state: app_commands.Transform[Stage, EnumOption(Stage)] = Stage.FINISHED,
        text: Text | None = None,
        bpm_min: Bpm | None = None,
        bpm_max: Bpm | None = None,
        duration_min: Duration | None = None,
        duration_max: Duration | None = None,
        sort: app_commands.Transform[Sort, EnumOption(Sort)] = Sort.NEWEST,
    ) -> None:
        """Answer with the first page of the results."""
        await acknowledge(interaction, ephemeral=True)
        in_english = reader()
        query = SongQuery(
            scope=scope,
            stage=state,
            sort=sort,
            text=text or "",
            bpm_min=bpm_min,
            bpm_max=bpm_max,
            duration_min_s=parse_duration_s(duration_min, in_english) if duration_min else None,
            duration_max_s=parse_duration_s(duration_max, in_english) if duration_max else None,
        )
        await self._search(interaction, query)

    @songs.command(name="favorites", description="List the songs you like")
    async def favorites(self, interaction: discord.Interaction) -> None:
        """Answer with the first page of the songs that the user likes."""
        await acknowledge(interaction, ephemeral=True)
        await self._search(interaction, SongQuery(scope=SearchScope.FAVORITES))

    @songs.command(name="chart", description="Show the most liked songs on this server")
    @app_commands.guild_only()
    @app_commands.describe(period="Which likes count; those of the last 7 days by default")
    async def chart(
        self,
        interaction: discord.Interaction,
        period: app_commands.Transform[ChartPeriod, EnumOption(ChartPeriod)] = ChartPeriod.WEEK,
    ) -> None:
        """Answer with the chart of a period."""
        guild_and_channel(interaction)
        await acknowledge(interaction, ephemeral=True)
        await self._show_chart(interaction, period)

    async def turn_chart(self, interaction: discord.Interaction, argument: str) -> None:
        """The button of a chart: replace it by that of another period."""
        if argument not in tuple(ChartPeriod):
            raise ControlUnknown(argument)
        guild_and_channel(interaction)
        await acknowledge_press(interaction)
        await self._show_chart(interaction, ChartPeriod(argument))

    async def _show_chart(self, interaction: discord.Interaction, period: ChartPeriod) -> None:
        entries = await self._services.song_search.chart(period, viewer_scope_of(interaction))
        reader_id = interaction.user.id
        picture = None
        if interaction.app_permissions.attach_files:
            picture = await asyncio.to_thread(chart.picture, entries)
        reply = chart.chart(
            entries,
            period,
            link_of=lambda job: job_url(job, reader_id=reader_id),
            now=self._services.clock.now(),
            has_picture=picture is not None,
        )
        await answer(interaction, reply, files=lambda: [picture.file()] if picture else [])

    async def _search(self, interaction: discord.Interaction, query: SongQuery) -> None:
        page = await self._services.song_search.search(query, viewer_scope_of(interaction))
        await show_page(self._services, interaction, page)

    async def turn_page(self, interaction: discord.Interaction, argument: str) -> None:
        """A button of a list: replace its page by another."""
        key, _, target = argument.partition(":")
        search_key, page_target = parse_id(key), _page_target(target)
        await acknowledge_press(interaction)
        page = await self._services.song_search.page(search_key, page_target, viewer_scope_of(interaction))
        await show_page(self._services, interaction, page)


async def show_page(services: Services, interaction: discord.Interaction, page: Page) -> None:
    """Answer with a page of a list."""
    reader_id = interaction.user.id
    reply = songs.page(page, link_of=lambda job: job_url(job, reader_id=reader_id), now=services.clock.now())
    await answer(interaction, reply)


def _page_target(value: str) -> PageTarget | int:
    """The page in a button's custom ID. Raises ControlUnknown for anything else."""
    try:
        return PageTarget(value)
    except ValueError:
        return parse_id(value)


def posting_buttons(job: Job, interaction: discord.Interaction) -> tuple[Button, ...]:
    """The buttons by which the requester posts a finished song; a private one only in the server of its request."""
    guild = interaction.guild
    if guild is None or is_foreign(interaction) or interaction.user.id != job.requester_id:
        return ()
    if not job.is_private:
        return sharing.post_here_button(job)
    channel = guild.get_channel_or_thread(job.channel_id)
    return sharing.share_button(job, channel.name if channel else None) if guild.id == job.guild_id else ()


def viewer_of(interaction: discord.Interaction) -> Viewer:
    """The user, and which channels of the server of the interaction they can see."""
    member, guild = interaction.user, interaction.guild

    def can_see(channel_id: int) -> bool:
        if channel_id == interaction.channel_id:
            return True
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is None or not isinstance(member, discord.Member):
            return False
        granted = cached_permissions(channel, member)
        if granted is None:
            return False
        # Who belongs to a private thread is not in the cache; members with Manage Threads see all threads.
        if isinstance(channel, discord.Thread) and channel.is_private():
            return granted.manage_threads
        return granted.view_channel

    return Viewer(user_id=member.id, guild_id=interaction.guild_id, can_see=can_see)


def viewer_scope_of(interaction: discord.Interaction) -> ViewerScope:
    """The same for searches: all channels that the user can see."""
    viewer, guild = viewer_of(interaction), interaction.guild
    known = [channel.id for channel in (*guild.channels, *guild.threads)] if guild else []
    # The channel of the interaction may be missing from the cache, for example an archived thread.
    if interaction.channel_id is not None:
        known.append(interaction.channel_id)
    return ViewerScope(
        user_id=viewer.user_id,
        guild_id=viewer.guild_id,
        channel_id=interaction.channel_id,
        visible_channel_ids=frozenset(filter(viewer.can_see, known)),
    )


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = SongsCog(services_of(bot))
    router_of(bot).add(Control.SONGS, cog.turn_page)
    router_of(bot).add(Control.CHART, cog.turn_chart)
    router_of(bot).add(Control.SHOW, cog.show_selected)
    router_of(bot).add(Control.DETAILS, cog.show_details)
    await bot.add_cog(cog)

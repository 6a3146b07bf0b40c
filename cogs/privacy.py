"""/privacy: show, export and erase personal data; and events about the servers that the bot is in."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_io.payloads import job_url
from bot.domain.shards import Shards
from bot.interactions.components import parse_id, router_of
from bot.interactions.responses import acknowledge, acknowledge_press, answer, answer_privately
from bot.interactions.services import Services, services_of
from bot.replies import privacy
from bot.replies.buttons import Control

FILE_NAME = "your-data.json"
WIPE_WITHIN_S = 5.0
"""How long the answer to an erasure waits for the edits of cards."""


class PrivacyCog(commands.Cog):
    """Personal data of users, and data of servers that the bot was removed from."""

    privacy = app_commands.Group(
        name="privacy",
        description="See, export or erase what I store about you",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self._bot = bot
        self._services = services

    @privacy.command(name="show", description="Show what I store about you, for how long, and why")
    async def show(self, interaction: discord.Interaction) -> None:
        """Answer with how much is stored about the user."""
        await acknowledge(interaction, ephemeral=True)
        service = self._services.privacy
        # The operator may set a fraction of a day.
        days = service.erase_left_guilds_after.total_seconds() / 86_400
        reply = privacy.stored_data(
            await service.summary(interaction.user.id),
            erased_after_days=days,
            kept_days=service.max_retention_days,
        )
        await answer(interaction, reply)

    @privacy.command(name="export", description="Get everything I store about you as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Answer with the user's data as a JSON file."""
        await acknowledge(interaction, ephemeral=True)
        export = await self._services.privacy.export(interaction.user.id)
        await answer(
            interaction,
            privacy.export_file(export),
            files=lambda: [discord.File(io.BytesIO(export.document), FILE_NAME)],
        )

    @privacy.command(name="delete", description="Erase everything I store about you")
    async def delete(self, interaction: discord.Interaction) -> None:
        """Answer with what an erasure removes, and a button to confirm it."""
        await acknowledge(interaction, ephemeral=True)
        stored = await self._services.privacy.summary(interaction.user.id)
        reply = privacy.confirm_erasure(stored, user_id=interaction.user.id)
        await answer(interaction, reply)

    async def erase(self, interaction: discord.Interaction, argument: str) -> None:
        """The confirmation: erase the user's data, remove prompts from cards, answer."""
        if parse_id(argument) != interaction.user.id:
            await answer_privately(interaction, privacy.not_yours())
            return
        await acknowledge_press(interaction)
        erased = await self._services.privacy.erase(interaction.user.id)
        # Before the answer, which fails if the user has dismissed it; cards that remain are edited in the background.
        cards_left = await self._services.card_wiper.wipe_now(erased.cards, within_s=WIPE_WITHIN_S)
        links = [job_url(job, reader_id=interaction.user.id) for job in erased.posted]
        reply = privacy.erased(erased, links=[link for link in links if link], cards_left=cards_left)
        await answer(interaction, reply)

    # --- servers ------------------------------------------------------------------------------------------------

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """READY lists every server that the bot is in, including those with an outage: others were left meanwhile."""
        shard = Shards(self._bot.shard_count or 1, frozenset({self._bot.shard_id or 0}))
        await self._services.privacy.sync_guilds([guild.id for guild in self._bot.guilds], of_shard=shard)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        await self._services.privacy.guild_joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """The end of an outage; discord.py also sends this for a new server with `unavailable: false`."""
        await self._services.privacy.guild_joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server; for an outage discord.py sends another event."""
        await self._services.privacy.guild_left(guild.id)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = PrivacyCog(bot, services_of(bot))
    router_of(bot).add(Control.ERASE, cog.erase)
    await bot.add_cog(cog)

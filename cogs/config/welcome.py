"""The welcome in servers that the bot has joined."""

from discord import Guild
from discord.ext import commands

from bot.interactions.services import Services


class Welcome(commands.Cog):
    """Has each server welcomed once. Events of old servers arrive here, too, after a start and after an outage."""

    def __init__(self, services: Services) -> None:
        self._notices = services.notices

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """From the first start on, joined servers are welcomed."""
        await self._notices.since()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: Guild) -> None:
        """A server without `unavailable`: a new one, as a rule."""
        await self._notices.welcome(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: Guild) -> None:
        """A server with `unavailable: false`: after a start or an outage, and sometimes a new one."""
        await self._notices.welcome(guild)

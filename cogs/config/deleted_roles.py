"""Rules of roles that are deleted: nobody can have such a role any more, and Discord's lists no longer offer it."""

import structlog
from discord import Role
from discord.ext import commands

from bot.domain.policy.edits import with_role
from bot.domain.policy.errors import PolicyUnchanged
from bot.domain.policy.model import Policy
from bot.interactions.services import Services

log = structlog.get_logger(__name__)


class DeletedRoles(commands.Cog):
    """Removes the rule of a role that is deleted while the bot is connected; the log names the bot as its author."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self._bot = bot
        self._settings = services.server_settings

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: Role) -> None:
        """A role was deleted: most have no rule, so the policy in the cache is asked first."""
        guild_id, me = role.guild.id, self._bot.user
        if me is None or role.id not in (await self._settings.policy(guild_id)).roles:
            return

        def without_rule(policy: Policy) -> Policy:
            return with_role(policy, role.id, None)

        try:
            await self._settings.apply(guild_id, without_rule, what="role:deleted", by=me.id)
        except PolicyUnchanged:  # an admin was faster
            log.debug("role_rule_gone", guild_id=guild_id, role_id=role.id)

"""/config words, member, retention and fairness: blocked words and members, the retention period, the order of the queue."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.domain.policy.edits import with_blocked_member, with_fields, with_words
from bot.domain.policy.model import MAX_WORD_CHARS
from bot.interactions.responses import acknowledge, answer
from bot.replies.config import blocked
from cogs.config.base import AdminGroup, apply, guild_id_of, propose

ORDERS = [
    app_commands.Choice(name=locale_str("members take turns"), value="turns"),
    app_commands.Choice(name=locale_str("first come, first served"), value="first"),
]
LONGEST_DAYS = 3650

Word = app_commands.Range[str, 1, MAX_WORD_CHARS]


class WordCommands(AdminGroup, name="words", description="Words and phrases not allowed in prompts"):
    """Commands for blocked words."""

    @app_commands.command(description="Block a word or phrase, including disguised spellings")
    @app_commands.describe(word="The word or phrase; only whole words match")
    async def add(self, interaction: discord.Interaction, word: Word) -> None:
        """Add a blocked word or phrase."""
        await apply(
            self.services,
            interaction,
            lambda policy: with_words(policy, add=[word]),
            what="the blocked words",
        )

    @app_commands.command(description="Allow a word or phrase again")
    @app_commands.describe(word="The word or phrase as shown in the list")
    async def remove(self, interaction: discord.Interaction, word: Word) -> None:
        """Remove a blocked word or phrase."""
        await apply(
            self.services,
            interaction,
            lambda policy: with_words(policy, remove=[word]),
            what="the blocked words",
        )

    @app_commands.command(name="list", description="Show the blocked words and phrases")
    async def listed(self, interaction: discord.Interaction) -> None:
        """Send the list."""
        await acknowledge(interaction, ephemeral=True)
        await answer(
            interaction,
            blocked.words(await self.services.server_settings.policy(guild_id_of(interaction))),
        )


class MemberCommands(AdminGroup, name="member", description="Members who can't request songs"):
    """Commands for blocked members. The option takes anybody, so that members who have left can be blocked and allowed."""

    @app_commands.command(
        description="Block a member from requesting songs; songs already requested are still made"
    )
    @app_commands.describe(member="The member; an ID works too, for members who left")
    async def block(self, interaction: discord.Interaction, member: discord.User) -> None:
        """Block a member."""
        await self._apply(interaction, member, is_blocked=True)

    @app_commands.command(description="Allow a blocked member to request songs again")
    @app_commands.describe(member="The member; an ID works too, for members who left")
    async def allow(self, interaction: discord.Interaction, member: discord.User) -> None:
        """Allow a member again."""
        await self._apply(interaction, member, is_blocked=False)

    @app_commands.command(name="list", description="Show the blocked members")
    async def listed(self, interaction: discord.Interaction) -> None:
        """Send the list."""
        await acknowledge(interaction, ephemeral=True)
        policy = await self.services.server_settings.policy(guild_id_of(interaction))
        await answer(interaction, blocked.members(policy))

    async def _apply(
        self, interaction: discord.Interaction, member: discord.User, *, is_blocked: bool
    ) -> None:
        await apply(
            self.services,
            interaction,
            lambda policy: with_blocked_member(policy, member.id, is_blocked=is_blocked),
            what="the blocked members",
        )


class RetentionCommands(
    AdminGroup, name="retention", description="How long I keep prompts and results, and whose song is next"
):
    """Commands for the retention period and the order of the queue."""

    @app_commands.command(description="Set how many days I keep prompts and results")
    @app_commands.describe(days="1 to 3650; leave it out to keep them until somebody erases them")
    async def retention(
        self, interaction: discord.Interaction, days: app_commands.Range[int, 1, LONGEST_DAYS] | None = None
    ) -> None:
        """Propose it instead of saving at once, because an erasure cannot be undone."""
        await propose(
            self.services,
            interaction,
            lambda policy: with_fields(policy, retention_days=days),
            what="how long I keep prompts and results",
        )

    @app_commands.command(description="Set whose song is next when several wait")
    @app_commands.describe(order="Members take turns, or first come, first served")
    @app_commands.choices(order=ORDERS)
    async def fairness(self, interaction: discord.Interaction, order: app_commands.Choice[str]) -> None:
        """Save the order."""
        await apply(
            self.services,
            interaction,
            lambda policy: with_fields(policy, first_come=order.value == "first"),
            what="the queue order",
        )

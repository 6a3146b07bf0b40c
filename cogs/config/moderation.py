"""/config words, retention and fairness: blocked words, the retention period, and the order of the queue."""

import discord
from discord import app_commands

from bot.domain.policy.edits import with_fields, with_words
from bot.domain.policy.model import MAX_WORD_CHARS
from bot.interactions.responses import acknowledge, answer
from bot.replies.config import panel
from cogs.config.base import AdminGroup, apply, guild_id_of, propose

ORDERS = [
    app_commands.Choice(name="members take turns", value="turns"),
    app_commands.Choice(name="first come, first served", value="first"),
]
LONGEST_DAYS = 3650

Word = app_commands.Range[str, 1, MAX_WORD_CHARS]


class WordCommands(AdminGroup, name="words", description="Words and phrases that no prompt may hold"):
    """Commands for blocked words."""

    @app_commands.command(description="Block a word or phrase, however it is dressed up")
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
    @app_commands.describe(word="The word or phrase, as the list shows it")
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
            panel.blocked_words(await self.services.server_settings.policy(guild_id_of(interaction))),
        )


class RetentionCommands(
    AdminGroup, name="retention", description="How long things are kept, and who is next"
):
    """Commands for the retention period and the order of the queue."""

    @app_commands.command(description="How many days prompts and results are kept")
    @app_commands.describe(days="1 to 3650; left out: until somebody asks to have them erased")
    async def retention(
        self, interaction: discord.Interaction, days: app_commands.Range[int, 1, LONGEST_DAYS] | None = None
    ) -> None:
        """Propose it instead of saving at once, because an erasure cannot be undone."""
        await propose(
            self.services,
            interaction,
            lambda policy: with_fields(policy, retention_days=days),
            what="how long prompts and results are kept",
        )

    @app_commands.command(description="Whose song is made next when many wait")
    @app_commands.describe(order="Members take turns, or first come, first served")
    @app_commands.choices(order=ORDERS)
    async def fairness(self, interaction: discord.Interaction, order: app_commands.Choice[str]) -> None:
        """Save the order."""
        await apply(
            self.services,
            interaction,
            lambda policy: with_fields(policy, first_come=order.value == "first"),
            what="the order of the queue",
        )

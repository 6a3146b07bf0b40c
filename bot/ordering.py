"""From an interaction to a queued job and its card: the one way in for the command, the forms and the buttons."""

import discord
from discord import app_commands

from bot.answers import BotMayNot, acknowledge
from bot.composer import Request
from bot.models import Job
from bot.services import Services

NEEDED = ("view_channel", "embed_links", "read_message_history")


async def order(
    services: Services,
    interaction: discord.Interaction,
    prompt: str,
    *,
    parent_key: int | None = None,
    is_private: bool = False,
) -> Job:
    """Check what can be checked at once, promise, acknowledge, write down, show the card.

    The interaction must not be acknowledged yet. A private job is acknowledged privately, and nothing of it needs
    a permission in the channel.

    Raises:
        BotMayNot, app_commands.NoPrivateMessage: as `where`.
        PromptEmpty, PromptTooLong, ShuttingDown, StoreError: and nothing was spent.
    """
    services.composer.admit(prompt)
    guild_id, channel_id = where(interaction, is_private=is_private)
    request = Request(
        prompt=prompt,
        guild_id=guild_id,
        channel_id=channel_id,
        requester_id=interaction.user.id,
        interaction_token=interaction.token,
        interaction_expires_at=interaction.expires_at,
        parent_key=parent_key,
        is_private=is_private,
    )
    async with services.promises.made(interaction):
        await acknowledge(interaction, ephemeral=is_private)
        job = await services.composer.compose(request)
    await services.cards.refresh(job.key)
    return job


def where(interaction: discord.Interaction, *, is_private: bool = False) -> tuple[int, int]:
    """The server and the channel of a request, once it is certain that the bot can answer it there.

    Raises:
        BotMayNot: with every permission that a public song needs there and that is missing.
        app_commands.NoPrivateMessage: outside servers.
    """
    if interaction.guild_id is None or interaction.channel_id is None:
        raise app_commands.NoPrivateMessage
    if not is_private:
        in_thread = isinstance(interaction.channel, discord.Thread)
        needed = (*NEEDED, "send_messages_in_threads" if in_thread else "send_messages")
        # Discord's own word for this channel: right even when nothing is cached.
        granted = interaction.app_permissions
        if missing := [name for name in needed if not getattr(granted, name)]:
            raise BotMayNot(missing, interaction.channel_id)
    return interaction.guild_id, interaction.channel_id

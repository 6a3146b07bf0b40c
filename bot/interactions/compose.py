"""Turns an interaction into a queued job with a card. The command, the forms and the buttons all use it."""

import asyncio
from functools import partial
from typing import NamedTuple

import discord
import structlog
from discord import app_commands
from discord.abc import Snowflake
from discord.app_commands import AppCommandThread

from bot.discord_io.errors import DISCORD_ERRORS, describe
from bot.discord_io.permissions import missing_for_posts, timed_out_until
from bot.domain.jobs import INTERACTION_LIFE_S, Job
from bot.errors import AnswerTooLate, BotMissingPermissions, BotTimedOut
from bot.interactions.responses import acknowledge
from bot.interactions.services import Services
from bot.replies.locales import ENGLISH
from bot.services.requests import Request

log = structlog.get_logger(__name__)

COMMUNITY = "COMMUNITY"
"""Discord's name for the feature of a community server."""

ANSWERABLE_S = 13 * 60.0
"""Discord's 15 minutes, less what waits vary by."""

FETCH_TIMEOUT_S = 1.0
"""The parent of a thread is fetched before the acknowledgement, which Discord expects within 3 seconds."""


async def request_song(
    services: Services,
    interaction: discord.Interaction,
    prompt: str,
    *,
    parent_key: int | None = None,
    is_private: bool = False,
) -> Job:
    """Validate the request, acknowledge the interaction, store the job and send its card.

    The interaction must not be acknowledged yet. A private job is acknowledged ephemerally and needs no permission of
    the bot in the channel. In a direct message no job is private: nobody else reads it anyway. Where the bot is no
    member every job is.

    Raises:
        RequestError, BotMissingPermissions, app_commands.NoPrivateMessage, StoreError: nothing was spent.
    """
    # All checks precede the acknowledgement: a refusal can still be ephemeral then, and nothing has to be undone.
    prompt = services.requests.validated_prompt(prompt)
    place = place_of(services, interaction)
    if place.is_foreign:
        await require_answer_in_time(services)
    root_id, category_id = await channel_and_category(interaction, interaction.channel)
    request = await services.requests.apply_policy(
        Request(
            prompt=prompt,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            root_channel_id=root_id,
            category_id=category_id,
            requester_id=interaction.user.id,
            role_ids=role_ids_of(interaction.user),
            interaction_id=interaction.id,
            interaction_token=interaction.token,
            interaction_expires_at=services.clock.deadline_in(INTERACTION_LIFE_S),
            parent_key=parent_key,
            is_private=place.is_foreign or (is_private and place.guild_id is not None),
            locale=str(interaction.locale),
            guild_locale=str(interaction.locale) if place.guild_id is None else guild_locale(interaction),
        )
    )
    if not request.is_private:
        require_post_permissions(interaction)
    # The pending acknowledgement is stored before it is sent, and deleted with the insert of the job: after a crash in between
    # the next start tells the user that nothing was spent.
    async with services.acknowledgements.pending(
        interaction,
        partial(acknowledge, interaction, ephemeral=request.is_private),
        locale=request.locale if request.is_private else request.guild_locale,
    ):
        job = await services.requests.compose(request)
    # Last: the job is stored, so a crash or an error here loses no more than the first card.
    await services.cards.draw_first(job)
    await services.notices.warn_of_usage(request.context(), services.server_settings.caps)
    return job


class Place(NamedTuple):
    """Where a song is requested: `guild_id` is None outside the bot's servers, `is_foreign` where it is no member."""

    guild_id: int | None
    channel_id: int
    is_foreign: bool = False


def place_of(services: Services, interaction: discord.Interaction) -> Place:
    """Where the interaction requests a song.

    A member's own installation of the bot changes nothing in the bot's servers: their admins' settings apply.

    Raises:
        app_commands.NoPrivateMessage: the operator does not allow it there.
    """
    guild_id, channel_id = interaction.guild_id, interaction.channel_id
    if channel_id is None:
        raise app_commands.NoPrivateMessage
    if guild_id is None and interaction.context.dm_channel and services.requests.allow_dm:
        return Place(None, channel_id)
    if is_foreign(interaction) and services.requests.allow_user_install:
        return Place(None, channel_id, is_foreign=True)
    if guild_id is None or is_foreign(interaction):
        raise app_commands.NoPrivateMessage
    return Place(guild_id, channel_id)


def is_foreign(interaction: discord.Interaction) -> bool:
    """Whether the interaction comes from a server or group without the bot, by a person who has installed it for themself."""
    if interaction.guild_id is None:
        return not interaction.context.dm_channel and interaction.is_user_integration()
    # Discord names the server in either case. The cache has every server of the shard from READY on.
    is_member = interaction.client.get_guild(interaction.guild_id) is not None
    return not is_member and interaction.is_user_integration()


async def require_answer_in_time(services: Services) -> None:
    """Make sure that a song requested now is probably ready while the interaction's token can answer.

    Raises:
        AnswerTooLate: it is not; nothing was written or spent.
    """
    usual_s = await services.job_lookup.usual_wait_s()
    if usual_s is not None and usual_s > ANSWERABLE_S:
        raise AnswerTooLate(usual_s)


def song_contexts(services: Services) -> app_commands.AppCommandContext:
    """Where Discord offers the commands that request songs, or tell about requests."""
    return app_commands.AppCommandContext(
        guild=True, dm_channel=services.requests.allow_dm, private_channel=False
    )


def guild_and_channel(interaction: discord.Interaction) -> tuple[int, int]:
    """The IDs of the server and the channel of an interaction.

    Raises:
        app_commands.NoPrivateMessage: outside servers.
    """
    if interaction.guild_id is None or interaction.channel_id is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild_id, interaction.channel_id


def guild_locale(interaction: discord.Interaction) -> str:
    """The language of posts in the server of an interaction, unless the admins have set another one.

    In a direct message it is the member's. Only the admins of community servers choose a language in Discord; the
    others have its default.
    """
    if interaction.guild_id is None:
        return str(interaction.locale)
    guild = interaction.guild
    return str(guild.preferred_locale) if guild is not None and COMMUNITY in guild.features else ENGLISH


async def post_locale(services: Services, interaction: discord.Interaction) -> str:
    """The language of posts where the interaction is: the server's; in a direct message, the member's."""
    policy = await services.server_settings.policy(interaction.guild_id)
    return policy.language or guild_locale(interaction)


def require_post_permissions(interaction: discord.Interaction) -> None:
    """Make sure that the bot can post a song in the channel of an interaction.

    Raises:
        BotTimedOut, BotMissingPermissions: it cannot, the latter with every missing permission.
    """
    if interaction.guild_id is None:
        return  # permissions are a server's; whether somebody takes direct messages shows when one is sent
    # The permissions that Discord sends with the interaction: valid even if the channel is not cached.
    missing = missing_for_posts(interaction.app_permissions, interaction.channel)
    if missing and (until := timed_out_until(interaction.guild)) is not None:
        raise BotTimedOut(until)
    if missing and interaction.channel_id is not None:
        raise BotMissingPermissions(missing, interaction.channel_id)


async def channel_and_category(interaction: discord.Interaction, channel: object) -> tuple[int, int | None]:
    """The IDs of a channel and its category, under which lists of channels may contain it; of a thread, those of its parent.

    The category is None without one, and if it cannot be determined in time.
    """
    if isinstance(channel, discord.Thread | AppCommandThread):
        parent = channel.parent or await _fetch_channel(interaction, channel.parent_id)
        return channel.parent_id, getattr(parent, "category_id", None)
    channel_id = channel.id if isinstance(channel, Snowflake) else interaction.channel_id
    if channel_id is None:
        raise app_commands.NoPrivateMessage
    return channel_id, getattr(channel, "category_id", None)


async def _fetch_channel(interaction: discord.Interaction, channel_id: int) -> object:
    """Fetch a channel that is not cached (its server has not arrived from the gateway yet); None after an error."""
    try:
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            return await interaction.client.fetch_channel(channel_id)
    except DISCORD_ERRORS as error:
        log.info("category_unknown", channel_id=channel_id, error=describe(error))
        return None


def role_ids_of(user: discord.User | discord.Member) -> frozenset[int]:
    """The IDs of a member's roles, @everyone included; empty for users who are not in the server."""
    return frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else frozenset()

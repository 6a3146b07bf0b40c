"""The setup form: from /config setup and from the button of the welcome."""

import discord

from bot.discord_io.channel_checks import require_results_channel
from bot.discord_io.channel_types import channel_types_in
from bot.interactions.components import (
    parse_id,
    selected_channel_type,
    selected_thread_parent,
    submitted_selections,
    submitted_texts,
)
from bot.interactions.services import Services
from bot.replies.config import setup_form
from bot.replies.config.setup_form import SetupField
from bot.replies.time_spans import reader
from cogs.config import form_parsing
from cogs.config.base import guild_id_of, propose
from cogs.config.channel_options import require_listable
from cogs.config.form_parsing import SetupEntries

LOG_NAME = "setup"


async def open_form(services: Services, interaction: discord.Interaction) -> None:
    """Answer with the form, which must be the first response."""
    policy = await services.server_settings.policy(guild_id_of(interaction))
    guild = interaction.guild
    form = setup_form.form(
        policy,
        channel_types_in(guild),
        has_role=lambda role_id: guild is not None and guild.get_role(role_id) is not None,
    )
    await interaction.response.send_modal(form.modal())


async def submit(services: Services, interaction: discord.Interaction, argument: str) -> None:
    """Propose what the form contains, as one change."""
    entries = _entries(interaction, argument)
    for channel_id in entries.channel_ids:
        require_listable(selected_channel_type(interaction, channel_id))
    if entries.results_id is not None:
        kind = selected_channel_type(interaction, entries.results_id)
        parent_id = selected_thread_parent(interaction, entries.results_id)
        require_results_channel(interaction.guild, entries.results_id, kind, parent_id=parent_id)
    # Made here: changes are applied in another thread, which has no language.
    in_english = reader()
    await propose(
        services,
        interaction,
        lambda policy: form_parsing.with_setup(policy, entries, in_english),
        what=LOG_NAME,
    )


def _entries(interaction: discord.Interaction, argument: str) -> SetupEntries:
    role, _, shown = argument.partition(":")
    texts, chosen = submitted_texts(interaction), submitted_selections(interaction)
    roles, channels, results = (
        [parse_id(value) for value in chosen.get(field.value, ())]
        for field in (SetupField.ROLE, SetupField.CHANNELS, SetupField.RESULTS)
    )
    return SetupEntries(
        member=texts.get(SetupField.MEMBER.value, ""),
        role_id=next(iter(roles), None),
        role_songs=texts.get(SetupField.ROLE_SONGS.value, ""),
        channel_ids=frozenset(channels),
        results_id=next(iter(results), None),
        shown_role_id=parse_id(role) or None,
        shown=frozenset(shown.split(":")),
    )

"""/config show, log, undo, export, import and doctor: the settings, their history, and the check of the bot."""

from io import BytesIO

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.discord_io.channel_checks import NEEDED, ChannelCheck, check_all, fetch_and_check
from bot.discord_io.channel_types import MESSAGEABLE, RESULT_PLACES, THREADS, channel_types_in
from bot.discord_io.permissions import missing_permissions, timed_out_until
from bot.domain.policy.edits import MAX_FILE_BYTES, export_policy, file_too_large, import_policy, with_fields
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import Policy
from bot.interactions.responses import CALL_FAULTS, acknowledge, answer
from bot.interactions.services import Services
from bot.replies.config import change_log, doctor, panel, refusals
from bot.replies.locales import language_name, languages
from cogs.config import setup_form
from cogs.config.base import AdminGroup, apply, guild_id_of

POSTING_FIELDS = {
    "results_channel_id": RESULT_PLACES,
    "warnings_channel_id": MESSAGEABLE,
    "digest_channel_id": MESSAGEABLE,
}
"""The settings that name a channel in which the bot posts, with the kinds of channels that each allows."""

FILE_NAME = "whisul-settings.json"
LANGUAGES = [app_commands.Choice(name=language_name(each), value=each) for each in languages()]
PLACES = [
    app_commands.Choice(name=locale_str("this channel"), value="here"),
    app_commands.Choice(name=locale_str("all channels"), value="all"),
]


class OverviewCommands(AdminGroup, name="overview", description="The settings of this server"):
    """Commands that show, undo, export and import settings."""

    @app_commands.command(description="Show all settings of this server")
    async def show(self, interaction: discord.Interaction) -> None:
        """Send the panel."""
        await show(self.services, interaction)

    @app_commands.command(description="Set limits, channels and a role with more songs in one form")
    async def setup(self, interaction: discord.Interaction) -> None:
        """Send the form."""
        await setup_form.open_form(self.services, interaction)

    @app_commands.command(description="Show who changed which settings")
    async def log(self, interaction: discord.Interaction) -> None:
        """Send the newest changes."""
        await show_log(self.services, interaction)

    @app_commands.command(description="Undo the newest change; you see what changes before you save it")
    async def undo(self, interaction: discord.Interaction) -> None:
        """Propose the policy from before the newest change."""
        await propose_undo(self.services, interaction)

    @app_commands.command(description="Choose the language of my posts and cards in this server")
    @app_commands.describe(
        language="The language; leave it out for the server's own, which community servers choose"
    )
    @app_commands.choices(language=LANGUAGES)
    async def language(
        self, interaction: discord.Interaction, language: app_commands.Choice[str] | None = None
    ) -> None:
        """Save the language of what everyone in the server reads; private answers are in each member's own."""
        chosen = language.value if language else None
        await apply(
            self.services,
            interaction,
            lambda policy: with_fields(policy, language=chosen),
            what="the language",
        )

    @app_commands.command(description="Get all settings as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Send the policy as a JSON file."""
        await acknowledge(interaction, ephemeral=True)
        content = export_policy(await self.services.server_settings.policy(guild_id_of(interaction)))
        await answer(interaction, panel.exported(), files=lambda: [discord.File(BytesIO(content), FILE_NAME)])

    @app_commands.command(
        name="import", description="Load all settings from a file; you see what changes before you save it"
    )
    @app_commands.describe(file="A file from /config export")
    async def import_file(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        """Propose the policy in the file."""
        await acknowledge(interaction, ephemeral=True)
        # By the size that Discord states, before the download; `import_policy` checks the content again.
        if file.size > MAX_FILE_BYTES:
            raise file_too_large()
        try:
            content = await file.read()
        except CALL_FAULTS:
            await answer(interaction, refusals.unreadable_file())
            return
        wanted = import_policy(content)
        if interaction.guild is not None:
            await _require_usable_channels(interaction.guild, wanted)
        proposed = await self.services.server_settings.propose(
            guild_id_of(interaction), lambda _: wanted, what="import"
        )
        await answer(interaction, panel.proposal(proposed, channel_types_in(interaction.guild)))

    @app_commands.command(description="Check my permissions and whether everything works")
    @app_commands.describe(where="This channel, or all channels")
    @app_commands.choices(where=PLACES)
    async def doctor(
        self, interaction: discord.Interaction, where: app_commands.Choice[str] | None = None
    ) -> None:
        """Check this channel, or all of the server."""
        await show_doctor(self.services, interaction, everywhere=where is not None and where.value == "all")


async def show(services: Services, interaction: discord.Interaction) -> None:
    """Answer with the panel."""
    guild_id = guild_id_of(interaction)
    await acknowledge(interaction, ephemeral=True)
    server_settings = services.server_settings
    policy = await server_settings.policy(guild_id)
    has_changes = await server_settings.is_configured(guild_id)
    reply = panel.panel(
        policy,
        channel_types_in(interaction.guild),
        caps=server_settings.caps,
        has_changes=has_changes,
        unusable=await _unusable_channels(interaction.guild, policy),
    )
    await answer(interaction, reply)


async def show_log(services: Services, interaction: discord.Interaction) -> None:
    """Answer with the newest changes."""
    await acknowledge(interaction, ephemeral=True)
    changes = await services.server_settings.changes(guild_id_of(interaction), limit=change_log.MAX_LOGGED)
    await answer(interaction, change_log.change_log(changes, channel_types_in(interaction.guild)))


async def propose_undo(services: Services, interaction: discord.Interaction) -> None:
    """Answer with a proposal that undoes the newest change."""
    await acknowledge(interaction, ephemeral=True)
    proposed = await services.server_settings.propose_undo(guild_id_of(interaction))
    await answer(interaction, panel.proposal(proposed, channel_types_in(interaction.guild)))


async def show_doctor(
    services: Services, interaction: discord.Interaction, *, everywhere: bool = False
) -> None:
    """Answer with the bot's permissions and the state of Whisul's API, for this channel or all of the server."""
    guild_id = guild_id_of(interaction)
    await acknowledge(interaction, ephemeral=True)
    policy = await services.server_settings.policy(guild_id)
    health = await services.server_settings.health(guild_id)
    results = await _check(interaction.guild, policy, "results_channel_id") if interaction.guild else None
    until = timed_out_until(interaction.guild)
    if everywhere and interaction.guild is not None:
        checks = check_all(interaction.guild)
        report = doctor.server_report(
            checks, seen=len(checks), results=results, health=health, timed_out_until=until
        )
    else:
        # The permissions that Discord sends with the interaction: valid even if nothing is cached.
        check = ChannelCheck(
            channel_id=interaction.channel_id or 0,
            lacking=tuple(missing_permissions(interaction.app_permissions, NEEDED)),
            kind=interaction.channel.type if interaction.channel else None,
        )
        report = doctor.channel_report(check, results=results, health=health, timed_out_until=until)
    await answer(interaction, report)


async def _unusable_channels(guild: discord.Guild | None, policy: Policy) -> list[ChannelCheck]:
    """The channels of settings in which the bot cannot post, each once."""
    if guild is None:
        return []
    checks = [check for field in POSTING_FIELDS if (check := await _check(guild, policy, field))]
    return list({each.channel_id: each for each in checks if not each.holds_results}.values())


async def _check(guild: discord.Guild, policy: Policy, field: str) -> ChannelCheck | None:
    """The check of the channel in a field of the policy; None without one."""
    channel_id: int | None = getattr(policy, field)
    return None if channel_id is None else await fetch_and_check(guild, channel_id, POSTING_FIELDS[field])


async def _require_usable_channels(guild: discord.Guild, wanted: Policy) -> None:
    """Make sure that imported settings use channels as their kinds allow.

    Listed channels that are not on this server are accepted: they have no effect.

    Raises:
        PolicyInvalid: a list contains a thread, or the bot cannot post to the channel for results.
    """
    kind_of = channel_types_in(guild)
    lists = {
        "channels": wanted.channels.ids if wanted.channels else (),
        "music_channel_ids": wanted.music_channel_ids,
    }
    faults = [
        Fault(FaultKind.CHANNEL_IS_THREAD, field=field, value=str(channel_id))
        for field, ids in lists.items()
        for channel_id in sorted(ids)
        if kind_of(channel_id) in THREADS
    ]
    for field in POSTING_FIELDS:
        check = await _check(guild, wanted, field)
        if check is not None and not check.holds_results:
            reason = doctor.why_no_results(check)
            faults.append(Fault(FaultKind.RESULTS_UNUSABLE, field=field, value=reason))
    if faults:
        raise PolicyInvalid(*faults)

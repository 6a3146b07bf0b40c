"""/config show, log, undo, export, import and doctor: what is set, since when, and whether it works."""

from io import BytesIO

import discord
from discord import app_commands

from bot.answers import CALL_FAULTS, acknowledge, answer
from bot.changes import MOST_FILE_BYTES, exported, imported
from bot.errors import PolicyInvalid
from bot.policy import Policy
from bot.replies import config, config_refusals, doctor
from bot.replies.doctor import RIGHTS, Finding
from bot.services import Services
from cogs.config.managed import Managed, must_manage
from cogs.config.rights import finding_at, findings, lacking

FILE_NAME = "whisul-settings.json"
PLACES = [
    app_commands.Choice(name="this channel", value="here"),
    app_commands.Choice(name="all channels", value="all"),
]


class Looking(Managed, name="looking", description="What is set"):
    """What is set, since when, and whether it works."""

    @app_commands.command(description="Show everything that is set on this server")
    async def show(self, interaction: discord.Interaction) -> None:
        """Show the panel."""
        await show(self.services, interaction)

    @app_commands.command(description="Show who has changed what")
    async def log(self, interaction: discord.Interaction) -> None:
        """Show the newest changes."""
        await show_log(self.services, interaction)

    @app_commands.command(
        description="Take the newest change back; you see what comes back before you save it"
    )
    async def undo(self, interaction: discord.Interaction) -> None:
        """Propose it."""
        await propose_undo(self.services, interaction)

    @app_commands.command(description="Get everything that is set as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Attach the file."""
        guild_id = must_manage(interaction)
        await acknowledge(interaction, ephemeral=True)
        content = exported(await self.services.administration.policy(guild_id))
        await answer(interaction, config.exported(), file=lambda: discord.File(BytesIO(content), FILE_NAME))

    @app_commands.command(
        name="import", description="Set everything from a file; you see the change before you save it"
    )
    @app_commands.describe(file="A file from /config export")
    async def take_in(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        """Propose what the file says."""
        guild_id = must_manage(interaction)
        await acknowledge(interaction, ephemeral=True)
        if file.size > MOST_FILE_BYTES:
            raise PolicyInvalid(f"the file is larger than {MOST_FILE_BYTES // 1024} KiB")
        try:
            content = await file.read()
        except CALL_FAULTS:
            await answer(interaction, config_refusals.unreadable_file())
            return
        wanted = imported(content)
        _must_be_here(interaction, wanted)
        made = await self.services.administration.propose(guild_id, lambda _: wanted, what="import")
        await answer(interaction, config.draft(made))

    @app_commands.command(description="Check what the bot may do here, and whether everything works")
    @app_commands.describe(where="This channel, or all of them")
    @app_commands.choices(where=PLACES)
    async def doctor(
        self, interaction: discord.Interaction, where: app_commands.Choice[str] | None = None
    ) -> None:
        """Check."""
        await examine(self.services, interaction, everywhere=where is not None and where.value == "all")


async def show(services: Services, interaction: discord.Interaction) -> None:
    """The panel."""
    guild_id = must_manage(interaction)
    await acknowledge(interaction, ephemeral=True)
    administration = services.administration
    policy = await administration.policy(guild_id)
    has_changes = await administration.is_configured(guild_id)
    await answer(interaction, config.panel(policy, caps=administration.caps, has_changes=has_changes))


async def show_log(services: Services, interaction: discord.Interaction) -> None:
    """The newest changes."""
    guild_id = must_manage(interaction)
    await acknowledge(interaction, ephemeral=True)
    await answer(
        interaction, config.log(await services.administration.changes(guild_id, limit=config.MOST_LOGGED))
    )


async def propose_undo(services: Services, interaction: discord.Interaction) -> None:
    """What would come back, to be saved or cancelled."""
    guild_id = must_manage(interaction)
    await acknowledge(interaction, ephemeral=True)
    await answer(interaction, config.draft(await services.administration.propose_undo(guild_id)))


async def examine(services: Services, interaction: discord.Interaction, *, everywhere: bool) -> None:
    """What the bot may do, and how its surroundings are."""
    guild_id = must_manage(interaction)
    await acknowledge(interaction, ephemeral=True)
    policy = await services.administration.policy(guild_id)
    health = await services.administration.health(guild_id)
    results = _results(interaction.guild, policy)
    if everywhere and interaction.guild is not None:
        found = findings(interaction.guild)
        report = doctor.everywhere(found, seen=len(found), results=results, health=health)
    else:
        # Discord's own word for this channel: right even when nothing is cached.
        own = Finding(
            channel_id=interaction.channel_id or 0,
            lacking=lacking(interaction.app_permissions),
            is_thread=isinstance(interaction.channel, discord.Thread),
        )
        report = doctor.here(own, results=results, health=health)
    await answer(interaction, report)


def _results(guild: discord.Guild | None, policy: Policy) -> Finding | None:
    if policy.results_channel_id is None or guild is None:
        return None
    found = finding_at(guild, policy.results_channel_id)
    return found or Finding(channel_id=policy.results_channel_id, lacking=("view_channel",))


def _must_be_here(interaction: discord.Interaction, wanted: Policy) -> None:
    """Make certain that a file from elsewhere sends no songs to a place where the bot can't post them.

    Raises:
        PolicyInvalid: it does.
    """
    if wanted.results_channel_id is None or interaction.guild is None:
        return
    found = finding_at(interaction.guild, wanted.results_channel_id)
    if found is None:
        raise PolicyInvalid("results_channel_id: there is no such channel on this server that I can see")
    if found.lacking:
        named = ", ".join(RIGHTS[name].label for name in found.lacking)
        raise PolicyInvalid(f"results_channel_id: I lack {named} there")

"""/config limit, role, reset and simulate: limits of songs, for everybody and by role."""

import asyncio

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.domain.policy.days import COMMON_ZONES, zone_names
from bot.domain.policy.edits import parse_window, with_limit, with_role, with_timezone
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.limits import RequestContext
from bot.domain.policy.model import ADMIN_RULES, DAY_S, Policy, RoleKind, RoleRule
from bot.domain.policy.spans import HOUR_S, format_span
from bot.interactions.compose import channel_and_category, guild_and_channel, role_ids_of
from bot.interactions.responses import acknowledge, answer
from bot.replies import limits
from bot.replies.locales import _
from bot.replies.time_spans import reader, span_text
from cogs.config.base import AdminGroup, guild_id_of, propose
from cogs.config.channel_options import AskedIn

SCOPES = [
    app_commands.Choice(name=locale_str(limits.choice_name(rule)), value=field)
    for field, rule in ADMIN_RULES.items()
]
ROLE_KINDS = [
    app_commands.Choice(name=locale_str("its own limit (set songs and per)"), value=RoleKind.LIMITED.value),
    app_commands.Choice(name=locale_str("no member limits"), value=RoleKind.UNLIMITED.value),
    app_commands.Choice(name=locale_str("no songs"), value=RoleKind.BLOCKED.value),
    app_commands.Choice(name=locale_str("no override"), value="none"),
]
SPANS_S = (HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S, HOUR_S // 2, 6 * HOUR_S)
MAX_INPUT_CHARS = 50

MAX_CHOICES = 25
Zone = app_commands.Range[str, 1, 64]
Typed = app_commands.Range[str, 1, MAX_INPUT_CHARS]


class LimitCommands(AdminGroup, name="limits", description="How many songs"):
    """Commands for limits, each of which is proposed first with its effect on past requests."""

    @app_commands.command(description="Limit songs; you see the effect before you save it")
    @app_commands.describe(
        scope="What to limit",
        songs="How many songs, or none to remove the limit",
        per="The time span: hour, 24 hours, 7 days, 30m …; or none to remove the limit",
    )
    @app_commands.choices(scope=SCOPES)
    async def limit(
        self,
        interaction: discord.Interaction,
        scope: app_commands.Choice[str],
        songs: Typed | None = None,
        per: Typed | None = None,
    ) -> None:
        """Propose to add, replace or remove a limit."""
        # Made here: changes are applied in another thread, which has no language.
        rule, in_english = ADMIN_RULES[scope.value], reader()
        await propose(
            self.services,
            interaction,
            lambda policy: with_limit(policy, rule, songs=songs, per=per, in_english=in_english),
            what=f"limit:{scope.value}",
        )

    @limit.autocomplete("per")
    async def spans(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Common time spans that contain what was typed."""
        return _span_choices(typed)

    @app_commands.command(description="Override the member limits for a role")
    @app_commands.describe(
        role="The role; with several, the most generous counts, but no songs always wins",
        means="What applies to its members",
        songs="How many songs, instead of the limit for each member",
        per="The time span: hour, 24 hours, 7 days, 30m …",
    )
    @app_commands.choices(means=ROLE_KINDS)
    async def role(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        means: app_commands.Choice[str],
        songs: Typed | None = None,
        per: Typed | None = None,
    ) -> None:
        """Propose the rule of a role."""
        rule = _role_rule(means.value, songs, per)
        await propose(
            self.services,
            interaction,
            lambda policy: with_role(policy, role.id, rule),
            what=f"the role {role.name}",
        )

    @role.autocomplete("per")
    async def role_spans(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The same for roles."""
        return _span_choices(typed)

    @app_commands.command(
        description="Let days end at midnight in your time zone, instead of counting 24 hours"
    )
    @app_commands.describe(zone="A time zone such as Europe/Berlin; leave it out to count the last 24 hours")
    async def timezone(self, interaction: discord.Interaction, zone: Zone | None = None) -> None:
        """Propose the time zone, by which limits per day count."""
        await propose(
            self.services,
            interaction,
            lambda policy: with_timezone(policy, zone),
            what="the time zone",
        )

    @timezone.autocomplete("zone")
    async def zones(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Time zones that contain what was typed; some of many people at first."""
        wanted = typed.strip().replace(" ", "_").casefold()
        # In a thread: the first call reads the folders of the database.
        names = await asyncio.to_thread(zone_names) if wanted else COMMON_ZONES
        found = [name for name in names if wanted in name.casefold()][:MAX_CHOICES]
        return [app_commands.Choice(name=name, value=name) for name in found]

    @app_commands.command(description="Reset all settings of this server")
    async def reset(self, interaction: discord.Interaction) -> None:
        """Propose the default settings."""
        await propose(self.services, interaction, lambda _: Policy(), what="reset")

    @app_commands.command(description="Show whether a member can request a song now")
    @app_commands.describe(member="The member", channel="The channel; leave it out for this one")
    async def simulate(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        channel: AskedIn | None = None,
    ) -> None:
        """Answer with the limits that apply to another member, and whether a request would be refused."""
        await acknowledge(interaction, ephemeral=True)
        channel_id = channel.id if channel else guild_and_channel(interaction)[1]
        root_id, category_id = await channel_and_category(interaction, channel or interaction.channel)
        context = RequestContext(
            guild_id=guild_id_of(interaction),
            channel_id=root_id,
            member_id=member.id,
            role_ids=role_ids_of(member),
            category_id=category_id,
        )
        preview = await self.services.requests.preview(context)
        await answer(interaction, limits.simulated(preview, member.id, channel_id))


def _span_choices(typed: str) -> list[app_commands.Choice[str]]:
    wanted = typed.casefold().strip()
    spans = [*((span_text(span_s), format_span(span_s)) for span_s in SPANS_S), (_("none"), "none")]
    return [app_commands.Choice(name=name, value=span) for name, span in spans if wanted in name.casefold()]


def _role_rule(means: str, songs: str | None, per: str | None) -> RoleRule | None:
    """The rule of a role from the command's options; None to remove its rule.

    Raises:
        PolicyInvalid: `songs` or `per` is missing, or given without need.
    """
    if means == RoleKind.LIMITED.value:
        if songs is None or per is None:
            raise PolicyInvalid(Fault(FaultKind.ROLE_INCOMPLETE))
        return RoleRule(kind=RoleKind.LIMITED, window=parse_window(songs, per, reader()))
    if songs is not None or per is not None:
        raise PolicyInvalid(Fault(FaultKind.ROLE_HAS_LIMIT))
    return None if means == "none" else RoleRule(kind=RoleKind(means))

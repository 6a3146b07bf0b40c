"""The settings panel, and proposed and saved changes."""

from collections.abc import Iterable

import discord

from bot.discord_io.channel_checks import ChannelCheck
from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.message import Button, Reply
from bot.domain.policy.limits import Caps, Limit
from bot.domain.policy.model import DAY_S, Policy, Rule
from bot.domain.policy.presets import Preset, preset
from bot.domain.policy.preview import PREVIEW_DAYS, Preview, Suggestion
from bot.replies import formatting, limits
from bot.replies.buttons import Control, custom_id
from bot.replies.config import doctor, policy_text
from bot.replies.config.forms import setting_select
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.locales import N_, _, number
from bot.replies.text import paragraph
from bot.services.server_settings import ProposedChange
from bot.store.policies import PolicyChange

_PRESETS = {
    Preset.SMALL: (N_("Small"), N_("For friends.")),
    Preset.BUSY: (N_("Busy"), N_("For busy servers: everyone gets a turn.")),
    Preset.STRICT: (N_("Strict"), N_("For tight budgets.")),
}


def panel(
    current: Policy,
    kind_of: ChannelTypeOf,
    *,
    caps: Caps,
    has_changes: bool,
    unusable: Iterable[ChannelCheck] = (),
) -> Reply:
    """All settings, with a select to change each; presets instead if everything has its default.

    `has_changes`: the log of changes is not empty. `unusable`: the channels of settings in which the bot cannot post.
    """
    # Not `has_changes`: after a reset the presets are offered again.
    is_configured = current != Policy()
    fields = [
        EmbedField(_(name), text, inline=False)
        for name, text in policy_text.describe(current, kind_of).items()
    ]
    if faults := [_unusable(check) for check in unusable]:
        fields.insert(0, EmbedField(_("Needs fixing"), "\n".join(faults), inline=False))
    fields.append(
        EmbedField(
            _("Operator limits"),
            paragraph(_("{limits}.", limits=_caps(caps)), _("Nobody on this server can raise them.")),
            inline=False,
        )
    )
    if not is_configured:
        fields += [
            EmbedField(
                _("Preset: {preset}", preset=preset_label(name)),
                _preset(current, name, kind_of),
                inline=False,
            )
            for name in Preset
        ]
    return Reply(
        embeds=(
            build_embed(
                title=_("Server settings"),
                colour=Colour.NEUTRAL,
                body=[
                    _(
                        "Choose a setting to change. Before you save a limit, I show you what it would have "
                        "refused."
                    )
                    if is_configured
                    else _(
                        "Nothing is set yet, so only the operator limits apply. Start with a preset, choose a "
                        "setting to change, or leave everything as it is."
                    )
                ],
                fields=fields,
                footer=_("Only members with Manage Server can see and change this"),
            ),
        ),
        selects=(setting_select(),),
        buttons=_panel_buttons(is_configured=is_configured, has_changes=has_changes),
    )


def proposal(proposed: ProposedChange, kind_of: ChannelTypeOf) -> Reply:
    """A change to be saved or cancelled: the differences, and which requests of the last days it would have refused."""
    proposal = proposed.proposal
    lines = policy_text.differences(proposal.before, proposal.after, kind_of)
    erases = proposal.after.retention_days is not None and (
        proposal.after.retention_days != proposal.before.retention_days
    )
    return Reply(
        embeds=(
            build_embed(
                title=_("Undo this change?") if proposal.undoes is not None else _("Save this change?"),
                colour=Colour.WAITING,
                body=[
                    lines,
                    _preview(proposed) if proposed.effect is not None else "",
                    _suggestion(proposed.suggestion, proposal.after.timezone)
                    if proposed.suggestion is not None
                    else "",
                    _(
                        "The operator limit still applies: {limit}.",
                        limit=limits.describe(proposed.exceeded_cap),
                    )
                    if proposed.exceeded_cap is not None
                    else "",
                    _(
                        "I'll erase older prompts and results for good. Undoing this change won't bring them "
                        "back."
                    )
                    if erases
                    else "",
                ],
                footer=_("Nothing changes until you or another member with Manage Server saves it"),
            ),
        ),
        buttons=(
            Button(
                custom_id=custom_id(Control.CONFIG_SAVE, proposal.key),
                label=_("Save"),
                style=discord.ButtonStyle.success,
            ),
            Button(custom_id=custom_id(Control.CONFIG_CANCEL, proposal.key), label=_("Cancel")),
        ),
    )


def saved(change: PolicyChange, kind_of: ChannelTypeOf) -> Reply:
    """A change that was saved."""
    lines = policy_text.differences(change.before, change.after, kind_of)
    return Reply(
        embeds=(
            build_embed(
                title=_("Saved"),
                colour=Colour.SONG,
                body=[lines, _("This applies from the next request on.")],
                footer=_("See all changes with /config log, undo the newest with /config undo"),
            ),
        ),
        buttons=(_button(Control.CONFIG_UNDO, _("Undo")), _button(Control.CONFIG_SHOW, _("Show settings"))),
    )


def cancelled() -> Reply:
    """A proposal that was cancelled."""
    return Reply(_("Canceled. Nothing was changed."))


def exported() -> Reply:
    """The message that carries the exported file."""
    return Reply(
        _(
            "Here are all settings of this server. Load this file again with `/config import`. To "
            "use it on another server, change the role and channel IDs first."
        )
    )


def _unusable(check: ChannelCheck) -> str:
    """Why nothing is posted in a channel that the admins have chosen."""
    where = formatting.channel_mention(check.channel_id)
    return formatting.labelled(f"⚠️ {where}", doctor.why_no_results(check))


def preset_label(name: Preset) -> str:
    """The name of a preset."""
    return _(_PRESETS[name][0])


def _caps(caps: Caps) -> str:
    server = Limit(Rule.OPERATOR_SERVER_DAY, caps.server_songs_per_day, DAY_S)
    total = Limit(Rule.OPERATOR_DAY, caps.songs_per_day, DAY_S)
    parts = [limits.describe(server), limits.describe(total)]
    if caps.retention_days is not None:
        parts.append(
            formatting.plural(
                caps.retention_days,
                "prompts and results kept for {n} day at most",
                "prompts and results kept for {n} days at most",
            )
        )
    return formatting.listed(parts)


def _panel_buttons(*, is_configured: bool, has_changes: bool) -> tuple[Button, ...]:
    if not is_configured:
        return (
            *(
                Button(custom_id=custom_id(Control.CONFIG_PRESET, name.value), label=preset_label(name))
                for name in Preset
            ),
            *((_button(Control.CONFIG_LOG, _("Show log")),) if has_changes else ()),
            _button(Control.CONFIG_DOCTOR, _("Check the bot")),
        )
    return (
        _button(Control.CONFIG_LOG, _("Show log")),
        _button(Control.CONFIG_UNDO, _("Undo")),
        _button(Control.CONFIG_DOCTOR, _("Check the bot")),
    )


def _button(control: Control, label: str) -> Button:
    return Button(custom_id=custom_id(control), label=label)


def _preset(current: Policy, preset_name: Preset, kind_of: ChannelTypeOf) -> str:
    """Whom a preset suits, and the limits that it sets."""
    settings = policy_text.describe(preset(current, preset_name), kind_of)
    lines = [formatting.labelled(_(name), settings[name]) for name in ("Each member", "Whole server")]
    return "\n".join([_(_PRESETS[preset_name][1]), *lines])


def _preview(proposed: ProposedChange) -> str:
    effect = proposed.effect
    if effect is None or not effect.requests:
        return _(
            "Nobody requested a song here in the last {days} days, so I can't preview the effect.",
            days=PREVIEW_DAYS,
        )
    return paragraph(
        _refused(effect),
        _by_rule(effect),
        _("This ignores role overrides.") if proposed.proposal.after.roles else "",
        formatting.plural(
            effect.requests,
            "This covers only the newest {n} request.",
            "This covers only the newest {n} requests.",
        )
        if proposed.is_partial
        else "",
    )


def _suggestion(suggestion: Suggestion, zone: str | None) -> str:
    """A limit for each member that would have refused nothing, and one that would have halved the songs."""

    def limit(songs: int) -> str:
        return limits.describe(Limit(Rule.MEMBER, songs, suggestion.window.window_s, zone))

    return paragraph(
        _(
            "Going by these days, {limit} would have refused nobody.",
            limit=f"**{limit(suggestion.window.songs)}**",
        ),
        _(
            "{limit} would have refused {refused} of {songs}.",
            limit=f"**{limit(suggestion.halving)}**",
            refused=suggestion.halving_refused,
            songs=suggestion.songs,
        )
        if suggestion.halving is not None
        else "",
    )


def _refused(effect: Preview) -> str:
    if not effect.refused:
        return _(
            "In the last {days} days, this would have refused **0 of {requests}** requests.",
            days=PREVIEW_DAYS,
            requests=effect.requests,
        )
    return formatting.plural(
        effect.members,
        "In the last {days} days, this would have refused **{refused} of {requests}** requests from {n} member.",
        "In the last {days} days, this would have refused **{refused} of {requests}** requests from {n} members.",
        days=PREVIEW_DAYS,
        refused=effect.refused,
        requests=effect.requests,
    )


def _by_rule(effect: Preview) -> str:
    if len(effect.by_rule) < 2:  # noqa: PLR2004 - a single rule accounts for all refusals
        return ""
    counts = [
        formatting.labelled(limits.choice_name(rule), number(count))
        for rule, count in sorted(effect.by_rule.items())
    ]
    return _("By limit: {counts}.", counts="; ".join(counts))

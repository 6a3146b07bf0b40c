"""The settings panel, proposed and saved changes, and the log of changes."""

from collections.abc import Sequence

import discord

from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.message import Button, Reply
from bot.domain.policy.limits import Caps, Limit
from bot.domain.policy.model import ADMIN_RULES, DAY_S, Policy, Rule
from bot.domain.policy.presets import Preset, preset
from bot.domain.policy.preview import PREVIEW_DAYS, Preview
from bot.replies import formatting, limits
from bot.replies.buttons import Control, custom_id
from bot.replies.config import policy_text
from bot.replies.config.forms import Setting, label_of, setting_select
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.text import clamp, escape_line, paragraph
from bot.services.server_settings import ProposedChange
from bot.store.policies import PolicyChange

MAX_LOGGED = 10
MAX_LOG_LINE_UNITS = 350
MAX_WORDS_UNITS = 3900

_PRESETS = {
    Preset.SMALL: ("Small", "For friends."),
    Preset.BUSY: ("Busy", "For busy servers: everyone gets a turn."),
    Preset.STRICT: ("Strict", "For tight budgets."),
}
_WHOLE_CHANGES = {
    "undo": "{user} undid a change",
    "reset": "{user} reset all settings",
    "import": "{user} imported a settings file",
    "role:deleted": "{user} removed the rule of a deleted role",
}
"""The sentences of changes by their names in the log, where they name no setting."""


def panel(current: Policy, kind_of: ChannelTypeOf, *, caps: Caps, has_changes: bool) -> Reply:
    """All settings, with a select to change each; presets instead if everything has its default.

    `has_changes`: the log of changes is not empty.
    """
    # Not `has_changes`: after a reset the presets are offered again.
    is_configured = current != Policy()
    fields = [
        EmbedField(name, text, inline=False) for name, text in policy_text.describe(current, kind_of).items()
    ]
    fields.append(
        EmbedField(
            "Operator limits",
            f"{_caps(caps)}. Nobody on this server can raise them.",
            inline=False,
        )
    )
    if not is_configured:
        fields += [
            EmbedField(f"Preset: {_PRESETS[name][0]}", _preset(current, name, kind_of), inline=False)
            for name in Preset
        ]
    return Reply(
        embeds=(
            build_embed(
                title="Server settings",
                colour=Colour.NEUTRAL,
                body=[
                    "Choose a setting to change. Before you save a limit, I show you what it would have refused."
                    if is_configured
                    else "Nothing is set yet, so only the operator limits apply. Start with a preset, choose a setting "
                    "to change, or leave everything as it is."
                ],
                fields=fields,
                footer="Only members with Manage Server can see and change this",
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
                title="Undo this change?" if proposal.undoes is not None else "Save this change?",
                colour=Colour.WAITING,
                body=[
                    lines,
                    _preview(proposed) if proposed.effect is not None else "",
                    f"The operator limit still applies: {limits.describe(proposed.exceeded_cap)}."
                    if proposed.exceeded_cap is not None
                    else "",
                    "I'll erase older prompts and results for good. Undoing this change won't bring them back."
                    if erases
                    else "",
                ],
                footer="Nothing changes until you or another member with Manage Server saves it",
            ),
        ),
        buttons=(
            Button(
                custom_id=custom_id(Control.CONFIG_SAVE, proposal.key),
                label="Save",
                style=discord.ButtonStyle.success,
            ),
            Button(custom_id=custom_id(Control.CONFIG_CANCEL, proposal.key), label="Cancel"),
        ),
    )


def saved(change: PolicyChange, kind_of: ChannelTypeOf) -> Reply:
    """A change that was saved."""
    lines = policy_text.differences(change.before, change.after, kind_of)
    return Reply(
        embeds=(
            build_embed(
                title="Saved",
                colour=Colour.SONG,
                body=[lines, "This applies from the next request on."],
                footer="See all changes with /config log, undo the newest with /config undo",
            ),
        ),
        buttons=(_button(Control.CONFIG_UNDO, "Undo"), _button(Control.CONFIG_SHOW, "Show settings")),
    )


def cancelled() -> Reply:
    """A proposal that was cancelled."""
    return Reply("Canceled. Nothing was changed.")


def change_log(changes: Sequence[PolicyChange], kind_of: ChannelTypeOf) -> Reply:
    """The newest changes, newest first."""
    lines = [_log_entry(change, kind_of) for change in changes[:MAX_LOGGED]]
    return Reply(
        embeds=(
            build_embed(
                title="Settings log",
                colour=Colour.NEUTRAL,
                body=lines or ["Nobody has changed anything yet."],
                footer=f"The newest {MAX_LOGGED}. Undo the newest change with /config undo",
            ),
        ),
        buttons=(_button(Control.CONFIG_UNDO, "Undo"),) if lines else (),
    )


def blocked_words(current: Policy) -> Reply:
    """The blocked words as the admins typed them."""
    if not current.words:
        return Reply("No words or phrases are blocked. Block one with `/config words add`.")
    words = " ".join(map(policy_text.word_shown, current.words))
    return Reply(
        embeds=(
            build_embed(
                title=f"Blocked words and phrases: {len(current.words):,}",
                colour=Colour.NEUTRAL,
                body=[clamp(words, MAX_WORDS_UNITS)],
                footer="Whole words only; case, accents and look-alike letters don't matter. Get all with /config export",
            ),
        )
    )


def exported() -> Reply:
    """The message that carries the exported file."""
    return Reply(
        "Here are all settings of this server. Load this file again with `/config import`. "
        "To use it on another server, change the role and channel IDs first."
    )


def _caps(caps: Caps) -> str:
    server = Limit(Rule.OPERATOR_SERVER_DAY, caps.server_songs_per_day, DAY_S)
    total = Limit(Rule.OPERATOR_DAY, caps.songs_per_day, DAY_S)
    return f"{limits.describe(server)}, {limits.describe(total)}"


def _panel_buttons(*, is_configured: bool, has_changes: bool) -> tuple[Button, ...]:
    if not is_configured:
        return (
            *(
                Button(custom_id=custom_id(Control.CONFIG_PRESET, name.value), label=_PRESETS[name][0])
                for name in Preset
            ),
            *((_button(Control.CONFIG_LOG, "Show log"),) if has_changes else ()),
            _button(Control.CONFIG_DOCTOR, "Check the bot"),
        )
    return (
        _button(Control.CONFIG_LOG, "Show log"),
        _button(Control.CONFIG_UNDO, "Undo"),
        _button(Control.CONFIG_DOCTOR, "Check the bot"),
    )


def _button(control: Control, label: str) -> Button:
    return Button(custom_id=custom_id(control), label=label)


def _preset(current: Policy, name: Preset, kind_of: ChannelTypeOf) -> str:
    """Whom a preset suits, and the limits that it sets."""
    settings = policy_text.describe(preset(current, name), kind_of)
    lines = [f"{setting}: {settings[setting]}" for setting in ("Each member", "Whole server")]
    return "\n".join([_PRESETS[name][1], *lines])


def _preview(proposed: ProposedChange) -> str:
    effect = proposed.effect
    if effect is None or not effect.requests:
        return f"Nobody requested a song here in the last {PREVIEW_DAYS} days, so I can't preview the effect."
    return paragraph(
        _refused(effect),
        _by_rule(effect),
        "This ignores role overrides." if proposed.proposal.after.roles else "",
        f"This covers only the newest {effect.requests:,} requests." if proposed.is_partial else "",
    )


def _refused(effect: Preview) -> str:
    of = f"**{effect.refused:,} of {effect.requests:,}**"
    if not effect.refused:
        return f"In the last {PREVIEW_DAYS} days, this would have refused {of} requests."
    return formatting.plural(
        effect.members,
        "In the last {days} days, this would have refused {of} requests from {n} member.",
        "In the last {days} days, this would have refused {of} requests from {n} members.",
        days=f"{PREVIEW_DAYS}",
        of=of,
    )


def _by_rule(effect: Preview) -> str:
    if len(effect.by_rule) < 2:  # noqa: PLR2004 - a single rule accounts for all refusals
        return ""
    counts = [f"{limits.choice_name(rule)}: {number:,}" for rule, number in sorted(effect.by_rule.items())]
    return f"By limit: {'; '.join(counts)}."


def _log_entry(change: PolicyChange, kind_of: ChannelTypeOf) -> str:
    lines = policy_text.differences(change.before, change.after, kind_of)
    head = f"{formatting.timestamp(change.changed_at, 'f')} {_action(change)}"
    return f"{head}\n{clamp(lines, MAX_LOG_LINE_UNITS)}"


def _action(change: PolicyChange) -> str:
    """The sentence of a change, from its name in the log, such as `panel:member`, or else what a command changed."""
    user = formatting.user_mention(change.changed_by)
    kind, _, name = change.what.partition(":")
    if change.what in _WHOLE_CHANGES:
        return _WHOLE_CHANGES[change.what].format(user=user)
    if kind == "panel" and name in set(Setting):
        return f"{user} changed *{label_of(Setting(name))}* from the settings panel"
    if kind == "limit" and name in ADMIN_RULES:
        return f"{user} changed the limit *{limits.choice_name(ADMIN_RULES[name])}*"
    if kind == "preset" and name in set(Preset):
        return f"{user} chose the *{_PRESETS[Preset(name)][0]}* preset"
    return f"{user} changed {escape_line(change.what)}"

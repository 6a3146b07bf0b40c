"""The settings panel, proposed and saved changes, and the log of changes."""

from collections.abc import Sequence

import discord

from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.message import Button, Reply
from bot.domain.policy.limits import Caps, Limit
from bot.domain.policy.model import DAY_S, Measure, Policy, Rule
from bot.domain.policy.presets import Preset, preset
from bot.domain.policy.preview import PREVIEW_DAYS, Preview
from bot.replies import formatting, limits
from bot.replies.buttons import Control, custom_id
from bot.replies.config import policy_text
from bot.replies.config.forms import setting_select
from bot.replies.embed import Colour, EmbedField, build_embed
from bot.replies.text import clamp, escape_line
from bot.services.server_settings import ProposedChange
from bot.store.policies import PolicyChange

MAX_LOGGED = 10
MAX_LOG_LINE_UNITS = 350
MAX_WORDS_UNITS = 3900

_PRESETS = {
    Preset.SMALL: ("Small", "friends who know each other"),
    Preset.BUSY: ("Busy", "many members, everybody gets a turn"),
    Preset.STRICT: ("Strict", "songs are scarce, the bill stays small"),
}
_WHOLE_CHANGES = {"undo": "took a change back", "reset": "reset everything", "import": "imported a file"}


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
            "Above all that",
            f"The operator of this bot has caps that nobody can raise here: {_caps(caps)}.",
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
                title="Settings of this server",
                colour=Colour.NEUTRAL,
                body=[
                    "Choose below what to change. Limits show you what they would have done before you save them."
                    if is_configured
                    else "Nothing is set yet: only the operator's caps apply. Begin with a preset, choose below "
                    "what to change, or leave everything as it is."
                ],
                fields=fields,
                footer="Only members who may manage this server see and change this",
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
                title="Take this change back?" if proposal.undoes is not None else "Save this change?",
                colour=Colour.WAITING,
                body=[
                    lines,
                    _preview(proposed) if proposed.effect is not None else "",
                    f"Whatever is set here, the operator's cap holds: {limits.describe(proposed.exceeded_cap)}."
                    if proposed.exceeded_cap is not None
                    else "",
                    "What is older than that is erased for good: taking this change back will not bring it back."
                    if erases
                    else "",
                ],
                footer="Nothing is changed until you save; anybody who may manage this server can",
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
                body=[lines, "It holds from the next request on."],
                footer="/config log shows every change, /config undo takes the newest one back",
            ),
        ),
        buttons=(_button(Control.CONFIG_UNDO, "Undo"), _button(Control.CONFIG_SHOW, "Show settings")),
    )


def cancelled() -> Reply:
    """A proposal that was cancelled."""
    return Reply("Cancelled: everything stays as it was.")


def change_log(changes: Sequence[PolicyChange], kind_of: ChannelTypeOf) -> Reply:
    """The newest changes, newest first."""
    lines = [_log_entry(change, kind_of) for change in changes[:MAX_LOGGED]]
    return Reply(
        embeds=(
            build_embed(
                title="Changes to the settings of this server",
                colour=Colour.NEUTRAL,
                body=lines or ["Nothing has been changed yet."],
                footer=f"The newest {MAX_LOGGED}; /config undo takes back the newest that is not taken back",
            ),
        ),
        buttons=(_button(Control.CONFIG_UNDO, "Undo the newest"),) if lines else (),
    )


def blocked_words(current: Policy) -> Reply:
    """The blocked words as the admins typed them."""
    if not current.words:
        return Reply("No word or phrase is blocked. `/config words add` blocks one.")
    words = " ".join(map(policy_text.word_shown, current.words))
    return Reply(
        embeds=(
            build_embed(
                title=f"Blocked words and phrases: {len(current.words):,}",
                colour=Colour.NEUTRAL,
                body=[clamp(words, MAX_WORDS_UNITS)],
                footer="Whole words only, whatever their case, accents or look-alike letters; /config export has all",
            ),
        )
    )


def exported() -> Reply:
    """The message that carries the exported file."""
    return Reply(
        "Here is everything that is set on this server. `/config import` takes this file again, here or, "
        "with the IDs of roles and channels changed, on another server."
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
            *((_button(Control.CONFIG_LOG, "Changes"),) if has_changes else ()),
            _button(Control.CONFIG_DOCTOR, "Check the bot"),
        )
    return (
        _button(Control.CONFIG_LOG, "Changes"),
        _button(Control.CONFIG_UNDO, "Undo the newest"),
        _button(Control.CONFIG_DOCTOR, "Check the bot"),
    )


def _button(control: Control, label: str) -> Button:
    return Button(custom_id=custom_id(control), label=label)


def _preset(current: Policy, name: Preset, kind_of: ChannelTypeOf) -> str:
    """Whom a preset suits, and the limits that it sets."""
    settings = policy_text.describe(preset(current, name), kind_of)
    lines = [f"{setting}: {settings[setting]}" for setting in ("Each member", "Whole server")]
    return "\n".join([f"For {_PRESETS[name][1]}.", *lines])


def _preview(proposed: ProposedChange) -> str:
    effect = proposed.effect
    if effect is None or not effect.requests:
        return f"Nobody has asked for a song here in the last {PREVIEW_DAYS} days, so there is nothing to judge it by."
    members = formatting.count(effect.members, "member")
    summary = (
        f"In the last {PREVIEW_DAYS} days this would have refused **{effect.refused:,} of {effect.requests:,}** "
        f"requests" + (f", from {members}." if effect.refused else ".")
    )
    notes = [
        summary,
        _by_rule(effect),
        "Members are taken for members without special roles." if proposed.proposal.after.roles else "",
        f"There were more requests: only the newest {effect.requests:,} are counted."
        if proposed.is_partial
        else "",
    ]
    return " ".join(filter(None, notes))


def _by_rule(effect: Preview) -> str:
    if len(effect.by_rule) < 2:  # noqa: PLR2004 - a single rule accounts for all refusals
        return ""
    counts = [f"{_counted_by(rule)} {number:,}" for rule, number in sorted(effect.by_rule.items())]
    return f"By limit: {', '.join(counts)}."


def _log_entry(change: PolicyChange, kind_of: ChannelTypeOf) -> str:
    lines = policy_text.differences(change.before, change.after, kind_of)
    action = _WHOLE_CHANGES.get(change.what) or f"changed {escape_line(change.what)}"
    head = f"{formatting.timestamp(change.changed_at, 'f')} {formatting.user_mention(change.changed_by)} {action}"
    return f"{head}\n{clamp(lines, MAX_LOG_LINE_UNITS)}"


def _counted_by(rule: Rule) -> str:
    if rule.measure is Measure.INTERVAL:
        return "wait between two songs"
    return limits.WHOSE[rule.whose] + (" at the same time" if rule.measure is Measure.AT_ONCE else "")

"""What admins see of their settings: the panel, a change before and after it is saved, and the log."""

from collections.abc import Sequence

import discord

from bot.discord_io.channel_kinds import KindOf
from bot.discord_io.message import Button, Reply
from bot.domain.policy.limits import Caps, Limit, Rule
from bot.domain.policy.model import DAY_S, Policy
from bot.domain.policy.presets import Preset, preset
from bot.domain.policy.preview import PREVIEW_DAYS, Preview
from bot.replies import formatting, job_text, limits
from bot.replies.config import policy_text
from bot.replies.config.forms import setting_select
from bot.replies.custom_ids import Control, custom_id
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
_RULE_LABELS = {
    Rule.MEMBER: "each member",
    Rule.CHANNEL: "each channel",
    Rule.SERVER: "whole server",
    Rule.COOLDOWN: "wait between two songs",
    Rule.MEMBER_AT_ONCE: "each member at the same time",
    Rule.SERVER_AT_ONCE: "whole server at the same time",
}
"""What a preview plays, as it counts it: the operator's caps are left out."""
_WHOLE_CHANGES = {"undo": "took a change back", "reset": "reset everything", "import": "imported a file"}


def panel(current: Policy, kind_of: KindOf, *, caps: Caps, has_changes: bool) -> Reply:
    """Everything that is set, with the ways to its parts; presets where nothing is set (any more)."""
    is_configured = current != Policy()
    facts = [
        EmbedField(name, words, inline=False)
        for name, words in policy_text.describe(current, kind_of).items()
    ]
    facts.append(
        EmbedField(
            "Above all that",
            f"The operator of this bot has caps that nobody can raise here: {_caps(caps)}.",
            inline=False,
        )
    )
    if not is_configured:
        facts += [
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
                facts=facts,
                footer="Only members who may manage this server see and change this",
            ),
        ),
        selects=(setting_select(),),
        buttons=_panel_buttons(is_configured=is_configured, has_changes=has_changes),
    )


def proposal(made: ProposedChange, kind_of: KindOf) -> Reply:
    """A change before it is saved: what differs, and what it would have done."""
    proposal = made.proposal
    lines = policy_text.difference_lines(policy_text.differences(proposal.before, proposal.after, kind_of))
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
                    _preview(made) if made.effect is not None else "",
                    f"Whatever is set here, the operator's cap holds: {limits.describe(made.exceeded_cap)}."
                    if made.exceeded_cap is not None
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


def saved(change: PolicyChange, kind_of: KindOf) -> Reply:
    """A change that has been made."""
    lines = policy_text.difference_lines(policy_text.differences(change.before, change.after, kind_of))
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
    """A change that will not be made."""
    return Reply("Cancelled: everything stays as it was.")


def change_log(changes: Sequence[PolicyChange], kind_of: KindOf) -> Reply:
    """The newest changes, the newest first."""
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
    """The blocked words, as the admins wrote them."""
    if not current.words:
        return Reply("No word or phrase is blocked. `/config words add` blocks one.")
    listed = " ".join(map(policy_text.word_shown, current.words))
    return Reply(
        embeds=(
            build_embed(
                title=f"Blocked words and phrases: {len(current.words):,}",
                colour=Colour.NEUTRAL,
                body=[clamp(listed, MAX_WORDS_UNITS)],
                footer="Whole words only, whatever their case, accents or look-alike letters; /config export has all",
            ),
        )
    )


def exported() -> Reply:
    """The answer that carries the file."""
    return Reply(
        "Here is everything that is set on this server. `/config import` takes this file again, here or, "
        "with the IDs of roles and channels changed, on another server."
    )


def _caps(caps: Caps) -> str:
    here = Limit(Rule.OPERATOR_SERVER_DAY, caps.server_songs_per_day, DAY_S)
    everywhere = Limit(Rule.OPERATOR_DAY, caps.songs_per_day, DAY_S)
    return f"{limits.describe(here)}, {limits.describe(everywhere)}"


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


def _preset(current: Policy, name: Preset, kind_of: KindOf) -> str:
    """For whom it is, and what it sets."""
    told = policy_text.describe(preset(current, name), kind_of)
    limits = [f"{part}: {told[part]}" for part in ("Each member", "Whole server")]
    return "\n".join([f"For {_PRESETS[name][1]}.", *limits])


def _preview(made: ProposedChange) -> str:
    effect = made.effect
    if effect is None or not effect.requests:
        return f"Nobody has asked for a song here in the last {PREVIEW_DAYS} days, so there is nothing to judge it by."
    members = "1 member" if effect.members == 1 else f"{effect.members:,} members"
    told = (
        f"In the last {PREVIEW_DAYS} days this would have refused **{effect.refused:,} of {effect.requests:,}** "
        f"requests" + (f", from {members}." if effect.refused else ".")
    )
    notes = [
        told,
        _by_rule(effect),
        "Members are taken for members without special roles." if made.proposal.after.roles else "",
        f"There were more requests: only the newest {effect.requests:,} are counted."
        if made.is_partial
        else "",
    ]
    return " ".join(filter(None, notes))


def _by_rule(effect: Preview) -> str:
    if len(effect.by_rule) < 2:  # noqa: PLR2004 - one alone needs no division
        return ""
    told = [f"{_RULE_LABELS[rule]} {number:,}" for rule, number in sorted(effect.by_rule.items())]
    return f"By limit: {', '.join(told)}."


def _log_entry(change: PolicyChange, kind_of: KindOf) -> str:
    lines = policy_text.difference_lines(policy_text.differences(change.before, change.after, kind_of))
    did = _WHOLE_CHANGES.get(change.what) or f"changed {escape_line(change.what)}"
    head = f"{formatting.timestamp(change.changed_at, 'f')} {job_text.user_mention(change.changed_by)} {did}"
    return f"{head}\n{clamp(lines, MAX_LOG_LINE_UNITS)}"

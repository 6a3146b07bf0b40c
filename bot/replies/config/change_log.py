"""The log of changes of the settings."""

from collections.abc import Sequence

from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.message import Button, Reply
from bot.discord_io.text_length import clamp
from bot.domain.policy.model import ADMIN_RULES
from bot.domain.policy.presets import Preset
from bot.replies import formatting, limits
from bot.replies.buttons import Control, custom_id
from bot.replies.config import policy_text
from bot.replies.config.forms import Setting, label_of
from bot.replies.config.panel import preset_label
from bot.replies.embed import Colour, build_embed
from bot.replies.locales import N_, _
from bot.replies.text import escape_line
from bot.store.policies import PolicyChange

MAX_LOGGED = 10
MAX_LOG_LINE_UNITS = 350

_WHOLE_CHANGES = {
    "undo": N_("{user} undid a change"),
    "reset": N_("{user} reset all settings"),
    "import": N_("{user} imported a settings file"),
    "setup": N_("{user} set up the server"),
    "role:deleted": N_("{user} removed the rule of a deleted role"),
}
"""The sentences of changes by their names in the log, where they name no setting."""

# Translators: what a command changed, at the end of “Ada changed …”.
_CHANGED = frozenset(
    {
        N_("the list of channels"),
        N_("the channel for finished songs"),
        N_("private drafts"),
        N_("the blocked words"),
        N_("the blocked members"),
        N_("how long I keep prompts and results"),
        N_("the queue order"),
        N_("the time zone"),
        N_("the channel for warnings"),
        N_("the channel for the digest"),
        N_("the language"),
    }
)
"""Names in the log of changes by a command, which the cogs give."""


def change_log(changes: Sequence[PolicyChange], kind_of: ChannelTypeOf) -> Reply:
    """The newest changes, newest first."""
    lines = [_log_entry(change, kind_of) for change in changes[:MAX_LOGGED]]
    return Reply(
        embeds=(
            build_embed(
                title=_("Settings log"),
                colour=Colour.NEUTRAL,
                body=lines or [_("Nobody has changed anything yet.")],
                footer=_("The newest {count}. Undo the newest change with /config undo", count=MAX_LOGGED),
            ),
        ),
        buttons=(Button(custom_id=custom_id(Control.CONFIG_UNDO), label=_("Undo")),) if lines else (),
    )


def _log_entry(change: PolicyChange, kind_of: ChannelTypeOf) -> str:
    lines = policy_text.differences(change.before, change.after, kind_of)
    head = f"{formatting.timestamp(change.changed_at, 'f')} {_action(change)}"
    return f"{head}\n{clamp(lines, MAX_LOG_LINE_UNITS)}"


def _action(change: PolicyChange) -> str:
    """The sentence of a change, from its name in the log, such as `panel:member`, or else what a command changed."""
    user = formatting.user_mention(change.changed_by)
    kind, _colon, name = change.what.partition(":")
    if change.what in _WHOLE_CHANGES:
        return _(_WHOLE_CHANGES[change.what], user=user)
    if kind == "panel" and name in set(Setting):
        return _(
            "{user} changed *{setting}* from the settings panel", user=user, setting=label_of(Setting(name))
        )
    if kind == "limit" and name in ADMIN_RULES:
        return _("{user} changed the limit *{limit}*", user=user, limit=limits.choice_name(ADMIN_RULES[name]))
    if kind == "preset" and name in set(Preset):
        return _("{user} chose the *{preset}* preset", user=user, preset=preset_label(Preset(name)))
    # Older versions have stored other words; the names of roles come from the server.
    setting = _(change.what) if change.what in _CHANGED else escape_line(change.what)
    return _("{user} changed {setting}", user=user, setting=setting)

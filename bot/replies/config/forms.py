"""The panel's select of settings, and their forms. Settings without a form are in `bot.replies.config.pickers`."""

from enum import StrEnum

from bot.discord_io.message import Choice, Form, Input, Select
from bot.domain.policy.model import ADMIN_RULES, Measure, Policy, Rule, Window
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import N_, _
from bot.replies.time_spans import limit_line, span_text

MAX_INPUT_CHARS = 4000


class Setting(StrEnum):
    """The settings that can be changed from the panel."""

    MEMBER = "member"
    CHANNEL = "channel"
    SERVER = "server"
    ROLES = "roles"
    MEMBERS = "members"
    CHANNELS = "channels"
    RESULTS = "results"
    WORDS = "words"
    PRIVATE = "private"
    RETENTION = "retention"
    ORDER = "order"
    TIMEZONE = "timezone"
    WARNINGS = "warnings"
    DIGEST = "digest"
    LANGUAGE = "language"


class FormField(StrEnum):
    """Custom IDs of the text fields."""

    WINDOWS = "windows"
    AT_ONCE = "at_once"
    COOLDOWN = "cooldown"
    WORDS = "words"
    DAYS = "days"
    ZONE = "zone"


MEASURE_FIELDS = {
    Measure.WINDOWS: FormField.WINDOWS,
    Measure.AT_ONCE: FormField.AT_ONCE,
    Measure.INTERVAL: FormField.COOLDOWN,
}
"""The text field for each kind of limit."""

_LABELS = {
    Setting.MEMBER: (N_("Each member"), N_("Songs per time span, songs at a time, and the cooldown")),
    Setting.CHANNEL: (N_("Each channel"), N_("Songs per time span")),
    Setting.SERVER: (N_("Whole server"), N_("Songs per time span, and songs at a time")),
    Setting.ROLES: (N_("Roles"), N_("More, fewer, unlimited or no songs for a role")),
    Setting.MEMBERS: (N_("Blocked members"), N_("Members who can't request songs")),
    Setting.CHANNELS: (N_("Channels"), N_("Where members can request songs")),
    Setting.RESULTS: (N_("Finished songs"), N_("Post them in another channel")),
    Setting.WORDS: (N_("Blocked words"), N_("Words and phrases not allowed in prompts")),
    Setting.PRIVATE: (N_("Private drafts"), N_("Allow, forbid or require them")),
    Setting.RETENTION: (N_("Prompts and results"), N_("How long I keep them")),
    Setting.ORDER: (N_("Queue order"), N_("Members take turns, or first come, first served")),
    Setting.TIMEZONE: (N_("Time zone"), N_("When a day ends, and when I post the weekly digest")),
    Setting.WARNINGS: (N_("Usage warnings"), N_("A message at 80% and 100% of a limit of the whole server")),
    Setting.DIGEST: (N_("Weekly digest"), N_("The week's songs and chart, in a channel on Mondays")),
    Setting.LANGUAGE: (N_("Language"), N_("Of my posts and cards in this server")),
}


def setting_select() -> Select:
    """The select of the panel."""
    return Select(
        custom_id=custom_id(Control.CONFIG_PART),
        placeholder=_("What do you want to change?"),
        choices=tuple(
            Choice(label=_(label), value=setting.value, description=_(description))
            for setting, (label, description) in _LABELS.items()
        ),
    )


def setting_form(setting: Setting, current: Policy) -> Form | None:
    """The form for a setting, prefilled; None for settings that are changed by selects, buttons or commands."""
    inputs = _inputs(setting, current)
    if inputs is None:
        return None
    return Form(
        custom_id=custom_id(Control.CONFIG_FORM, setting.value), title=label_of(setting), inputs=inputs
    )


def role_form(role_id: int, current: Policy) -> Form:
    """The form for the limit of a role, prefilled."""
    rule = current.roles.get(role_id)
    window = (rule.window,) if rule is not None and rule.window is not None else ()
    number = Input(
        custom_id=FormField.WINDOWS.value,
        label=_("Songs for each member with the role"),
        description=_("For example 20 per 24 hours, instead of the limit for each member"),
        placeholder=_("20 per 24 hours"),
        value=windows_as_lines(window),
        max_chars=50,
    )
    form_id = custom_id(Control.CONFIG_FORM, Setting.ROLES.value, role_id)
    return Form(custom_id=form_id, title=_("A role's own limit"), inputs=(number,))


def rules_of(setting: Setting) -> list[Rule]:
    """The kinds of limits that a setting is about; none for other settings."""
    return [rule for rule in ADMIN_RULES.values() if rule.whose.value == setting.value]


def name_of(setting: Setting) -> str:
    """The English name of a setting, by which `policy_text.describe` has its text."""
    return _LABELS[setting][0]


def label_of(setting: Setting) -> str:
    """The name of a setting in the current language."""
    return _(name_of(setting))


def _inputs(setting: Setting, current: Policy) -> tuple[Input, ...] | None:
    match setting:
        case Setting.MEMBER | Setting.CHANNEL | Setting.SERVER:
            return tuple(_limit_input(rule, current) for rule in rules_of(setting))
        case Setting.WORDS:
            return _words(current)
        case Setting.RETENTION:
            return (
                Input(
                    custom_id=FormField.DAYS.value,
                    label=_("Days to keep prompts and results"),
                    description=_("1 to 3650; empty to keep them until somebody erases them"),
                    value=str(current.retention_days or ""),
                    max_chars=10,
                    is_required=False,
                ),
            )
        case Setting.TIMEZONE:
            return (
                Input(
                    custom_id=FormField.ZONE.value,
                    label=_("Time zone"),
                    description=_("For example Europe/Berlin; empty to count the last 24 hours as a day"),
                    value=current.timezone or "",
                    max_chars=64,
                    is_required=False,
                ),
            )
        case _:
            return None


def _limit_input(rule: Rule, current: Policy) -> Input:
    value = current.limit(rule)
    if not isinstance(value, tuple):
        return _interval(value) if rule.measure is Measure.INTERVAL else _at_once(value)
    return Input(
        custom_id=MEASURE_FIELDS[Measure.WINDOWS].value,
        label=_("Songs per time span, one limit per line"),
        description=_("For example 5 per hour; empty for no limit"),
        placeholder=_("5 per hour\n20 per 7 days"),
        value=windows_as_lines(value),
        max_chars=500,
        is_required=False,
        is_long=True,
    )


def windows_as_lines(windows: tuple[Window, ...]) -> str:
    """Limits as the text of a form's field, one per line."""
    return "\n".join(limit_line(window.songs, window.window_s) for window in windows)


def _interval(interval_s: int | None) -> Input:
    return Input(
        custom_id=MEASURE_FIELDS[Measure.INTERVAL].value,
        label=_("Cooldown between a member's songs"),
        description=_("For example 45 s or 5 minutes; empty for none"),
        value="" if interval_s is None else span_text(interval_s),
        max_chars=50,
        is_required=False,
    )


def _at_once(songs: int | None) -> Input:
    return Input(
        custom_id=MEASURE_FIELDS[Measure.AT_ONCE].value,
        label=_("Songs at a time"),
        description=_("Empty for no limit"),
        value=str(songs or ""),
        max_chars=10,
        is_required=False,
    )


def _words(current: Policy) -> tuple[Input, ...] | None:
    """One word or phrase a line; None if they do not all fit, because saving the form would remove those left out."""
    listed = "\n".join(current.words)
    if len(listed) > MAX_INPUT_CHARS:
        return None
    return (
        Input(
            custom_id=FormField.WORDS.value,
            label=_("Blocked words and phrases, one per line"),
            description=_("Whole words only; case, accents and look-alike letters don't matter"),
            value=listed,
            max_chars=MAX_INPUT_CHARS,
            is_required=False,
            is_long=True,
        ),
    )

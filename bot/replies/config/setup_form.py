"""The form with the settings that most servers need: /config setup, and the button of the welcome."""

from collections.abc import Callable
from enum import StrEnum

from bot.discord_io.channel_types import LISTABLE, RESULT_PLACES, ChannelTypeOf
from bot.discord_io.message import Form, Input, Picker, PickerInput, PickerSource
from bot.domain.policy.model import ChannelMode, Policy, RoleKind
from bot.replies.buttons import Control, custom_id
from bot.replies.config.forms import windows_as_lines
from bot.replies.config.pickers import MAX_SELECTED, still_there
from bot.replies.locales import _


class SetupField(StrEnum):
    """Custom IDs of the fields."""

    MEMBER = "member"
    ROLE = "role"
    ROLE_SONGS = "role_songs"
    CHANNELS = "channels"
    RESULTS = "results"


NO_ROLE = 0
"""In the form's custom ID, in place of the role that the form shows."""


def form(current: Policy, kind_of: ChannelTypeOf, *, has_role: Callable[[int], bool]) -> Form:
    """The form, prefilled. Its custom ID holds the shown role, and the fields that show something: emptied, they remove it."""
    role_id = _shown_role(current, has_role)
    channels, results = _shown_channels(current, kind_of), _shown_results(current, kind_of)
    shown = (SetupField.CHANNELS.value if channels else "", SetupField.RESULTS.value if results else "")
    return Form(
        custom_id=custom_id(Control.CONFIG_SETUP_FORM, role_id, *shown),
        title=_("Set up this server"),
        inputs=(
            Input(
                custom_id=SetupField.MEMBER.value,
                label=_("Songs for each member"),
                description=_("For example 3 per day; empty for no limit"),
                placeholder=_("5 per hour\n20 per 7 days"),
                value=windows_as_lines(current.member),
                max_chars=500,
                is_required=False,
                is_long=True,
            ),
            _picker(
                SetupField.ROLE,
                PickerSource.ROLES,
                _("A role with more songs"),
                (role_id,) if role_id else (),
            ),
            _role_songs(current, role_id),
            _picker(
                SetupField.CHANNELS,
                PickerSource.CHANNELS,
                _("Songs only in these channels"),
                channels,
                max_values=MAX_SELECTED,
                description=_("Empty for all channels"),
            ),
            _picker(
                SetupField.RESULTS,
                PickerSource.PLACES,
                _("Post finished songs in"),
                results,
                description=_("Empty for the channel where a song was requested"),
            ),
        ),
    )


def _role_songs(current: Policy, role_id: int) -> Input:
    rule = current.roles.get(role_id)
    return Input(
        custom_id=SetupField.ROLE_SONGS.value,
        label=_("Songs for each member with the role"),
        description=_("For example 10 per day; empty for no member limits"),
        value=windows_as_lines((rule.window,) if rule is not None and rule.window is not None else ()),
        max_chars=50,
        is_required=False,
    )


def _picker(
    field: SetupField,
    source: PickerSource,
    label: str,
    default_ids: tuple[int, ...],
    *,
    max_values: int = 1,
    description: str | None = None,
) -> PickerInput:
    picker = Picker(
        custom_id=field.value, placeholder="", source=source, max_values=max_values, default_ids=default_ids
    )
    return PickerInput(label=label, description=description, picker=picker)


def _shown_role(current: Policy, has_role: Callable[[int], bool]) -> int:
    """The only role that may request more; `NO_ROLE` if there are several, which the form can't show."""
    generous = [key for key, rule in current.roles.items() if rule.kind is not RoleKind.BLOCKED]
    return generous[0] if len(generous) == 1 and has_role(generous[0]) else NO_ROLE


def _shown_channels(current: Policy, kind_of: ChannelTypeOf) -> tuple[int, ...]:
    """The allowed channels, if the field can show all of them."""
    listed = current.channels
    if listed is None or listed.mode is not ChannelMode.ALLOW or len(listed.ids) > MAX_SELECTED:
        return ()
    return still_there(listed.ids, LISTABLE, kind_of)


def _shown_results(current: Policy, kind_of: ChannelTypeOf) -> tuple[int, ...]:
    chosen = current.results_channel_id
    return still_there([chosen] if chosen else [], RESULT_PLACES, kind_of)

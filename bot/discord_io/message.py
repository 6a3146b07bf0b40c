"""Messages and modals as values: everything they show, independent of how they are sent."""

from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any, TypeVar

import discord

from bot.discord_io.channel_types import LISTABLE, MESSAGEABLE, RESULT_PLACES

MAX_LABEL_CHARS = 45
MAX_HINT_CHARS = 100
MAX_CHOICE_CHARS = 100
"""Discord's limits for the texts of a form. A longer translation is cut: Discord would refuse the whole form."""

Option = TypeVar("Option", discord.SelectOption, discord.RadioGroupOption, discord.CheckboxGroupOption)

_ROLE, _CHANNEL = discord.SelectDefaultValueType.role, discord.SelectDefaultValueType.channel


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file that an embed shows as `attachment://name`.

    `description` is its alternative text of at most 1024 characters.
    """

    name: str
    content: bytes
    description: str

    def file(self) -> discord.File:
        """A new file for one send."""
        return discord.File(BytesIO(self.content), self.name, description=self.description)


@dataclass(frozen=True, slots=True)
class Link:
    """A link button; the label is plain text of at most 80 characters, the URL a checked one of at most 512."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button that the bot answers; the label is plain text of at most 80 characters. See `bot.replies.buttons`."""

    custom_id: str
    label: str
    emoji: str | None = None
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of a select: label and description are plain text of at most 100 characters each."""

    label: str
    value: str
    description: str | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A select with 1 to 25 options, of which one can be chosen; it takes a row of its own."""

    custom_id: str
    placeholder: str
    choices: tuple[Choice, ...]


class PickerSource(StrEnum):
    """What Discord lists in a picker."""

    ROLES = "roles"
    CHANNELS = "channels"  # LISTABLE types
    PLACES = "places"  # RESULT_PLACES types
    MESSAGES = "messages"  # MESSAGEABLE types


_CHANNEL_TYPES = {
    PickerSource.CHANNELS: LISTABLE,
    PickerSource.PLACES: RESULT_PLACES,
    PickerSource.MESSAGES: MESSAGEABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """A select that Discord fills, of which 1 to `max_values` (25 at most) can be chosen; `default_ids` are preselected."""

    custom_id: str
    placeholder: str
    source: PickerSource
    max_values: int = 1
    default_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """That a reply is sent as components (V2): the description of its picture, and the name of the attached song."""

    alt: str | None = None
    audio_name: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A message. `mentions` are the IDs of the only users that it may ping.

    `alt` describes the picture in the embed, for screen readers: an embed cannot carry it, a `layout` does.

    Selects come above buttons, link buttons before others; Discord allows 5 rows of one select or 5 buttons each.
    """

    content: str | None = None
    embeds: tuple[discord.Embed, ...] = ()
    links: tuple[Link, ...] = ()
    buttons: tuple[Button, ...] = ()
    selects: tuple[Select | Picker, ...] = ()
    mentions: tuple[int, ...] = ()
    alt: str | None = None
    layout: Layout | None = None

    def view(self) -> discord.ui.View | None:
        """The components as a new view; None without any. Needs a running event loop."""
        items = self.items()
        if not items:
            return None
        view = StatelessView(timeout=None)
        for item in items:
            view.add_item(item)
        return view

    def items(self) -> list[discord.ui.Item[Any]]:
        """New selects and buttons, in their order."""
        return [
            *(_select(each) if isinstance(each, Select) else _picker(each) for each in self.selects),
            *(
                discord.ui.Button[Any](style=discord.ButtonStyle.link, label=link.label, url=link.url)
                for link in self.links
            ),
            *map(_button, self.buttons),
        ]

    def allowed_mentions(self) -> discord.AllowedMentions:
        """Exactly the listed users: no roles, not @everyone, not the author of the message replied to."""
        return discord.AllowedMentions(
            everyone=False,
            roles=False,
            users=[discord.Object(user_id) for user_id in self.mentions],
            replied_user=False,
        )


class StatelessView(discord.ui.View):
    """A view that discord.py does not store: clicks are routed by custom ID alone, also after a restart."""

    def is_dispatchable(self) -> bool:
        """No: `bot.interactions.components` answers every press."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One text field of a form. The label has at most 45 characters, the description and the placeholder 100."""

    custom_id: str
    label: str
    description: str | None = None
    placeholder: str | None = None
    value: str = ""
    max_chars: int = 4000
    is_required: bool = True
    is_long: bool = False


class ChoiceKind(StrEnum):
    """How a form shows choices."""

    LIST = "list"  # 1 to 25 in a select, of which one or none is chosen
    RADIO = "radio"  # 2 to 10 radio buttons, of which one is chosen
    CHECKBOXES = "checkboxes"  # 1 to 10, any of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """One field of a form with choices, none of which has to be chosen. Texts as for `Input`; only a list has a placeholder."""

    custom_id: str
    kind: ChoiceKind
    label: str
    choices: tuple[Choice, ...]
    description: str | None = None
    placeholder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerInput:
    """A select of a form that Discord fills, which may stay empty. Label and description as for `Input`."""

    label: str
    picker: Picker
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A modal of 1 to 5 fields; the title has at most 45 characters."""

    custom_id: str
    title: str
    inputs: tuple[Input | ChoiceField | PickerInput, ...]

    def modal(self) -> discord.ui.Modal:
        """A new modal. Needs a running event loop."""
        modal = discord.ui.Modal(title=_cut(self.title, MAX_LABEL_CHARS), custom_id=self.custom_id)
        for field in self.inputs:
            modal.add_item(_labelled(field))
        # Stopped, so that discord.py does not keep it: `bot.interactions.components` answers the submit, also after a restart.
        modal.stop()
        return modal


def _button(button: Button) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        style=button.style,
        label=button.label,
        emoji=button.emoji,
        custom_id=button.custom_id,
        disabled=button.disabled,
    )


def _select(select: Select) -> discord.ui.Select[discord.ui.View]:
    return discord.ui.Select(
        custom_id=select.custom_id,
        placeholder=select.placeholder,
        options=_options(discord.SelectOption, select.choices),
    )


def _options(kind: type[Option], choices: tuple[Choice, ...]) -> list[Option]:
    return [
        kind(
            label=_cut(choice.label, MAX_CHOICE_CHARS),
            value=choice.value,
            description=_cut(choice.description, MAX_CHOICE_CHARS) if choice.description else None,
            default=choice.is_default,
        )
        for choice in choices
    ]


def _picker(picker: Picker) -> discord.ui.Item[Any]:
    if picker.source is PickerSource.ROLES:
        roles: discord.ui.RoleSelect[discord.ui.View] = discord.ui.RoleSelect(
            custom_id=picker.custom_id,
            placeholder=picker.placeholder or None,
            max_values=picker.max_values,
            default_values=[discord.SelectDefaultValue(id=each, type=_ROLE) for each in picker.default_ids],
        )
        return roles
    channels: discord.ui.ChannelSelect[discord.ui.View] = discord.ui.ChannelSelect(
        custom_id=picker.custom_id,
        placeholder=picker.placeholder or None,
        max_values=picker.max_values,
        default_values=[discord.SelectDefaultValue(id=each, type=_CHANNEL) for each in picker.default_ids],
        channel_types=list(_CHANNEL_TYPES[picker.source]),
    )
    return channels


def _labelled(field: Input | ChoiceField | PickerInput) -> discord.ui.Label[discord.ui.Modal]:
    return discord.ui.Label(
        text=_cut(field.label, MAX_LABEL_CHARS),
        description=_cut(field.description, MAX_HINT_CHARS) if field.description else None,
        component=_part(field),
    )


def _part(field: Input | ChoiceField | PickerInput) -> discord.ui.Item[discord.ui.Modal]:
    match field:
        case Input():
            return _text_input(field)
        case ChoiceField():
            return _choices(field)
        case PickerInput():
            return _picker(field.picker)


def _text_input(field: Input) -> discord.ui.TextInput[discord.ui.Modal]:
    return discord.ui.TextInput(
        custom_id=field.custom_id,
        style=discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short,
        placeholder=_cut(field.placeholder, MAX_HINT_CHARS) if field.placeholder else None,
        default=field.value[: field.max_chars] or None,
        max_length=field.max_chars,
        required=field.is_required,
    )


def _choices(field: ChoiceField) -> discord.ui.Item[discord.ui.Modal]:
    match field.kind:
        case ChoiceKind.LIST:
            select: discord.ui.Select[discord.ui.Modal] = discord.ui.Select(
                custom_id=field.custom_id,
                placeholder=_cut(field.placeholder, MAX_HINT_CHARS) if field.placeholder else None,
                options=_options(discord.SelectOption, field.choices),
                min_values=0,
                required=False,
            )
            return select
        case ChoiceKind.RADIO:
            radio: discord.ui.RadioGroup[discord.ui.Modal] = discord.ui.RadioGroup(
                custom_id=field.custom_id,
                options=_options(discord.RadioGroupOption, field.choices),
                required=False,
            )
            return radio
        case ChoiceKind.CHECKBOXES:
            boxes: discord.ui.CheckboxGroup[discord.ui.Modal] = discord.ui.CheckboxGroup(
                custom_id=field.custom_id,
                options=_options(discord.CheckboxGroupOption, field.choices),
                min_values=0,
                max_values=len(field.choices),
                required=False,
            )
            return boxes


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

"""Discord's rules for the components of messages and of modals."""

from collections.abc import Callable, Collection
from itertools import count
from typing import Any

from sandbox.discord.json_types import Json, is_array, is_object, objects
from sandbox.discord.rules import fields, selects
from sandbox.discord.rules.component_types import LINK_STYLE, SELECTS, ComponentType
from sandbox.discord.rules.embeds import attached_name
from sandbox.discord.rules.errors import FieldErrors

MAX_ROWS = 5
MAX_V2_COMPONENTS = 40
MAX_V2_CHARS = 4000
MAX_LINK_CHARS = 512
_IN_CONTAINER = (
    ComponentType.ROW,
    ComponentType.SECTION,
    ComponentType.TEXT,
    ComponentType.GALLERY,
    ComponentType.FILE,
    ComponentType.SEPARATOR,
)
_TOP_V2 = (*_IN_CONTAINER, ComponentType.CONTAINER)
_IN_LABEL = (
    ComponentType.TEXT_INPUT,
    *SELECTS,
    ComponentType.FILE_UPLOAD,
    ComponentType.RADIO_GROUP,
    ComponentType.CHECKBOX_GROUP,
    ComponentType.CHECKBOX,
)

_DESCRIBED: Json = {"description": None, "spoiler": False}
_ANSWERED: dict[int, Json] = {
    **{select: {"min_values": 1, "max_values": 1} for select in SELECTS},
    ComponentType.CONTAINER: {"accent_color": None, "spoiler": False},
    ComponentType.SEPARATOR: {"spacing": 1, "divider": True},
    ComponentType.THUMBNAIL: _DESCRIBED,
    ComponentType.FILE: {"spoiler": False},
}
"""What Discord answers of a component where the bot has left it out."""


class _Checker:
    """Checks the components of one message or modal; custom IDs must be unique among all of them."""

    def __init__(self, filenames: Collection[str] = (), *, in_modal: bool = False) -> None:
        self._filenames = filenames
        self._in_modal = in_modal
        self._custom_ids: set[str] = set()
        self._component_ids: set[int] = set()
        self.count = 0
        self.chars = 0
        self._checks: dict[ComponentType, Callable[[FieldErrors, Json], None]] = {
            ComponentType.ROW: self._row,
            ComponentType.BUTTON: self._button,
            ComponentType.TEXT_INPUT: self._text_input,
            ComponentType.SECTION: self._section,
            ComponentType.TEXT: self._text,
            ComponentType.THUMBNAIL: self._thumbnail,
            ComponentType.GALLERY: self._gallery,
            ComponentType.FILE: self._file,
            ComponentType.SEPARATOR: self._separator,
            ComponentType.CONTAINER: self._container,
            ComponentType.LABEL: self._label,
            ComponentType.FILE_UPLOAD: self._field,
            ComponentType.RADIO_GROUP: self._radio_group,
            ComponentType.CHECKBOX_GROUP: self._checkbox_group,
            ComponentType.CHECKBOX: self._field,
        } | dict.fromkeys(SELECTS, self._select)

    def component(
        self, errors: FieldErrors, raw: Json, allowed: Collection[ComponentType]
    ) -> ComponentType | None:
        """Check one component, which must have one of the `allowed` types; returns its type where it has."""
        self.count += 1
        number = raw.get("type")
        if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
            # Nothing else can be checked of a type that is unknown or not allowed here.
            errors.at("type").not_one_of(number, sorted(int(kind) for kind in allowed))
            return None
        self._id(errors.at("id"), raw.get("id"))
        if self._in_modal and raw.get("disabled"):
            errors.at("disabled").add(
                "COMPONENT_DISABLED_IN_MODAL", "A modal cannot hold disabled components"
            )
        self._checks[ComponentType(number)](errors, raw)
        return ComponentType(number)

    def _id(self, errors: FieldErrors, value: object) -> None:
        number = fields.integer(errors, value, low=0, high=2**31 - 1)
        # 0 stands for none: Discord fills in a free one (documentation: Component Reference).
        if number and number in self._component_ids:
            errors.add("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        self._component_ids.add(number or 0)

    def _custom_id(self, errors: FieldErrors, raw: Json) -> None:
        place = errors.at("custom_id")
        custom_id = fields.text(place, raw.get("custom_id"), low=1, high=100, required=True)
        if custom_id and custom_id in self._custom_ids:
            place.add("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        self._custom_ids.add(custom_id)

    def _row(self, errors: FieldErrors, raw: Json) -> None:
        place = errors.at("components")
        children = fields.json_objects(place, raw.get("components"), low=1, high=MAX_ROWS)
        allowed: Collection[ComponentType] = (ComponentType.BUTTON, *SELECTS)
        kinds = [self.component(at, child, allowed) for at, child in children]
        # A select takes the width of the whole row.
        if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
            place.add("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")

    def _button(self, errors: FieldErrors, raw: Json) -> None:
        fields.text(errors.at("label"), raw.get("label"), high=80)
        fields.boolean(errors.at("disabled"), raw.get("disabled"))
        style = fields.integer(errors.at("style"), raw.get("style"), low=1, high=LINK_STYLE)
        if raw.get("style") is None:
            errors.at("style").required()
        if style == LINK_STYLE:
            self._link_button(errors, raw)
        elif style is not None:
            self._custom_id(errors, raw)
            if raw.get("url"):
                errors.add("BUTTON_COMPONENT_URL_MUST_BE_LINK", "A url can only be used with a link button")
        selects.check_emoji(errors.at("emoji"), raw.get("emoji"))
        fields.object_id(errors.at("sku_id"), raw.get("sku_id"))
        if not raw.get("label") and not raw.get("emoji"):
            errors.add("BUTTON_COMPONENT_INVALID", "A label or an emoji must be set")

    def _link_button(self, errors: FieldErrors, raw: Json) -> None:
        if not raw.get("url"):
            errors.at("url").required()
        fields.url(errors.at("url"), raw.get("url"), schemes=(*fields.HTTP, "discord"), high=MAX_LINK_CHARS)
        if fields.text(errors.at("custom_id"), raw.get("custom_id"), low=1, high=100):
            errors.add(
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be set"
            )

    def _select(self, errors: FieldErrors, raw: Json) -> None:
        self._custom_id(errors, raw)
        selects.check_select(errors, raw, in_modal=self._in_modal)

    def _text_input(self, errors: FieldErrors, raw: Json) -> None:
        self._custom_id(errors, raw)
        fields.integer(errors.at("style"), raw.get("style"), low=1, high=2)
        if raw.get("style") is None:
            errors.at("style").required()
        fields.text(errors.at("placeholder"), raw.get("placeholder"), high=100)
        fields.text(errors.at("label"), raw.get("label"), low=1, high=45)
        fields.boolean(errors.at("required"), raw.get("required"))
        low = fields.integer(errors.at("min_length"), raw.get("min_length"), low=0, high=4000) or 0
        high = fields.integer(errors.at("max_length"), raw.get("max_length"), low=1, high=4000) or 4000
        if low > high:
            errors.at("min_length").add("TEXT_INPUT_MIN_OVER_MAX", "min_length must not exceed max_length")
        value = fields.text(errors.at("value"), raw.get("value"), high=4000)
        if value and not low <= len(value) <= high:
            errors.at("value").bad_length(low, high)

    def _text(self, errors: FieldErrors, raw: Json) -> None:
        content = fields.text(
            errors.at("content"), raw.get("content"), low=1, high=MAX_V2_CHARS, required=True
        )
        self.chars += len(content)

    def _section(self, errors: FieldErrors, raw: Json) -> None:
        for place, child in fields.json_objects(
            errors.at("components"), raw.get("components"), low=1, high=3
        ):
            self.component(place, child, (ComponentType.TEXT,))
        accessory = fields.json_object(errors.at("accessory"), raw.get("accessory"), required=True)
        if accessory is not None:
            self.component(errors.at("accessory"), accessory, (ComponentType.BUTTON, ComponentType.THUMBNAIL))

    def _media(self, errors: FieldErrors, value: object, *, attachments_only: bool = False) -> None:
        if (raw := fields.json_object(errors, value, required=True)) is None:
            return
        schemes = ("attachment",) if attachments_only else fields.HTTP_OR_ATTACHMENT
        if not raw.get("url"):
            errors.at("url").required()
        name = attached_name(fields.url(errors.at("url"), raw.get("url"), schemes=schemes))
        if name is not None and name not in self._filenames:
            errors.at("url").add("ATTACHMENT_NOT_FOUND", f"Attachment {name!r} could not be found.")

    def _thumbnail(self, errors: FieldErrors, raw: Json) -> None:
        fields.text(errors.at("description"), raw.get("description"), low=1, high=1024)
        fields.boolean(errors.at("spoiler"), raw.get("spoiler"))
        self._media(errors.at("media"), raw.get("media"))

    def _gallery(self, errors: FieldErrors, raw: Json) -> None:
        for place, item in fields.json_objects(errors.at("items"), raw.get("items"), low=1, high=10):
            self._thumbnail(place, item)

    def _file(self, errors: FieldErrors, raw: Json) -> None:
        fields.boolean(errors.at("spoiler"), raw.get("spoiler"))
        self._media(errors.at("file"), raw.get("file"), attachments_only=True)

    def _separator(self, errors: FieldErrors, raw: Json) -> None:
        fields.integer(errors.at("spacing"), raw.get("spacing"), low=1, high=2)
        fields.boolean(errors.at("divider"), raw.get("divider"))

    def _container(self, errors: FieldErrors, raw: Json) -> None:
        fields.integer(errors.at("accent_color"), raw.get("accent_color"), low=0, high=0xFFFFFF)
        fields.boolean(errors.at("spoiler"), raw.get("spoiler"))
        for place, child in fields.json_objects(
            errors.at("components"), raw.get("components"), low=1, high=40
        ):
            self.component(place, child, _IN_CONTAINER)

    def _label(self, errors: FieldErrors, raw: Json) -> None:
        fields.text(errors.at("label"), raw.get("label"), low=1, high=45, required=True)
        fields.text(errors.at("description"), raw.get("description"), low=1, high=100)
        child = fields.json_object(errors.at("component"), raw.get("component"), required=True)
        if child is not None:
            self.component(errors.at("component"), child, _IN_LABEL)
            if child.get("label"):
                errors.at("component", "label").add(
                    "LABEL_NOT_ALLOWED", "A label is not allowed inside of a label"
                )

    def _field(self, errors: FieldErrors, raw: Json) -> None:
        self._custom_id(errors, raw)

    def _radio_group(self, errors: FieldErrors, raw: Json) -> None:
        self._custom_id(errors, raw)
        selects.check_radio_group(errors, raw)

    def _checkbox_group(self, errors: FieldErrors, raw: Json) -> None:
        self._custom_id(errors, raw)
        selects.check_checkbox_group(errors, raw)

    def modal_component(self, errors: FieldErrors, raw: Json) -> None:
        """Check a top-level component of a modal: a label, a text, or the older row that holds one text input."""
        if raw.get("type") != ComponentType.ROW:
            self.component(errors, raw, (ComponentType.ROW, ComponentType.TEXT, ComponentType.LABEL))
            return
        for place, child in fields.json_objects(
            errors.at("components"), raw.get("components"), low=1, high=1
        ):
            # In a row a text input needs a label of its own; inside of a label it may have none.
            fields.text(place.at("label"), child.get("label"), low=1, high=45, required=True)
            self.component(place, child, (ComponentType.TEXT_INPUT,))


def check(errors: FieldErrors, value: object, *, v2: bool, filenames: Collection[str]) -> list[Json]:
    """Check a message's components: up to five rows, or with the V2 flag the newer layout.

    Returns them as Discord answers them: with IDs and the limits of selects, without what only modals have, and without
    what is null.
    """
    checker = _Checker(filenames)
    top = _TOP_V2 if v2 else (ComponentType.ROW,)
    for place, raw in fields.json_objects(errors, value, high=MAX_V2_COMPONENTS if v2 else MAX_ROWS):
        checker.component(place, raw, top)
    # Nested components count, too, so this is known only now.
    if v2 and checker.count > MAX_V2_COMPONENTS:
        errors.add(
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"At most {MAX_V2_COMPONENTS} components are allowed"
        )
    if v2 and checker.chars > MAX_V2_CHARS:
        errors.add(
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Displayable text exceeds {MAX_V2_CHARS} characters"
        )
    # A copy: the recorded request keeps what was sent.
    stored: list[Json] = _without_nulls(objects(value))
    for component in fields.walk(stored):
        component.pop("required", None)
        kind = component.get("type")
        defaults = _ANSWERED.get(kind, {}) if isinstance(kind, int) else {}
        component.update(defaults | component)
        for item in objects(component.get("items")):
            item.update(_DESCRIBED | item)
    return _with_ids(stored)


def _without_nulls(value: Any) -> Any:
    if is_array(value):
        return [_without_nulls(item) for item in value]
    if is_object(value):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _with_ids(components: list[Json]) -> list[Json]:
    """The components as Discord stores them: a free ID for each that has none (0 counts as none), default IDs as strings."""
    nested = fields.walk(components)
    taken = {component.get("id") for component in nested}
    free = (number for number in count(1) if number not in taken)
    for component in nested:
        if not component.get("id"):
            component["id"] = next(free)
        for default in objects(component.get("default_values")):
            default["id"] = str(default.get("id"))
    return components


def check_modal(errors: FieldErrors, data: Json) -> list[Json]:
    """Check a modal: its title, its custom ID and its components, which are returned with their IDs."""
    fields.text(errors.at("title"), data.get("title"), low=1, high=45, required=True)
    fields.text(errors.at("custom_id"), data.get("custom_id"), low=1, high=100, required=True)
    checker = _Checker(in_modal=True)
    for place, raw in fields.json_objects(
        errors.at("components"), data.get("components"), low=1, high=MAX_ROWS
    ):
        checker.modal_component(place, raw)
    return _with_ids(_without_nulls(objects(data.get("components"))))

"""Discord's rules for the components of messages and of modals."""

from collections.abc import Callable, Collection
from itertools import count

from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import fields, selects
from sandbox.discord.rules.component_types import LINK_STYLE, SELECTS, Kind
from sandbox.discord.rules.embeds import attached_name
from sandbox.discord.rules.errors import FaultsAt

MAX_ROWS = 5
MAX_V2_COMPONENTS = 40
MAX_V2_CHARS = 4000
MAX_LINK_CHARS = 512
_IN_CONTAINER = (Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR)
_TOP_V2 = (*_IN_CONTAINER, Kind.CONTAINER)
_IN_LABEL = (
    Kind.TEXT_INPUT,
    *SELECTS,
    Kind.FILE_UPLOAD,
    Kind.RADIO_GROUP,
    Kind.CHECKBOX_GROUP,
    Kind.CHECKBOX,
)


class _Checker:
    """Checks one message's (or modal's) components; custom IDs must be unique over all of them."""

    def __init__(self, filenames: Collection[str] = (), *, in_modal: bool = False) -> None:
        self._filenames = filenames
        self._in_modal = in_modal
        self._custom_ids: set[str] = set()
        self._component_ids: set[int] = set()
        self.count = 0
        self.chars = 0
        self._checks: dict[Kind, Callable[[FaultsAt, Json], None]] = {
            Kind.ROW: self._row,
            Kind.BUTTON: self._button,
            Kind.TEXT_INPUT: self._text_input,
            Kind.SECTION: self._section,
            Kind.TEXT: self._text,
            Kind.THUMBNAIL: self._thumbnail,
            Kind.GALLERY: self._gallery,
            Kind.FILE: self._file,
            Kind.SEPARATOR: self._separator,
            Kind.CONTAINER: self._container,
            Kind.LABEL: self._label,
            Kind.FILE_UPLOAD: self._field,
            Kind.RADIO_GROUP: self._options_field,
            Kind.CHECKBOX_GROUP: self._options_field,
            Kind.CHECKBOX: self._field,
        } | dict.fromkeys(SELECTS, self._select)

    def component(self, faults: FaultsAt, raw: Json, allowed: Collection[Kind]) -> Kind | None:
        """One component, which must be one of the `allowed`."""
        self.count += 1
        number = raw.get("type")
        if isinstance(number, bool) or not isinstance(number, int) or number not in allowed:
            faults.at("type").not_one_of(number, sorted(int(kind) for kind in allowed))
            return None
        self._number(faults.at("id"), raw.get("id"))
        if self._in_modal and raw.get("disabled"):
            faults.at("disabled").add(
                "COMPONENT_DISABLED_IN_MODAL", "A modal cannot hold disabled components"
            )
        self._checks[Kind(number)](faults, raw)
        return Kind(number)

    def _number(self, faults: FaultsAt, value: object) -> None:
        number = fields.integer(faults, value, low=0, high=2**31 - 1)
        if number and number in self._component_ids:
            faults.add("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        self._component_ids.add(number or 0)

    def _custom_id(self, faults: FaultsAt, raw: Json) -> None:
        place = faults.at("custom_id")
        custom_id = fields.text(place, raw.get("custom_id"), low=1, high=100, required=True)
        if custom_id and custom_id in self._custom_ids:
            place.add("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        self._custom_ids.add(custom_id)

    def _row(self, faults: FaultsAt, raw: Json) -> None:
        place = faults.at("components")
        children = fields.forms(place, raw.get("components"), low=1, high=MAX_ROWS)
        allowed: Collection[Kind] = (Kind.BUTTON, *SELECTS)
        kinds = [self.component(at, child, allowed) for at, child in children]
        if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
            place.add("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")

    def _button(self, faults: FaultsAt, raw: Json) -> None:
        fields.text(faults.at("label"), raw.get("label"), high=80)
        fields.boolean(faults.at("disabled"), raw.get("disabled"))
        style = fields.integer(faults.at("style"), raw.get("style"), low=1, high=LINK_STYLE)
        if raw.get("style") is None:
            faults.at("style").required()
        if style == LINK_STYLE:
            self._link_button(faults, raw)
        elif style is not None:
            self._custom_id(faults, raw)
            if raw.get("url"):
                faults.add("BUTTON_COMPONENT_URL_MUST_BE_LINK", "A url can only be used with a link button")
        selects.check_emoji(faults.at("emoji"), raw.get("emoji"))
        if not raw.get("label") and not raw.get("emoji"):
            faults.add("BUTTON_COMPONENT_INVALID", "A label or an emoji must be set")

    def _link_button(self, faults: FaultsAt, raw: Json) -> None:
        if not raw.get("url"):
            faults.at("url").required()
        fields.url(faults.at("url"), raw.get("url"), schemes=(*fields.HTTP, "discord"), high=MAX_LINK_CHARS)
        if raw.get("custom_id"):
            faults.add(
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be set"
            )

    def _select(self, faults: FaultsAt, raw: Json) -> None:
        self._custom_id(faults, raw)
        selects.check_select(faults, raw, in_modal=self._in_modal)

    def _text_input(self, faults: FaultsAt, raw: Json) -> None:
        self._custom_id(faults, raw)
        fields.integer(faults.at("style"), raw.get("style"), low=1, high=2)
        if raw.get("style") is None:
            faults.at("style").required()
        fields.text(faults.at("placeholder"), raw.get("placeholder"), high=100)
        fields.text(faults.at("label"), raw.get("label"), high=45)
        fields.boolean(faults.at("required"), raw.get("required"))
        low = fields.integer(faults.at("min_length"), raw.get("min_length"), low=0, high=4000) or 0
        high = fields.integer(faults.at("max_length"), raw.get("max_length"), low=1, high=4000) or 4000
        if low > high:
            faults.at("min_length").add("TEXT_INPUT_MIN_OVER_MAX", "min_length must not exceed max_length")
        value = fields.text(faults.at("value"), raw.get("value"), high=4000)
        if value and not low <= len(value) <= high:
            faults.at("value").bad_length(low, high)

    def _text(self, faults: FaultsAt, raw: Json) -> None:
        content = fields.text(
            faults.at("content"), raw.get("content"), low=1, high=MAX_V2_CHARS, required=True
        )
        self.chars += len(content)

    def _section(self, faults: FaultsAt, raw: Json) -> None:
        for place, child in fields.forms(faults.at("components"), raw.get("components"), low=1, high=3):
            self.component(place, child, (Kind.TEXT,))
        accessory = fields.form(faults.at("accessory"), raw.get("accessory"), required=True)
        if accessory is not None:
            self.component(faults.at("accessory"), accessory, (Kind.BUTTON, Kind.THUMBNAIL))

    def _media(self, faults: FaultsAt, value: object, *, attached_only: bool = False) -> None:
        if (raw := fields.form(faults, value, required=True)) is None:
            return
        schemes = ("attachment",) if attached_only else fields.HTTP_OR_ATTACHMENT
        if not raw.get("url"):
            faults.at("url").required()
        name = attached_name(fields.url(faults.at("url"), raw.get("url"), schemes=schemes))
        if name is not None and name not in self._filenames:
            faults.at("url").add("ATTACHMENT_NOT_FOUND", f"Attachment {name!r} could not be found.")

    def _thumbnail(self, faults: FaultsAt, raw: Json) -> None:
        fields.text(faults.at("description"), raw.get("description"), high=1024)
        self._media(faults.at("media"), raw.get("media"))

    def _gallery(self, faults: FaultsAt, raw: Json) -> None:
        for place, item in fields.forms(faults.at("items"), raw.get("items"), low=1, high=10):
            self._thumbnail(place, item)

    def _file(self, faults: FaultsAt, raw: Json) -> None:
        self._media(faults.at("file"), raw.get("file"), attached_only=True)

    def _separator(self, faults: FaultsAt, raw: Json) -> None:
        fields.integer(faults.at("spacing"), raw.get("spacing"), low=1, high=2)

    def _container(self, faults: FaultsAt, raw: Json) -> None:
        fields.integer(faults.at("accent_color"), raw.get("accent_color"), low=0, high=0xFFFFFF)
        for place, child in fields.forms(faults.at("components"), raw.get("components"), low=1, high=40):
            self.component(place, child, _IN_CONTAINER)

    def _label(self, faults: FaultsAt, raw: Json) -> None:
        fields.text(faults.at("label"), raw.get("label"), low=1, high=45, required=True)
        fields.text(faults.at("description"), raw.get("description"), high=100)
        child = fields.form(faults.at("component"), raw.get("component"), required=True)
        if child is not None:
            self.component(faults.at("component"), child, _IN_LABEL)
            if child.get("label"):
                faults.at("component", "label").add(
                    "LABEL_NOT_ALLOWED", "A label is not allowed inside of a label"
                )

    def _field(self, faults: FaultsAt, raw: Json) -> None:
        self._custom_id(faults, raw)

    def _options_field(self, faults: FaultsAt, raw: Json) -> None:
        self._custom_id(faults, raw)
        selects.check_options(faults.at("options"), raw.get("options"), high=10)

    def modal_part(self, faults: FaultsAt, raw: Json) -> None:
        """One component of a modal: a label, a text, or the older row that holds one text input."""
        if raw.get("type") != Kind.ROW:
            self.component(faults, raw, (Kind.ROW, Kind.TEXT, Kind.LABEL))
            return
        for place, child in fields.forms(faults.at("components"), raw.get("components"), low=1, high=1):
            fields.text(place.at("label"), child.get("label"), low=1, high=45, required=True)
            self.component(place, child, (Kind.TEXT_INPUT,))


def check(faults: FaultsAt, value: object, *, v2: bool, filenames: Collection[str]) -> list[Json]:
    """Check a message's components: up to five rows, or with the V2 flag the newer layout.

    Returns them with the IDs that Discord numbers them with.
    """
    checker = _Checker(filenames)
    top = _TOP_V2 if v2 else (Kind.ROW,)
    for place, raw in fields.forms(faults, value, high=MAX_V2_COMPONENTS if v2 else MAX_ROWS):
        checker.component(place, raw, top)
    if v2 and checker.count > MAX_V2_COMPONENTS:
        faults.add(
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"At most {MAX_V2_COMPONENTS} components are allowed"
        )
    if v2 and checker.chars > MAX_V2_CHARS:
        faults.add(
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Displayable text exceeds {MAX_V2_CHARS} characters"
        )
    return _kept(objects(value))


def _kept(components: list[Json]) -> list[Json]:
    """The components as Discord keeps them: IDs as texts, and a free number for each that has none (0 counts as none)."""
    everything = fields.walk(components)
    taken = {component.get("id") for component in everything}
    free = (number for number in count(1) if number not in taken)
    for component in everything:
        if not component.get("id"):
            component["id"] = next(free)
        for default in objects(component.get("default_values")):
            default["id"] = str(default["id"])
    return components


def check_modal(faults: FaultsAt, data: Json) -> list[Json]:
    """Check a modal: its title, its custom ID and what can be filled in. Returns its components, numbered."""
    fields.text(faults.at("title"), data.get("title"), low=1, high=45, required=True)
    fields.text(faults.at("custom_id"), data.get("custom_id"), low=1, high=100, required=True)
    checker = _Checker(in_modal=True)
    for place, raw in fields.forms(faults.at("components"), data.get("components"), low=1, high=MAX_ROWS):
        checker.modal_part(place, raw)
    return _kept(objects(data.get("components")))

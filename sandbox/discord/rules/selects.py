"""Discord's rules for selects, their options and emojis, in messages and in modals."""

from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import fields
from sandbox.discord.rules.component_types import ENTITY_SELECTS, ComponentType
from sandbox.discord.rules.errors import FieldErrors

MAX_OPTIONS = 25
MAX_GROUPED = 10
MAX_PLACEHOLDER_CHARS = 150
CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)
_VARIATION_SELECTOR = "\ufe0f"


def check_select(errors: FieldErrors, raw: Json, *, in_modal: bool) -> None:
    """Check a select of any type: its limits, its options and its default values."""
    fields.text(errors.at("placeholder"), raw.get("placeholder"), high=MAX_PLACEHOLDER_CHARS)
    fields.boolean(errors.at("disabled"), raw.get("disabled"))
    high = fields.integer(errors.at("max_values"), raw.get("max_values"), low=1, high=MAX_OPTIONS) or 1
    low = fields.integer(errors.at("min_values"), raw.get("min_values"), low=0, high=MAX_OPTIONS)
    if low is not None and low > high:
        errors.at("min_values").add("SELECT_MIN_OVER_MAX", "min_values must not exceed max_values")
    required = fields.boolean(errors.at("required"), raw.get("required", True))
    # In a modal a select is required unless it says otherwise.
    if in_modal and low == 0 and required:
        errors.at("min_values").add("SELECT_MIN_BUT_REQUIRED", "min_values must be at least 1 where required")
    if raw.get("type") == ComponentType.STRING_SELECT:
        _check_string_select(errors, raw, high)
    else:
        _check_entity_select(errors, raw, low, high)


def _check_string_select(errors: FieldErrors, raw: Json, high: int) -> None:
    count = check_options(errors.at("options"), raw.get("options"), high=MAX_OPTIONS)
    if high > max(count, 1):
        errors.at("max_values").add("SELECT_MAX_OVER_OPTIONS", "max_values exceeds the number of options")
    if sum(option.get("default") is True for option in objects(raw.get("options"))) > high:
        errors.at("options").add("SELECT_TOO_MANY_DEFAULTS", "More options are default than max_values")
    if raw.get("default_values"):
        errors.at("default_values").add("SELECT_DEFAULTS_INVALID", "The options name their defaults")


def _check_entity_select(errors: FieldErrors, raw: Json, low: int | None, high: int) -> None:
    if raw.get("options"):
        errors.at("options").add("SELECT_OPTIONS_INVALID", "Only string selects have options")
    fields.some_of(errors.at("channel_types"), raw.get("channel_types"), CHANNEL_TYPES)
    place = errors.at("default_values")
    offered = ENTITY_SELECTS[ComponentType(raw["type"])]
    defaults = fields.json_objects(place, raw.get("default_values"), high=MAX_OPTIONS)
    for at, default in defaults:
        fields.object_id(at.at("id"), default.get("id"), required=True)
        if default.get("type") not in offered:
            at.at("type").not_one_of(default.get("type"), offered)
    if len({str(default.get("id")) for _, default in defaults}) != len(defaults):
        place.add("SELECT_DEFAULT_VALUE_DUPLICATED", "The specified default value is already used")
    minimum = 1 if low is None else low
    if defaults and not minimum <= len(defaults) <= high:
        place.bad_length(minimum, high)


def check_radio_group(errors: FieldErrors, raw: Json) -> None:
    """Check a group of radio buttons: 2 to 10, of which one at most is on at first."""
    options = errors.at("options")
    fields.boolean(errors.at("required"), raw.get("required", True))
    check_options(options, raw.get("options"), low=2, high=MAX_GROUPED)
    if sum(option.get("default") is True for option in objects(raw.get("options"))) > 1:
        options.add("SELECT_TOO_MANY_DEFAULTS", "Only one option of a radio group can be default")


def check_checkbox_group(errors: FieldErrors, raw: Json) -> None:
    """Check a group of 1 to 10 checkboxes, and how many of them are to be checked."""
    options = errors.at("options")
    count = check_options(options, raw.get("options"), high=MAX_GROUPED)
    high = fields.integer(errors.at("max_values"), raw.get("max_values"), low=1, high=MAX_GROUPED)
    low = fields.integer(errors.at("min_values"), raw.get("min_values"), low=0, high=MAX_GROUPED)
    required = fields.boolean(errors.at("required"), raw.get("required", True))
    most = count if high is None else high
    if most > max(count, 1):
        errors.at("max_values").add("SELECT_MAX_OVER_OPTIONS", "max_values exceeds the number of options")
    if low is not None and low > most:
        errors.at("min_values").add("SELECT_MIN_OVER_MAX", "min_values must not exceed max_values")
    if low == 0 and required:
        errors.at("min_values").add("SELECT_MIN_BUT_REQUIRED", "min_values must be at least 1 where required")
    if sum(option.get("default") is True for option in objects(raw.get("options"))) > most:
        options.add("SELECT_TOO_MANY_DEFAULTS", "More options are default than max_values")


def check_options(errors: FieldErrors, value: object, *, high: int, low: int = 1) -> int:
    """Check the options of a list, whose values are unique; returns how many there are."""
    options = fields.json_objects(errors, value, low=low, high=high)
    seen: set[str] = set()
    for place, option in options:
        fields.text(place.at("label"), option.get("label"), low=1, high=100, required=True)
        fields.text(place.at("description"), option.get("description"), high=100)
        fields.boolean(place.at("default"), option.get("default"))
        check_emoji(place.at("emoji"), option.get("emoji"))
        key = fields.text(place.at("value"), option.get("value"), low=1, high=100, required=True)
        if key in seen:
            place.at("value").add(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
            )
        seen.add(key)
    return len(options)


def check_emoji(errors: FieldErrors, value: object) -> None:
    """Check an emoji: a custom one has an ID, any other a Unicode emoji as its name, not text such as `:note:`."""
    if (raw := fields.json_object(errors, value)) is None:
        return
    if raw.get("id") is not None:
        fields.object_id(errors.at("id"), raw["id"])
        return
    name = fields.text(errors.at("name"), raw.get("name"), required=True, high=32)
    if name and not _looks_like_emoji(name):
        errors.at("name").add("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _looks_like_emoji(name: str) -> bool:
    # The only emoji that begin with an ASCII character.
    keycap = name[0] in "#*0123456789" and name.endswith("\u20e3")
    return keycap or not any(
        char.isascii() or char.isalnum() for char in name.replace(_VARIATION_SELECTOR, "")
    )

"""Discord's rules for lists to choose from, in messages and in modals."""

from sandbox.discord.json_types import Json, objects, snowflake
from sandbox.discord.rules import fields
from sandbox.discord.rules.component_types import PICKERS, Kind
from sandbox.discord.rules.errors import FaultsAt

MAX_OPTIONS = 25
MAX_PLACEHOLDER_CHARS = 150
_CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)
_VARIATION_SELECTOR = "\ufe0f"


def check_select(faults: FaultsAt, raw: Json, *, in_modal: bool) -> None:
    """A select of any kind: how many may be chosen, from what, and what is chosen already."""
    fields.text(faults.at("placeholder"), raw.get("placeholder"), high=MAX_PLACEHOLDER_CHARS)
    fields.boolean(faults.at("disabled"), raw.get("disabled"))
    high = fields.integer(faults.at("max_values"), raw.get("max_values"), low=1, high=MAX_OPTIONS) or 1
    low = fields.integer(faults.at("min_values"), raw.get("min_values"), low=0, high=MAX_OPTIONS)
    if low is not None and low > high:
        faults.at("min_values").add("SELECT_MIN_OVER_MAX", "min_values must not exceed max_values")
    required = fields.boolean(faults.at("required"), raw.get("required", True))
    if in_modal and low == 0 and required:
        faults.at("min_values").add("SELECT_MIN_BUT_REQUIRED", "min_values must be at least 1 where required")
    if raw.get("type") == Kind.STRING_SELECT:
        _check_strings(faults, raw, high)
    else:
        _check_picker(faults, raw, low, high)


def _check_strings(faults: FaultsAt, raw: Json, high: int) -> None:
    count = check_options(faults.at("options"), raw.get("options"), high=MAX_OPTIONS)
    if high > max(count, 1):
        faults.at("max_values").add("SELECT_MAX_OVER_OPTIONS", "max_values exceeds the number of options")
    if sum(option.get("default") is True for option in objects(raw.get("options"))) > high:
        faults.at("options").add("SELECT_TOO_MANY_DEFAULTS", "More options are default than max_values")
    if raw.get("default_values"):
        faults.at("default_values").add("SELECT_DEFAULTS_INVALID", "The options name their defaults")


def _check_picker(faults: FaultsAt, raw: Json, low: int | None, high: int) -> None:
    if raw.get("options"):
        faults.at("options").add("SELECT_OPTIONS_INVALID", "Only string selects have options")
    types = fields.array(faults.at("channel_types"), raw.get("channel_types"), high=len(_CHANNEL_TYPES))
    for index, number in enumerate(types):
        if number not in _CHANNEL_TYPES:
            faults.at("channel_types", index).not_one_of(number, _CHANNEL_TYPES)
    place = faults.at("default_values")
    offered = PICKERS[Kind(raw["type"])]
    defaults = fields.forms(place, raw.get("default_values"), high=MAX_OPTIONS)
    for at, default in defaults:
        if snowflake(default.get("id")) is None:
            at.at("id").wrong_type("snowflake")
        if default.get("type") not in offered:
            at.at("type").not_one_of(default.get("type"), offered)
    if len({str(default.get("id")) for _, default in defaults}) != len(defaults):
        place.add("SELECT_DEFAULT_VALUE_DUPLICATED", "The specified default value is already used")
    least = 1 if low is None else low
    if defaults and not least <= len(defaults) <= high:
        place.bad_length(least, high)


def check_options(faults: FaultsAt, value: object, *, high: int) -> int:
    """The options of a list, each value once; returns how many there are."""
    options = fields.forms(faults, value, low=1, high=high)
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


def check_emoji(faults: FaultsAt, value: object) -> None:
    """An emoji of a server's own by its ID, or one character of Unicode's: no name between colons, no words."""
    if (raw := fields.form(faults, value)) is None:
        return
    if raw.get("id") is not None:
        if snowflake(raw["id"]) is None:
            faults.at("id").wrong_type("snowflake")
        return
    name = fields.text(faults.at("name"), raw.get("name"), required=True, high=32)
    if name and not _looks_like_emoji(name):
        faults.at("name").add("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _looks_like_emoji(name: str) -> bool:
    keycap = name[0] in "#*0123456789" and name.endswith("\u20e3")
    return keycap or not any(
        sign.isascii() or sign.isalnum() for sign in name.replace(_VARIATION_SELECTOR, "")
    )

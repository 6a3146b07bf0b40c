"""Discord's rules for the choices of an option, registered or answered to an autocompletion."""

from collections.abc import Iterable

from sandbox.discord.json_types import Json
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FieldErrors
from sandbox.discord.world.model import LOCALES

STRING_OPTION, INTEGER_OPTION = 3, 4
MAX_CHOICES = 25


def localised(errors: FieldErrors, value: object) -> Iterable[tuple[FieldErrors, object]]:
    """The texts of a dictionary by locale, each with its place; reports locales that Discord does not have."""
    for locale, text in (fields.json_object(errors, value) or {}).items():
        if locale not in LOCALES:
            errors.at(locale).not_one_of(locale, LOCALES)
        yield errors.at(locale), text


def check_choices(errors: FieldErrors, value: object, *, option_type: int) -> None:
    """Check the answer to an autocompletion: up to 25 choices of the option's type."""
    for place, choice in fields.json_objects(errors, value, high=MAX_CHOICES):
        check_choice(place, choice, option_type=option_type)


def check_choice(errors: FieldErrors, choice: Json, *, option_type: int) -> None:
    """Check one choice: its name, and a value of the option's type (3 string, 4 integer, 10 number)."""
    fields.text(errors.at("name"), choice.get("name"), low=1, high=100, required=True)
    for place, name in localised(errors.at("name_localizations"), choice.get("name_localizations")):
        fields.text(place, name, low=1, high=100, required=True)
    value = choice.get("value")
    place = errors.at("value")
    if value is None:
        place.required()
    elif option_type == STRING_OPTION:
        fields.text(place, value, high=100)
    elif isinstance(value, bool) or not isinstance(
        value, int if option_type == INTEGER_OPTION else (int, float)
    ):
        place.wrong_type("int" if option_type == INTEGER_OPTION else "float")

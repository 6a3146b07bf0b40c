"""Discord's rules for the choices of an option: those that are registered, and those that complete what is typed."""

from sandbox.discord.json_types import Json
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FaultsAt

TEXT_OPTION, WHOLE_OPTION = 3, 4
MAX_CHOICES = 25


def check_choices(faults: FaultsAt, value: object, *, option_type: int) -> None:
    """Check the answers to an autocompletion: up to 25, each of the option's own type."""
    for place, choice in fields.forms(faults, value, high=MAX_CHOICES):
        check_choice(place, choice, option_type=option_type)


def check_choice(faults: FaultsAt, choice: Json, *, option_type: int) -> None:
    """Check one choice of an option: its name, and a value of the option's type (3 text, 4 whole, 10 number)."""
    fields.text(faults.at("name"), choice.get("name"), low=1, high=100, required=True)
    value = choice.get("value")
    place = faults.at("value")
    if value is None:
        place.required()
    elif option_type == TEXT_OPTION:
        fields.text(place, value, high=100)
    elif isinstance(value, bool) or not isinstance(
        value, int if option_type == WHOLE_OPTION else (int, float)
    ):
        place.wrong_type("int" if option_type == WHOLE_OPTION else "float")

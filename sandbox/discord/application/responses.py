"""Which first responses an interaction may get, and what must be in them."""

from sandbox.discord.application.interaction import InteractionType, ResponseType, SeenInteraction
from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import choices, components
from sandbox.discord.rules.errors import FormFaults

_MESSAGE_ANSWERS = (ResponseType.MESSAGE, ResponseType.DEFERRED)
_UPDATE_ANSWERS = (ResponseType.DEFERRED_UPDATE, ResponseType.UPDATE)


def kind_of(value: object, interaction: SeenInteraction) -> ResponseType:
    """The type of a response.

    Raises:
        DiscordError: this interaction cannot be answered like that.
    """
    allowed = _allowed(interaction)
    if value not in allowed:
        faults = FormFaults()
        faults.at("type").not_one_of(value, tuple(int(kind) for kind in allowed))
        faults.raise_if_any()
    return next(kind for kind in allowed if kind == value)


def _allowed(interaction: SeenInteraction) -> tuple[ResponseType, ...]:
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return (ResponseType.CHOICES,)
        case InteractionType.COMMAND:
            return (*_MESSAGE_ANSWERS, ResponseType.MODAL)
        case InteractionType.COMPONENT:
            return (*_MESSAGE_ANSWERS, *_UPDATE_ANSWERS, ResponseType.MODAL)
        case InteractionType.MODAL:
            return (*_MESSAGE_ANSWERS, *_UPDATE_ANSWERS) if interaction.source else _MESSAGE_ANSWERS


def only_flags(data: Json) -> Json:
    """What a deferral takes of its data."""
    return {"flags": data["flags"]} if data.get("flags") is not None else {}


def choices_of(data: Json, option_type: int) -> list[Json]:
    """The choices of a completion, of the type of the option that is typed.

    Raises:
        DiscordError: they break a rule.
    """
    faults = FormFaults()
    choices.check_choices(faults.at("data", "choices"), data.get("choices"), option_type=option_type)
    if data.get("choices") is None:
        faults.at("data", "choices").required()
    faults.raise_if_any()
    return objects(data.get("choices"))


def modal_of(data: Json) -> Json:
    """A modal with its components numbered.

    Raises:
        DiscordError: it breaks a rule.
    """
    faults = FormFaults()
    numbered = components.check_modal(faults.at("data"), data)
    faults.raise_if_any()
    return data | {"components": numbered}

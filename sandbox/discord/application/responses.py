"""Checks first responses: which types an interaction takes, and the data of modals and autocompletions."""

from sandbox.discord.application.interaction import InteractionType, ResponseType, SeenInteraction
from sandbox.discord.json_types import Json, objects
from sandbox.discord.rules import choices, components
from sandbox.discord.rules.errors import FormErrors, not_one_of

_MESSAGE_ANSWERS = (ResponseType.MESSAGE, ResponseType.DEFERRED)
_UPDATE_ANSWERS = (ResponseType.DEFERRED_UPDATE, ResponseType.UPDATE)


def kind_of(value: object, interaction: SeenInteraction) -> ResponseType:
    """The type of a first response.

    Raises:
        DiscordError: this interaction does not take a response of that type.
    """
    allowed = _allowed(interaction)
    if value not in allowed:
        raise not_one_of(("type",), value, [int(kind) for kind in allowed])
    return next(kind for kind in allowed if kind == value)


def _allowed(interaction: SeenInteraction) -> tuple[ResponseType, ...]:
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return (ResponseType.CHOICES,)
        case InteractionType.COMMAND:
            return (*_MESSAGE_ANSWERS, ResponseType.MODAL)
        case InteractionType.COMPONENT:
            return (*_MESSAGE_ANSWERS, *_UPDATE_ANSWERS, ResponseType.MODAL)
        # No modal opens another one, and that of a command belongs to no message that could be updated.
        case InteractionType.MODAL:
            return (*_MESSAGE_ANSWERS, *_UPDATE_ANSWERS) if interaction.source else _MESSAGE_ANSWERS


def only_flags(data: Json) -> Json:
    """The only part of its data that a deferral takes."""
    return {"flags": data["flags"]} if data.get("flags") is not None else {}


def choices_of(data: Json, option_type: int) -> list[Json]:
    """The choices of an autocompletion, whose values have the option's type.

    Raises:
        DiscordError: 50035 with the path of every error.
    """
    form = FormErrors()
    choices.check_choices(form.at("data", "choices"), data.get("choices"), option_type=option_type)
    if data.get("choices") is None:
        form.at("data", "choices").required()
    form.raise_if_any()
    return objects(data.get("choices"))


def modal_of(data: Json) -> Json:
    """A modal with IDs for all of its components.

    Raises:
        DiscordError: 50035 with the path of every error.
    """
    form = FormErrors()
    numbered = components.check_modal(form.at("data"), data)
    form.raise_if_any()
    return data | {"components": numbered}

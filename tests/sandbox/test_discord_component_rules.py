"""Discord's rules for selects and modals, each with the path of its error."""

from typing import Any

from sandbox.discord.json_types import Json
from sandbox.discord.rules.components import check_modal
from sandbox.discord.rules.errors import DiscordError, FormErrors
from sandbox.discord.rules.messages import MessageLimits, check
from sandbox.discord.world.model import MIB


def option(value: str, **more: Any) -> Json:
    return {"label": value, "value": value} | more


def strings(*values: str, **more: Any) -> Json:
    return {"type": 3, "custom_id": "s", "options": [option(value) for value in values]} | more


def picker(kind: int, *defaults: Json, **more: Any) -> Json:
    return {"type": kind, "custom_id": "p", "default_values": list(defaults)} | more


def default(kind: str, number: int = 5) -> Json:
    return {"type": kind, "id": str(number)}


def radios(*values: str, **more: Any) -> Json:
    return {"type": 21, "custom_id": "r", "options": [option(value) for value in values]} | more


def boxes(*values: str, **more: Any) -> Json:
    return {"type": 22, "custom_id": "c", "options": [option(value) for value in values]} | more


def button(**more: Any) -> Json:
    return {"type": 2, "style": 2, "custom_id": "b", "label": "B"} | more


def text_input(**more: Any) -> Json:
    return {"type": 4, "custom_id": "t", "style": 1} | more


def label(component: Json, **more: Any) -> Json:
    return {"type": 18, "label": "L", "component": component} | more


def paths_of(errors: Json | None, path: str = "") -> set[str]:
    """The dotted paths of all errors."""
    found: set[str] = set()
    for key, value in (errors or {}).items():
        if key == "_errors":
            found.add(path)
        else:
            found |= paths_of(value, f"{path}.{key}" if path else key)
    return found


def errors_of_row(*components: Json) -> set[str]:
    try:
        check({"components": [{"type": 1, "components": list(components)}]}, [], MessageLimits(MIB))
    except DiscordError as error:
        return paths_of(error.errors)
    return set()


def errors_of_modal(*components: Json, **more: Any) -> set[str]:
    form = FormErrors()
    check_modal(form.at(), {"title": "Compose", "custom_id": "m", "components": list(components)} | more)
    return paths_of(form.nested())


ROW = "components.0.components.0"


INVALID_COMPONENTS = [
    (strings("a", "a"), f"{ROW}.options.1.value"),
    (strings("x" * 101), f"{ROW}.options.0.label"),
    (strings("a", placeholder="x" * 151), f"{ROW}.placeholder"),
    (strings("a", min_values=26), f"{ROW}.min_values"),
    (strings("a", max_values=0), f"{ROW}.max_values"),
    (strings("a", default_values=[default("user")]), f"{ROW}.default_values"),
    (strings() | {"options": [option("a", default=True), option("b", default=True)]}, f"{ROW}.options"),
    (strings() | {"options": [option("a", emoji={"name": "note"})]}, f"{ROW}.options.0.emoji.name"),
    (picker(5, options=[option("a")]), f"{ROW}.options"),
    (picker(5, default("role")), f"{ROW}.default_values.0.type"),
    (picker(6, default("user")), f"{ROW}.default_values.0.type"),
    (picker(7, default("channel")), f"{ROW}.default_values.0.type"),
    (picker(8, default("user")), f"{ROW}.default_values.0.type"),
    (picker(8, {"type": "channel", "id": "here"}), f"{ROW}.default_values.0.id"),
    (picker(8, {"type": "channel"}), f"{ROW}.default_values.0.id"),
    (picker(8, channel_types=[0, 0]), f"{ROW}.channel_types"),
    (button(sku_id="x"), f"{ROW}.sku_id"),
    (picker(5, default("user"), default("user", 6)), f"{ROW}.default_values"),
    (picker(5, default("user"), default("user"), max_values=2), f"{ROW}.default_values"),
    (picker(8, channel_types=[99]), f"{ROW}.channel_types.0"),
    (button(emoji={"name": ":musical_note:"}), f"{ROW}.emoji.name"),
    (button(emoji={"name": "x", "id": "no"}), f"{ROW}.emoji.id"),
    (button(style=6), f"{ROW}.style"),
    (label(text_input()), f"{ROW}.type"),
    (text_input(label="T"), f"{ROW}.type"),
]


def test_message_components_that_break_a_rule_are_refused() -> None:
    assert [case for case in INVALID_COMPONENTS if case[1] not in errors_of_row(case[0])] == []


VALID_COMPONENTS = [
    strings(*[str(number) for number in range(25)], min_values=0, max_values=25),
    picker(5, default("user")),
    picker(7, default("user"), default("role", 6), max_values=2),
    picker(8, default("channel"), channel_types=[0, 11]),
    button(emoji={"name": "🎵"}, label=None),
    button(emoji={"name": "▶️"}),
    button(emoji={"name": "1️⃣"}),
    button(emoji={"name": "party", "id": "123456789"}),
    button(disabled=True),
]


def test_valid_message_components_are_accepted() -> None:
    assert [component for component in VALID_COMPONENTS if errors_of_row(component)] == []


INVALID_MODALS: list[tuple[list[Json], str]] = [
    ([label(text_input(placeholder="x" * 101))], "components.0.component.placeholder"),
    ([label(text_input(value="x" * 4001))], "components.0.component.value"),
    ([label(text_input(value="abc", max_length=2))], "components.0.component.value"),
    ([label(text_input(min_length=3, max_length=2))], "components.0.component.min_length"),
    ([label(text_input(max_length=4001))], "components.0.component.max_length"),
    ([label(text_input(style=3))], "components.0.component.style"),
    ([label(text_input(label="twice"))], "components.0.component.label"),
    ([label(text_input(), label="x" * 46)], "components.0.label"),
    ([label(text_input(), description="x" * 101)], "components.0.description"),
    ([label(text_input()), label(text_input())], "components.1.component.custom_id"),
    ([label(button())], "components.0.component.type"),
    ([label(strings("a", disabled=True))], "components.0.component.disabled"),
    ([label(strings("a", min_values=0))], "components.0.component.min_values"),
    ([label(picker(5, default("role")))], "components.0.component.default_values.0.type"),
    ([label(radios("a"))], "components.0.component.options"),
    ([label(radios(*map(str, range(11))))], "components.0.component.options"),
    ([label(radios("a", "a"))], "components.0.component.options.1.value"),
    (
        [label(radios(options=[option("a", default=True), option("b", default=True)]))],
        "components.0.component.options",
    ),
    ([label(boxes())], "components.0.component.options"),
    ([label(boxes("a", max_values=2))], "components.0.component.max_values"),
    ([label(boxes("a", "b", min_values=2, max_values=1))], "components.0.component.min_values"),
    ([label(boxes("a", min_values=0))], "components.0.component.min_values"),
    ([text_input()], "components.0.type"),
    ([strings("a")], "components.0.type"),
    ([{"type": 1, "components": [strings("a")]}], "components.0.components.0.type"),
    ([], "components"),
    ([label(text_input(custom_id=str(number))) for number in range(6)], "components"),
]


def test_modals_that_break_a_rule_are_refused() -> None:
    assert [case for case in INVALID_MODALS if case[1] not in errors_of_modal(*case[0])] == []


def test_a_modal_has_a_short_title_and_a_custom_id() -> None:
    field = label(text_input())
    assert errors_of_modal(field, title="x" * 46) == {"title"}
    assert errors_of_modal(field, custom_id="x" * 101) == {"custom_id"}
    assert errors_of_modal(field, title="x" * 45, custom_id="x" * 100) == set()


def test_a_modal_at_its_limits_is_accepted() -> None:
    written = text_input(value="x" * 4000, max_length=4000, style=2)
    chosen = strings("a", "b", min_values=0, required=False)
    parts = [{"type": 10, "content": "hello"}, label(written, label="x" * 45), label(chosen)]
    groups = [label(radios("a", "b", required=False)), label(boxes("a", "b", min_values=0, required=False))]
    assert errors_of_modal(*groups) == set()
    assert errors_of_modal(*parts, label(picker(8, default("channel"))), label(picker(6))) == {
        "components.4.component.custom_id"
    }
    assert errors_of_modal(*parts, label(picker(8, default("channel")))) == set()


def test_components_without_an_id_get_the_free_ones() -> None:
    row = {"type": 1, "id": 0, "components": [button(id=1), button(custom_id="c")]}
    (numbered,) = check({"components": [row]}, [], MessageLimits(MIB)).components or []
    assert [numbered["id"], *(child["id"] for child in numbered["components"])] == [2, 1, 3]


def test_the_id_of_a_default_value_is_stored_as_a_string() -> None:
    row = {"type": 1, "components": [picker(8, {"type": "channel", "id": 5})]}
    (kept,) = check({"components": [row]}, [], MessageLimits(MIB)).components or []
    assert kept["components"][0]["default_values"] == [{"type": "channel", "id": "5"}]

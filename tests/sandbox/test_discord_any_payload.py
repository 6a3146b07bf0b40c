"""Whatever a bot sends, the rules accept it or refuse it as Discord does; nothing falls over."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord.json_types import Json
from sandbox.discord.rules import messages
from sandbox.discord.rules.choices import check_choices
from sandbox.discord.rules.commands import check_all
from sandbox.discord.rules.components import check_modal
from sandbox.discord.rules.errors import DiscordError, FormErrors
from sandbox.discord.rules.messages import MessageLimits
from sandbox.discord.world.model import MIB

Strategy = st.SearchStrategy[Any]

_KEYS = """content embeds components flags attachments allowed_mentions message_reference nonce tts type title url id
description fields value inline image thumbnail author footer icon_url text timestamp color custom_id label style
options placeholder min_values max_values component accessory items media file parse users roles name choices
required min_length max_length min_value max_value autocomplete contexts integration_types name_localizations
description_localizations default_member_permissions"""

words: Strategy = st.sampled_from(
    ["a", "name", "https://a.b/c", "attachment://c.png", "javascript:x", "x" * 101, " "]
)
leaves: Strategy = st.none() | st.booleans() | st.integers(-5, 30) | st.floats() | words | st.text(max_size=5)
keys = st.sampled_from(_KEYS.split())


def lists_or_objects(inner: Strategy) -> Strategy:
    return st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6)


anything: Strategy = st.recursive(leaves, lists_or_objects, max_leaves=8)

typed: Strategy = st.fixed_dictionaries(
    {"type": st.integers(1, 23)},
    optional={
        "name": words | anything,
        "description": words,
        "custom_id": words | anything,
        "style": st.integers(0, 6),
        "label": words,
        "url": words,
        "value": anything,
        "choices": st.lists(st.fixed_dictionaries({"name": anything, "value": anything}), max_size=3),
        "min_values": anything,
        "required": st.booleans(),
    },
)


def merged(first: Json, second: Json) -> Json:
    return first | second


def with_children(inner: Strategy) -> Strategy:
    """Typed objects that hold others, as components and options do."""
    inside = st.sampled_from(["components", "options", "fields", "items"])
    children = st.dictionaries(inside, st.lists(inner, max_size=3), min_size=1, max_size=1)
    return st.builds(merged, typed, children)


trees: Strategy = st.recursive(typed, with_children, max_leaves=6)
places = st.sampled_from(["components", "options", "embeds", "attachments"])
bodies: Strategy = st.builds(
    merged,
    st.dictionaries(keys, anything, max_size=6),
    st.dictionaries(places, st.lists(trees, max_size=3), max_size=2),
)


@given(payload=bodies)
def test_any_message_is_accepted_or_refused(payload: Json) -> None:
    with suppress(DiscordError):
        messages.check(payload, [], MessageLimits(10 * MIB)).require_something()


@given(payload=st.lists(bodies | trees, max_size=3))
def test_any_commands_are_accepted_or_refused(payload: list[Json]) -> None:
    with suppress(DiscordError):
        check_all(payload)


@given(payload=bodies, choices=anything, kind=st.sampled_from([3, 4, 10]))
def test_any_modal_and_any_choices_are_accepted_or_refused(payload: Json, choices: Any, kind: int) -> None:
    faults = FormErrors()
    check_modal(faults.at("data"), payload)
    check_choices(faults.at("choices"), choices, option_type=kind)
    assert set(faults.nested()) <= {"data", "choices"}

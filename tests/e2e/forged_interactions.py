"""Interactions that Discord would never send: with parts missing, of another type, or oversized."""

import copy
from typing import Any, cast

from hypothesis import strategies as st

from bot.replies.buttons import Control
from sandbox.discord.json_types import Json
from tests.job_shapes import texts

Path = tuple[str | int, ...]

LONG = "x" * 100_000
TOKEN = "aW50ZXJhY3Rpb246Zm9yZ2Vk"
"""Stands in every forged token, so that a log can be searched for all of them."""

_SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, True, -1, 0, 5, 2**63, 1.5, "", "0", "-1", "x", "9" * 30, LONG, "\ud800", "compose", "job", [], {}]),
    texts,
)  # fmt: skip
_JUNK: st.SearchStrategy[Any] = st.one_of(
    _SCALARS, st.lists(_SCALARS, max_size=3), st.dictionaries(st.sampled_from(["id", "name", "type", "value"]), _SCALARS)
)  # fmt: skip
_CUSTOM_IDS = st.one_of(
    st.sampled_from(["", "job:1", "song:1:again", "x" * 100, LONG, "'; DROP TABLE jobs; --", "../..", "\x00"]),
    st.builds("{}:{}".format, st.sampled_from([control.value for control in Control]), st.integers() | texts),
    texts,
)  # fmt: skip


def paths_in(value: object, at: Path = ()) -> list[Path]:
    """Where everything stands in a JSON value."""
    if isinstance(value, dict):
        items: list[tuple[str | int, object]] = list(cast("dict[str, object]", value).items())
    elif isinstance(value, list):
        items = list(enumerate(cast("list[object]", value)))
    else:
        items = []
    return [path for key, inner in items for path in ((*at, key), *paths_in(inner, (*at, key)))]


def _holder(value: Any, path: Path) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value


def _component(custom_id: str, kind: int) -> Json:
    return {"custom_id": custom_id, "component_type": kind, "values": ["1"]}


def _modal(custom_id: str, value: object) -> Json:
    field: Json = {"type": 4, "custom_id": custom_id, "value": value}
    return {
        "custom_id": custom_id,
        "components": [{"type": 18, "component": field}, {"type": 1, "components": [field]}],
    }


@st.composite
def forged(draw: st.DrawFn, genuine: list[Json]) -> Json:
    """One of the `genuine` interactions, turned into another kind now and then, and changed in up to three places."""
    event = copy.deepcopy(draw(st.sampled_from(genuine)))
    match draw(st.integers(0, 5)):
        case 3:
            event |= {"type": 3, "data": _component(draw(_CUSTOM_IDS), draw(st.integers(0, 9)))}
        case 4:
            event |= {"type": 5, "data": _modal(draw(_CUSTOM_IDS), draw(_JUNK))}
        case 5:
            event["type"] = draw(st.sampled_from([1, 4, 4, 6, 99, -1, "2"]))
            event["data"]["type"] = draw(st.sampled_from([1, 2, 3, 4, 99]))
        case _:
            pass
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(paths_in(event)))
        if draw(st.booleans()):
            _holder(event, path)[path[-1]] = draw(_JUNK)
        else:
            del _holder(event, path)[path[-1]]
        if not event:
            break
    return event

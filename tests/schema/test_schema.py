import json
from pathlib import Path
from typing import Any

import pytest

from tests.schema.allowed import Allowed, sort_out
from tests.schema.breaking import Break, breaks
from tests.schema.published import Json, Published, ref
from tests.schema.recorder import Exchange
from tests.schema.refusals import objection
from tests.schema.traffic import TrafficCheck

BUTTON: Json = {
    "type": "object",
    "required": ["type", "label"],
    "properties": {
        "type": {"type": "integer", "enum": [2]},
        "label": {"type": "string", "minLength": 1, "maxLength": 5},
    },
}
TEXT: Json = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"type": "integer", "enum": [10]}},
}
MESSAGE: Json = {
    "type": "object",
    "required": ["parts"],
    "properties": {
        "parts": {
            "type": "array",
            "minItems": 1,
            "items": {
                "oneOf": [{"$ref": "#/components/schemas/Text"}, {"$ref": "#/components/schemas/Button"}]
            },
        },
        "nonce": {"oneOf": [{"type": "null"}, {"type": "string", "pattern": "^[0-9]+$"}]},
        "colour": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
    },
}
VALID: Json = {"parts": [{"type": 2, "label": "Play"}]}


@pytest.fixture
def published(tmp_path: Path) -> Published:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}}
    operation = {"operationId": "send", "requestBody": body, "responses": {"200": body, "4XX": {}}}
    document = {
        "components": {"schemas": {"Message": MESSAGE, "Button": BUTTON, "Text": TEXT}, "responses": {}},
        "paths": {"/channels/{channel_id}/messages": {"post": operation}},
    }
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    return Published(file)


def sent(body: Any, *, status: int = 200, scripted: bool = False) -> Exchange:
    answer = VALID if status == 200 else None
    return Exchange("POST", "/channels/{channel}/messages", {}, body, [], status, answer, scripted)


def complaints(published: Published, exchange: Exchange) -> set[str]:
    return set(TrafficCheck(published, {}).findings([(exchange, 1)]).complaints)


def test_each_difference_is_named_by_its_place_and_keyword(published: Published) -> None:
    assert complaints(published, sent(VALID)) == set()
    wrong = {"parts": [{"type": 2, "label": "too long", "x": 1}, {"type": 2}], "nonce": 5}
    assert complaints(published, sent(wrong)) == {
        "request send $.parts.*.label maxLength",
        "request send $.parts.*.x unknown",
        "request send $.parts.*.label required",
        "request send $.nonce type",
    }


def test_an_unlisted_status_is_a_complaint_but_for_a_planned_fault(published: Published) -> None:
    assert complaints(published, sent(VALID, status=302)) == {"status send 302"}
    assert complaints(published, sent(VALID, status=302, scripted=True)) == set()


def test_every_rule_of_a_schema_is_broken_once(published: Published) -> None:
    broken = {each.name: each.body for each in breaks(published, ref("Message"), VALID)}
    assert set(broken) == {
        "$.parts required",
        "$.parts type",
        "$.parts null",
        "$.parts minItems",
        "$.parts.*2 type",
        "$.parts.*2 null",
        "$.parts.*2.type required",
        "$.parts.*2.type type",
        "$.parts.*2.type type (fraction)",
        "$.parts.*2.type null",
        "$.parts.*2.type enum",
        "$.parts.*2.label required",
        "$.parts.*2.label type",
        "$.parts.*2.label null",
        "$.parts.*2.label maxLength",
        "$.parts.*2.label minLength",
        "$.nonce type",
        "$.nonce pattern",
        "$.colour type",
        "$.colour type (fraction)",
        "$.colour minimum",
        "$.colour maximum",
    }
    assert all(list(published.differences(ref("Message"), body)) for body in broken.values())
    assert not list(published.differences(ref("Message"), VALID))


def test_a_break_must_be_refused_and_its_place_named() -> None:
    broken = Break("$.parts.*.label maxLength", ("parts", 0, "label"), "maxLength", {})

    def refusal(*path: str) -> Json:
        errors: Json = {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "too long"}]}
        for key in reversed(path):
            errors = {key: errors}
        return {"code": 50035, "message": "Invalid Form Body", "errors": errors}

    assert objection(broken, 200, {}) == "accepted"
    assert objection(broken, 403, {"code": 50013}) == "answered 403 (50013)"
    assert objection(broken, 500, {}) == "answered 500 (None)"
    assert objection(broken, 400, refusal("nonce")).startswith("the error is at")
    assert objection(broken, 400, refusal("parts", "0", "label")) == ""


def test_an_entry_of_the_allow_list_that_allows_nothing_is_reported() -> None:
    needed, unneeded = Allowed("a", ("request * $.tts unknown",)), Allowed("b", ("event *",))
    result = sort_out(["request edit $.tts unknown", "response edit $.id type"], [needed, unneeded])
    assert (result.unexpected, result.unneeded) == (["response edit $.id type"], [unneeded])

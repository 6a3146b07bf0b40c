from typing import Any

import pytest

from sandbox.discord.json_types import Json
from sandbox.discord.rules import messages
from sandbox.discord.rules.errors import DiscordError
from sandbox.discord.rules.messages import ExistingMessage, MessageBody, MessageLimits, SeenFile
from sandbox.discord.world.model import MIB, Attachment, MessageFlag

V2 = int(MessageFlag.COMPONENTS_V2)


def file(name: str, size: int = 3, index: int = 0) -> SeenFile:
    return SeenFile(f"files[{index}]", name, b"x" * size, "application/octet-stream")


def check(payload: Json, *files: SeenFile, existing: ExistingMessage | None = None) -> MessageBody:
    return messages.check(payload, list(files), MessageLimits(10 * MIB), existing)


def errors_of(
    payload: Json, *files: SeenFile, existing: ExistingMessage | None = None
) -> dict[str, list[str]]:
    """The codes of the refused form by the path to each; none if it is valid."""
    try:
        check(payload, *files, existing=existing)
    except DiscordError as error:
        refusal = error
    else:
        return {}
    assert (refusal.status, refusal.code) == (400, 50035)
    found: dict[str, list[str]] = {}

    def walk(node: Json, path: str) -> None:
        for key, value in node.items():
            if key == "_errors":
                found[path] = [error["code"] for error in value]
            else:
                walk(value, f"{path}.{key}".lstrip("."))

    walk(refusal.errors or {}, "")
    return found


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def button(custom_id: str = "b", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "B", "custom_id": custom_id} | more


def link(url: str) -> Json:
    return {"type": 2, "style": 5, "label": "Listen", "url": url}


def select(count: int = 2, **more: Any) -> Json:
    options = [{"label": f"o{i}", "value": str(i)} for i in range(count)]
    return {"type": 3, "custom_id": "s", "options": options} | more


INVALID_EMBEDS: list[tuple[Json, str, str]] = [
    ({"title": "x" * 257}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
    ({"description": "x" * 4097}, "embeds.0.description", "BASE_TYPE_MAX_LENGTH"),
    ({"footer": {"text": "x" * 2049}}, "embeds.0.footer.text", "BASE_TYPE_MAX_LENGTH"),
    ({"footer": {}}, "embeds.0.footer.text", "BASE_TYPE_REQUIRED"),
    ({"author": {"name": "x" * 257}}, "embeds.0.author.name", "BASE_TYPE_MAX_LENGTH"),
    ({"fields": [{"name": "n", "value": "v"}] * 26}, "embeds.0.fields", "BASE_TYPE_MAX_LENGTH"),
    ({"fields": [{"name": "x" * 257, "value": "v"}]}, "embeds.0.fields.0.name", "BASE_TYPE_MAX_LENGTH"),
    ({"fields": [{"name": "n", "value": "x" * 1025}]}, "embeds.0.fields.0.value", "BASE_TYPE_MAX_LENGTH"),
    ({"fields": [{"name": "n", "value": "  "}]}, "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"),
    ({"fields": [{"value": "v"}]}, "embeds.0.fields.0.name", "BASE_TYPE_REQUIRED"),
    ({"title": "t", "url": "javascript:alert(1)"}, "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    ({"title": "t", "url": "https://"}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
    ({"title": "t", "url": "not a url"}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
    ({"title": "t", "url": "http://[oops"}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
    ({"title": "t", "url": "attachment://a.png"}, "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    ({"image": {"url": "file:///etc/passwd"}}, "embeds.0.image.url", "URL_TYPE_INVALID_SCHEME"),
    ({"image": {"url": "attachment://no.png"}}, "embeds.0.image.url", "ATTACHMENT_NOT_FOUND"),
    ({"image": {}}, "embeds.0.image.url", "BASE_TYPE_REQUIRED"),
    ({"title": "t", "color": 0x1000000}, "embeds.0.color", "NUMBER_TYPE_RANGE"),
    ({"title": "t", "timestamp": "yesterday"}, "embeds.0.timestamp", "DATE_TIME_TYPE_PARSE"),
    ({"title": 5}, "embeds.0.title", "STRING_TYPE_CONVERT"),
    ({"title": "t", "video": "x"}, "embeds.0.video", "MODEL_TYPE_CONVERT"),
    ({"image": {"url": "https://a.b/c", "width": "x"}}, "embeds.0.image.width", "INT_TYPE_CONVERT"),
    ({}, "embeds.0.description", "BASE_TYPE_REQUIRED"),
    ({"title": "   "}, "embeds.0.description", "BASE_TYPE_REQUIRED"),
]


def test_embeds_that_break_a_rule_are_refused_with_path_and_code() -> None:
    accepted = [
        case for case in INVALID_EMBEDS if case[2] not in errors_of({"embeds": [case[0]]}).get(case[1], [])
    ]
    assert accepted == []


INVALID_PARTS: list[tuple[Json, str, str]] = [
    ({"poll": "x"}, "poll", "MODEL_TYPE_CONVERT"),
    ({"sticker_ids": ["1"] * 4}, "sticker_ids", "BASE_TYPE_MAX_LENGTH"),
    (
        {"allowed_mentions": {"users": ["1", "1"]}},
        "allowed_mentions.users",
        "SET_TYPE_ALREADY_CONTAINS_VALUE",
    ),
    ({"message_reference": {}}, "message_reference.message_id", "BASE_TYPE_REQUIRED"),
    ({"message_reference": {"message_id": "x"}}, "message_reference.message_id", "NUMBER_TYPE_COERCE"),
    ({"attachments": [{"id": 0, "title": "x" * 1025}]}, "attachments.0.title", "BASE_TYPE_MAX_LENGTH"),
    ({"attachments": [{"id": 0, "duration_secs": -1}]}, "attachments.0.duration_secs", "NUMBER_TYPE_RANGE"),
    ({"attachments": [{"id": 0, "filename": ""}]}, "attachments.0.filename", "BASE_TYPE_BAD_LENGTH"),
]


def test_parts_that_this_stand_in_does_not_show_are_checked_all_the_same() -> None:
    accepted = [case for case in INVALID_PARTS if case[2] not in errors_of(case[0]).get(case[1], [])]
    assert accepted == []


def test_an_embed_at_every_limit_is_accepted() -> None:
    embed = {
        "title": "x" * 256,
        "description": "x" * 3000,
        "url": "https://example.com/a?b=c",
        "fields": [{"name": "n" * 50, "value": "v" * 50, "inline": True}] * 25,
        "color": 0xFFFFFF,
        "timestamp": "2026-02-17T15:39:34+00:00",
    }
    assert check({"embeds": [embed]}).embeds == [{"type": "rich", **embed}]


def test_all_embeds_together_have_a_limit() -> None:
    assert check({"embeds": [{"description": "x" * 3000}] * 2})
    assert errors_of({"embeds": [{"description": "x" * 3000}, {"description": "x" * 3001}]}) == {
        "embeds": ["MAX_EMBED_SIZE_EXCEEDED"]
    }


def test_at_most_ten_embeds() -> None:
    assert "embeds" in errors_of({"embeds": [{"title": "t"}] * 11})


def test_an_embed_shows_only_attached_images() -> None:
    embed = {"image": {"url": "attachment://song.mp3"}}
    assert errors_of({"embeds": [embed]}, file("song.mp3")) == {
        "embeds.0.image.url": ["ATTACHMENT_NOT_IMAGE"]
    }
    assert check({"embeds": [{"image": {"url": "attachment://c.jpg"}}]}, file("c.jpg"))


def test_an_edit_may_refer_to_an_existing_file() -> None:
    there = ExistingMessage([Attachment(7, "c.jpg", b"", "image/jpeg", "http://cdn/c.jpg")])
    embed = {"image": {"url": "attachment://c.jpg"}}
    assert check({"embeds": [embed]}, existing=there).kept_ids is None
    assert "embeds.0.image.url" in errors_of({"embeds": [embed], "attachments": []}, existing=there)


def test_content_is_limited_and_stripped() -> None:
    assert check({"content": "  hi \n"}).content == "hi"
    assert errors_of({"content": "x" * 2001}) == {"content": ["BASE_TYPE_MAX_LENGTH"]}


def test_an_empty_message_body_is_refused() -> None:
    with pytest.raises(DiscordError) as caught:
        check({"content": "  ", "embeds": []}).require_something()
    assert caught.value.code == 50006


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(DiscordError) as caught:
        check({}, file("big.mp3", 10 * MIB + 1))
    assert (caught.value.status, caught.value.code) == (413, 40005)


def test_the_total_size_of_all_files_is_limited() -> None:
    with pytest.raises(DiscordError) as caught:
        check({}, *(file(f"{i}.mp3", 9 * MIB, i) for i in range(3)))
    assert caught.value.code == 40005


def test_attachments_must_be_uploaded_or_exist() -> None:
    assert errors_of({"attachments": [{"id": 1}]}, file("a.mp3")) == {
        "attachments.0.id": ["ATTACHMENT_NOT_FOUND"]
    }


def test_an_attachment_gets_its_name_and_description() -> None:
    named = [{"id": 0, "filename": "my song.mp3", "description": "A beat"}]
    (new,) = check({"attachments": named}, file("a.mp3")).new_files
    assert (new.filename, new.description, new.content_type) == ("my_song.mp3", "A beat", "audio/mpeg")


INVALID_COMPONENTS: list[tuple[list[Json], str]] = [
    ([button()], "components.0.type"),
    ([row(*[button(str(i)) for i in range(6)])], "components.0.components"),
    ([row(button(str(i))) for i in range(6)], "components"),
    ([row()], "components.0.components"),
    ([row(button("x" * 101))], "components.0.components.0.custom_id"),
    ([row(button(""))], "components.0.components.0.custom_id"),
    ([row(button(), button())], "components.0.components.1.custom_id"),
    ([row(button(label="x" * 81))], "components.0.components.0.label"),
    ([row(button(label=None))], "components.0.components.0"),
    ([row(button(style=7))], "components.0.components.0.style"),
    ([row(button(url="https://a.b"))], "components.0.components.0"),
    ([row(link("javascript:alert(1)"))], "components.0.components.0.url"),
    ([row(link("https://a.b/" + "x" * 512))], "components.0.components.0.url"),
    ([row(link("https://a.b") | {"custom_id": "x"})], "components.0.components.0"),
    ([row(select(26))], "components.0.components.0.options"),
    ([row(select(0))], "components.0.components.0.options"),
    ([row(select(2, max_values=3))], "components.0.components.0.max_values"),
    ([row(select(2, min_values=2, max_values=1))], "components.0.components.0.min_values"),
    ([row(select(), button())], "components.0.components"),
    ([{"type": 10, "content": "text"}], "components.0.type"),
]


def test_components_that_break_a_rule_are_refused_with_their_path() -> None:
    accepted = [case for case in INVALID_COMPONENTS if case[1] not in errors_of({"components": case[0]})]
    assert accepted == []


def test_valid_components_are_accepted_and_get_ids() -> None:
    draft = check({"components": [row(button("a"), link("https://a.b/c")), row(select(25))]})
    assert draft.components is not None
    assert [c["id"] for c in draft.components] == [1, 4]


def test_components_v2_exclude_content_and_embeds() -> None:
    text = {"type": 10, "content": "hello"}
    assert check({"flags": V2, "components": [text]}).is_v2
    found = errors_of({"flags": V2, "components": [text], "content": "x", "embeds": [{"title": "t"}]})
    assert set(found) == {"content", "embeds"}


def test_the_v2_flag_stays_at_an_edit() -> None:
    assert "content" in errors_of({"content": "x"}, existing=ExistingMessage(flags=MessageFlag.COMPONENTS_V2))


def test_an_edit_to_components_v2_empties_what_they_exclude() -> None:
    before = ExistingMessage(legacy=frozenset({"content", "embeds"}))
    edit: Json = {"flags": V2, "components": [{"type": 10, "content": "hello"}]}
    assert set(errors_of(edit, existing=before)) == {"content", "embeds"}
    assert check(edit | {"content": None, "embeds": []}, existing=before).is_v2


def test_components_v2_have_their_own_limits() -> None:
    text = {"type": 10, "content": "x"}
    assert check({"flags": V2, "components": [{"type": 17, "components": [text] * 39}]})
    assert "components" in errors_of({"flags": V2, "components": [{"type": 17, "components": [text] * 40}]})
    long = {"type": 10, "content": "x" * 2001}
    assert "components" in errors_of({"flags": V2, "components": [long, long]})


def test_v2_media_must_be_attached() -> None:
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
    assert "components.0.items.0.media.url" in errors_of({"flags": V2, "components": [gallery]})
    assert check({"flags": V2, "components": [gallery]}, file("a.png"))
    section = {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": button()}
    assert check({"flags": V2, "components": [section, {"type": 14, "spacing": 1}]})
    external = {"type": 13, "file": {"url": "https://a.b/c"}}
    assert "components.0.file.url" in errors_of({"flags": V2, "components": [external]})


def test_v2_layout_has_descriptions_of_some_length_and_real_booleans() -> None:
    text = {"type": 10, "content": "x"}
    item = {"media": {"url": "https://a.b/c.png"}, "description": "", "spoiler": 1}
    parts: list[Json] = [
        {"type": 12, "items": [item]},
        {"type": 13, "file": {"url": "attachment://a.mp3"}, "spoiler": "yes"},
        {"type": 14, "divider": 0},
        {"type": 17, "components": [text], "spoiler": {}},
        {"type": 9, "components": [text], "accessory": {"type": 11} | item},
    ]
    found = errors_of({"flags": V2, "components": parts}, file("a.mp3"))
    assert {path.removeprefix("components.") for path in found} == {
        "0.items.0.description",
        "0.items.0.spoiler",
        "1.spoiler",
        "2.divider",
        "3.spoiler",
        "4.accessory.description",
        "4.accessory.spoiler",
    }


def test_a_channel_message_cannot_be_ephemeral() -> None:
    assert errors_of({"content": "x", "flags": int(MessageFlag.EPHEMERAL)}) == {
        "flags": ["MESSAGE_FLAGS_INVALID"]
    }


def test_a_nonce_is_short() -> None:
    assert check({"nonce": "x" * 25}).nonce == "x" * 25
    assert errors_of({"nonce": "x" * 26}) == {"nonce": ["BASE_TYPE_MAX_LENGTH"]}
    assert check({"nonce": 2**63}).nonce == str(2**63)


def test_allowed_mentions_are_parsed_or_listed_but_not_both() -> None:
    assert "allowed_mentions" in errors_of({"allowed_mentions": {"parse": ["users"], "users": ["1"]}})
    assert "allowed_mentions.parse.0" in errors_of({"allowed_mentions": {"parse": ["all"]}})
    assert "allowed_mentions.users.0" in errors_of({"allowed_mentions": {"users": ["x"]}})
    assert check({"allowed_mentions": {"users": ["1"]}}).allowed_mentions.users == {1}


def test_other_values_in_place_of_objects_and_lists_are_refused() -> None:
    values: list[object] = [[], "text", 5]
    for value in values:
        assert "embeds.0" in errors_of({"embeds": [value]})
        assert "allowed_mentions" in errors_of({"allowed_mentions": value})
    assert "embeds" in errors_of({"embeds": "text"})
    assert "components.0.components" in errors_of({"components": [{"type": 1}]})

"""Discord's limits on a message, independent of the constants in the builders under test."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.discord_io.message import ChoiceField, ChoiceKind, Form, Picker, PickerInput, Reply

EMBED_TEXT_LIMITS = {"title": 256, "description": 4096}
FORM_CHOICES = {ChoiceKind.LIST: (1, 25), ChoiceKind.RADIO: (2, 10), ChoiceKind.CHECKBOXES: (1, 10)}
FIELD_LIMITS = {"name": 256, "value": 1024}
ATTACHMENT = re.compile(r"attachment://[A-Za-z0-9_.-]+\.(png|jpg|jpeg|webp|gif)", re.IGNORECASE)


def violations(reply: Reply) -> list[str]:
    """What Discord would refuse or not show; one line each."""
    found = [*_content(reply), *_buttons(reply)]
    embeds = [dict(embed.to_dict()) for embed in reply.embeds]
    found += [line for embed in embeds for line in _embed(embed)]
    if len(embeds) > 10:
        found.append(f"{len(embeds)} embeds of 10")
    if (total := sum(map(_size, embeds))) > 6000:
        found.append(f"the embeds hold {total} of 6000")
    if not reply.content and not embeds:
        found.append("the message is empty")
    return found


def violations_of_form(form: Form) -> list[str]:
    """The same for a modal."""
    found = _text("title", form.title, 45)
    if not 1 <= len(form.inputs) <= 5:
        found.append(f"{len(form.inputs)} fields of 5")
    for field in form.inputs:
        found += _text("label", field.label, 45)
        placeholder = field.picker.placeholder if isinstance(field, PickerInput) else field.placeholder
        for hint in filter(None, (field.description, placeholder)):
            found += _text("hint", hint, 100)
        if isinstance(field, ChoiceField):
            least, most = FORM_CHOICES[field.kind]
            if not least <= len(field.choices) <= most:
                found.append(f"{field.custom_id} has {len(field.choices)} choices of {least} to {most}")
            if len({choice.value for choice in field.choices}) < len(field.choices):
                found.append(f"{field.custom_id} has the same choice twice")
            for choice in field.choices:
                found += _text("choice", choice.label, 100) + _text("value", choice.value, 100)
                found += _text("choice's hint", choice.description or "-", 100)
    return found


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _content(reply: Reply) -> list[str]:
    return [] if reply.content is None else _text("content", reply.content, 2000)


def _buttons(reply: Reply) -> list[str]:
    found: list[str] = []
    rows = len(reply.selects) + -(-(len(reply.links) + len(reply.buttons)) // 5)
    if rows > 5:
        found.append(f"{rows} rows of 5")
    for at, link in enumerate(reply.links):
        found += _text(f"link {at} label", link.label, 80)
        found += _address(f"link {at} url", link.url, 512)
    for at, button in enumerate(reply.buttons):
        found += _text(f"button {at} label", button.label, 80)
    for at, select in enumerate(reply.selects):
        found += _text(f"select {at} placeholder", select.placeholder, 150)
        if isinstance(select, Picker):
            if not len(set(select.default_ids)) <= select.max_values <= 25:
                found.append(f"picker {at} takes too many, or has taken more than it takes")
            continue
        if not 1 <= len(select.choices) <= 25 or len({choice.value for choice in select.choices}) < len(
            select.choices
        ):
            found.append(f"select {at} has no choices, too many, or the same twice")
        for choice in select.choices:
            found += _text(f"select {at} choice", choice.label, 100) + _text("value", choice.value, 100)
            found += [] if choice.description is None else _text("description", choice.description, 100)
    ids = [control.custom_id for control in (*reply.buttons, *reply.selects)]
    if len(set(ids)) < len(ids) or any(not 1 <= len(custom_id) <= 100 for custom_id in ids):
        found.append(f"custom IDs of no use: {ids}")
    return found


def _texts(embed: dict[str, Any]) -> list[tuple[str, str, int]]:
    """The texts of an embed: place, text, limit."""
    texts: list[tuple[str, str, int]] = [
        (part, embed[part], limit) for part, limit in EMBED_TEXT_LIMITS.items() if part in embed
    ]
    if "footer" in embed:
        texts.append(("footer", embed["footer"]["text"], 2048))
    if "author" in embed:
        texts.append(("author", embed["author"]["name"], 256))
    fields: list[dict[str, str]] = embed.get("fields", [])
    texts += [
        (f"field {at} {part}", field[part], limit)
        for at, field in enumerate(fields)
        for part, limit in FIELD_LIMITS.items()
    ]
    return texts


def _size(embed: dict[str, Any]) -> int:
    return sum(utf16_units(text) for _, text, _ in _texts(embed))


def _embed(embed: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for what, text, limit in _texts(embed):
        found += _text(what, text, limit)
    if (number := len(embed.get("fields", []))) > 25:
        found.append(f"{number} fields of 25")
    if "url" in embed:
        found += _address("embed url", embed["url"], 2048)
    image: str | None = embed["image"]["url"] if "image" in embed else None
    if image is not None and not ATTACHMENT.fullmatch(image):
        found += _address("image", image, 2048)
    return found


def _text(what: str, text: str, limit: int) -> list[str]:
    found: list[str] = []
    if not text.strip():
        found.append(f"{what} is empty")
    if utf16_units(text) > limit:
        found.append(f"{what} has {utf16_units(text)} of {limit}")
    if any("\ud800" <= char <= "\udfff" for char in text):
        found.append(f"{what} is not well-formed Unicode")
    if any(char < " " and char != "\n" for char in text):
        found.append(f"{what} holds control characters")
    return found


def _address(what: str, url: str, limit: int) -> list[str]:
    parts = urlsplit(url)
    found: list[str] = []
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        found.append(f"{what} is no plain web address: {url!r}")
    if len(url) > limit:
        found.append(f"{what} has {len(url)} of {limit}")
    if not re.fullmatch(r"[!#-;=?-Z_a-z~\[\]]+", url):
        found.append(f"{what} is not percent-encoded: {url!r}")
    return found

"""Discord's limits on a message, written down a second time: independent of the builders that must keep them."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.replies.reply import Reply

EMBED_TEXT_LIMITS = {"title": 256, "description": 4096}
FIELD_LIMITS = {"name": 256, "value": 1024}
ATTACHMENT = re.compile(r"attachment://[A-Za-z0-9_.-]+\.(png|jpg|jpeg|webp|gif)", re.IGNORECASE)


def violations(reply: Reply) -> list[str]:
    """What Discord would refuse, or show as nothing; one line each."""
    found = [*_content(reply), *_buttons(reply)]
    if reply.embed is not None:
        found += _embed(dict(reply.embed.to_dict()))
    if not reply.content and reply.embed is None:
        found.append("the message is empty")
    return found


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _content(reply: Reply) -> list[str]:
    return [] if reply.content is None else _text("content", reply.content, 2000)


def _buttons(reply: Reply) -> list[str]:
    found = ["more than 25 buttons"] if len(reply.links) > 25 else []
    for at, link in enumerate(reply.links):
        found += _text(f"button {at} label", link.label, 80)
        found += _address(f"button {at} url", link.url, 512)
    return found


def _embed(embed: dict[str, Any]) -> list[str]:
    found: list[str] = []
    total = 0
    texts: list[tuple[str, str, int]] = [
        (part, embed[part], limit) for part, limit in EMBED_TEXT_LIMITS.items() if part in embed
    ]
    if "footer" in embed:
        texts.append(("footer", embed["footer"]["text"], 2048))
    fields: list[dict[str, str]] = embed.get("fields", [])
    texts += [
        (f"field {at} {part}", field[part], limit)
        for at, field in enumerate(fields)
        for part, limit in FIELD_LIMITS.items()
    ]
    for what, text, limit in texts:
        found += _text(what, text, limit)
        total += utf16_units(text)
    if total > 6000:
        found.append(f"the embed holds {total} of 6000")
    if len(fields) > 25:
        found.append(f"{len(fields)} fields of 25")
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

"""Discord's rules for embeds."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from sandbox.discord.json_types import Json
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FaultsAt

MAX_EMBEDS = 10
MAX_TOTAL_CHARS = 6000
IMAGE_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif")
_ATTACHMENT = "attachment://"
_SHOWN = ("title", "description", "url", "fields", "image", "thumbnail", "author", "footer", "color")


def check(faults: FaultsAt, value: object, *, filenames: Collection[str]) -> list[Json]:
    """Check a message's embeds and return them as Discord keeps them: stripped, without what it ignores.

    `filenames` are the files that `attachment://` may name.
    """
    embeds: list[Json] = []
    total = 0
    for place, raw in fields.forms(faults, value, high=MAX_EMBEDS):
        embed, chars = _embed(place, raw, filenames)
        embeds.append(embed)
        total += chars
    if total > MAX_TOTAL_CHARS:
        faults.add("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_TOTAL_CHARS}")
    return embeds


def _embed(faults: FaultsAt, raw: Json, filenames: Collection[str]) -> tuple[Json, int]:
    embed: Json = {
        "title": fields.text(faults.at("title"), raw.get("title"), high=256),
        "description": fields.text(faults.at("description"), raw.get("description"), high=4096),
        "url": fields.url(faults.at("url"), raw.get("url")),
        "color": fields.integer(faults.at("color"), raw.get("color"), low=0, high=0xFFFFFF),
        "timestamp": raw.get("timestamp"),
        "fields": [
            _field(place, item)
            for place, item in fields.forms(faults.at("fields"), raw.get("fields"), high=25)
        ],
    }
    fields.timestamp(faults.at("timestamp"), raw.get("timestamp"))
    for part in ("image", "thumbnail"):
        embed[part] = _media(faults.at(part), raw.get(part), filenames)
    embed["author"] = _author(faults.at("author"), raw.get("author"), filenames)
    embed["footer"] = _footer(faults.at("footer"), raw.get("footer"), filenames)
    embed = {key: value for key, value in embed.items() if value not in ("", None, [])}
    if not any(key in embed for key in _SHOWN):
        faults.at("description").required()
    return {"type": "rich", **embed}, _chars(embed)


def _chars(embed: Json) -> int:
    texts = [embed.get("title", ""), embed.get("description", "")]
    texts += [embed.get("author", {}).get("name", ""), embed.get("footer", {}).get("text", "")]
    texts += [text for item in embed.get("fields", []) for text in (item["name"], item["value"])]
    return sum(map(len, texts))


def _field(faults: FaultsAt, raw: Json) -> Json:
    return {
        "name": fields.text(faults.at("name"), raw.get("name"), high=256, required=True),
        "value": fields.text(faults.at("value"), raw.get("value"), high=1024, required=True),
        "inline": fields.boolean(faults.at("inline"), raw.get("inline")),
    }


def _media(faults: FaultsAt, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.form(faults, value)) is None:
        return None
    if not raw.get("url"):
        faults.at("url").required()
    return {"url": _picture(faults.at("url"), raw.get("url"), filenames)}


def _author(faults: FaultsAt, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.form(faults, value)) is None:
        return None
    author = {
        "name": fields.text(faults.at("name"), raw.get("name"), high=256, required=True),
        "url": fields.url(faults.at("url"), raw.get("url")),
        "icon_url": _picture(faults.at("icon_url"), raw.get("icon_url"), filenames),
    }
    return {key: text for key, text in author.items() if text}


def _footer(faults: FaultsAt, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.form(faults, value)) is None:
        return None
    footer = {
        "text": fields.text(faults.at("text"), raw.get("text"), high=2048, required=True),
        "icon_url": _picture(faults.at("icon_url"), raw.get("icon_url"), filenames),
    }
    return {key: text for key, text in footer.items() if text}


def _picture(faults: FaultsAt, value: object, filenames: Collection[str]) -> str:
    address = fields.url(faults, value, schemes=fields.HTTP_OR_ATTACHMENT)
    if (name := attached_name(address)) is None:
        return address
    if name not in filenames:
        faults.add("ATTACHMENT_NOT_FOUND", f"Attachment {name!r} could not be found.")
    elif name.rpartition(".")[2].lower() not in IMAGE_ENDINGS:
        faults.add("ATTACHMENT_NOT_IMAGE", f"Only {', '.join(IMAGE_ENDINGS)} can be shown in an embed.")
    return address


def attached_name(address: str) -> str | None:
    """The file that an `attachment://` URL names, None for every other URL."""
    return address[len(_ATTACHMENT) :] if urlsplit(address).scheme == "attachment" else None


def map_pictures(embeds: list[Json], urls: dict[str, str]) -> tuple[list[Json], set[str]]:
    """The embeds with each `attachment://` URL replaced from `urls` (by file name), and the names that were used."""
    used: set[str] = set()

    def replaced(address: str) -> str:
        name = attached_name(address)
        if name is None or name not in urls:
            return address
        used.add(name)
        return urls[name]

    return [_with_pictures(embed, replaced) for embed in embeds], used


def _with_pictures(embed: Json, replaced: Callable[[str], str]) -> Json:
    changed = dict(embed)
    for part, key in (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url")):
        if key in changed.get(part, {}):
            changed[part] = {**changed[part], key: replaced(changed[part][key])}
    return changed


def picture_urls(embeds: list[Json]) -> set[str]:
    """Every URL of a picture that the embeds show."""
    found: set[str] = set()
    for embed in embeds:
        found |= {embed.get(part, {}).get("url", "") for part in ("image", "thumbnail")}
        found |= {embed.get(part, {}).get("icon_url", "") for part in ("author", "footer")}
    return found

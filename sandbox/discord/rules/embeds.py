"""Discord's rules for embeds."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from sandbox.discord.json_types import Json
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FieldErrors

MAX_EMBEDS = 10
MAX_TOTAL_CHARS = 6000
IMAGE_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif")
_ATTACHMENT = "attachment://"
_VISIBLE_PARTS = ("title", "description", "url", "fields", "image", "thumbnail", "author", "footer", "color")


def check(errors: FieldErrors, value: object, *, filenames: Collection[str]) -> list[Json]:
    """Check a message's embeds and return them as Discord stores them: texts stripped, empty parts left out.

    `filenames` are the files that `attachment://` may refer to.
    """
    embeds: list[Json] = []
    total = 0
    for place, raw in fields.json_objects(errors, value, high=MAX_EMBEDS):
        embed, chars = _embed(place, raw, filenames)
        embeds.append(embed)
        total += chars
    # Over all embeds of a message (documentation: Embed Limits).
    if total > MAX_TOTAL_CHARS:
        errors.add("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_TOTAL_CHARS}")
    return embeds


def _embed(errors: FieldErrors, raw: Json, filenames: Collection[str]) -> tuple[Json, int]:
    embed: Json = {
        "title": fields.text(errors.at("title"), raw.get("title"), high=256),
        "description": fields.text(errors.at("description"), raw.get("description"), high=4096),
        "url": fields.url(errors.at("url"), raw.get("url")),
        "color": fields.integer(errors.at("color"), raw.get("color"), low=0, high=0xFFFFFF),
        "timestamp": raw.get("timestamp"),
        "fields": [
            _field(place, item)
            for place, item in fields.json_objects(errors.at("fields"), raw.get("fields"), high=25)
        ],
    }
    fields.timestamp(errors.at("timestamp"), raw.get("timestamp"))
    fields.text(errors.at("type"), raw.get("type"), high=fields.MAX_TEXT_CHARS)
    for part in ("provider", "video"):  # Discord leaves out what a bot sends here
        fields.json_object(errors.at(part), raw.get(part))
    for part in ("image", "thumbnail"):
        embed[part] = _media(errors.at(part), raw.get(part), filenames)
    embed["author"] = _author(errors.at("author"), raw.get("author"), filenames)
    embed["footer"] = _footer(errors.at("footer"), raw.get("footer"), filenames)
    # Texts of spaces are empty by now, so an embed of these alone is refused.
    embed = {key: value for key, value in embed.items() if value not in ("", None, [])}
    if not any(key in embed for key in _VISIBLE_PARTS):
        errors.at("description").required()
    return {"type": "rich", **embed}, _char_count(embed)


def _char_count(embed: Json) -> int:
    texts = [embed.get("title", ""), embed.get("description", "")]
    texts += [embed.get("author", {}).get("name", ""), embed.get("footer", {}).get("text", "")]
    texts += [text for item in embed.get("fields", []) for text in (item["name"], item["value"])]
    return sum(map(len, texts))


def _field(errors: FieldErrors, raw: Json) -> Json:
    return {
        "name": fields.text(errors.at("name"), raw.get("name"), high=256, required=True),
        "value": fields.text(errors.at("value"), raw.get("value"), high=1024, required=True),
        "inline": fields.boolean(errors.at("inline"), raw.get("inline")),
    }


def _media(errors: FieldErrors, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.json_object(errors, value)) is None:
        return None
    if not raw.get("url"):
        errors.at("url").required()
    for side in ("width", "height"):
        fields.integer(errors.at(side), raw.get(side), low=-fields.MAX_INT53, high=fields.MAX_INT53)
    fields.text(errors.at("description"), raw.get("description"), high=4096)
    fields.text(errors.at("placeholder"), raw.get("placeholder"), high=64)
    version = errors.at("placeholder_version")
    fields.integer(version, raw.get("placeholder_version"), low=0, high=fields.MAX_INT32)
    fields.boolean(errors.at("is_animated"), raw.get("is_animated"))
    return {"url": _image_url(errors.at("url"), raw.get("url"), filenames)}


def _author(errors: FieldErrors, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.json_object(errors, value)) is None:
        return None
    author = {
        "name": fields.text(errors.at("name"), raw.get("name"), high=256, required=True),
        "url": fields.url(errors.at("url"), raw.get("url")),
        "icon_url": _image_url(errors.at("icon_url"), raw.get("icon_url"), filenames),
    }
    return {key: text for key, text in author.items() if text}


def _footer(errors: FieldErrors, value: object, filenames: Collection[str]) -> Json | None:
    if (raw := fields.json_object(errors, value)) is None:
        return None
    footer = {
        "text": fields.text(errors.at("text"), raw.get("text"), high=2048, required=True),
        "icon_url": _image_url(errors.at("icon_url"), raw.get("icon_url"), filenames),
    }
    return {key: text for key, text in footer.items() if text}


def _image_url(errors: FieldErrors, value: object, filenames: Collection[str]) -> str:
    address = fields.url(errors, value, schemes=fields.HTTP_OR_ATTACHMENT)
    if (name := attached_name(address)) is None:
        return address
    if name not in filenames:
        errors.add("ATTACHMENT_NOT_FOUND", f"Attachment {name!r} could not be found.")
    # By its ending, whatever is in the file (documentation: "Using Attachments within Embeds").
    elif name.rpartition(".")[2].lower() not in IMAGE_ENDINGS:
        errors.add("ATTACHMENT_NOT_IMAGE", f"Only {', '.join(IMAGE_ENDINGS)} can be shown in an embed.")
    return address


def attached_name(address: str) -> str | None:
    """The file name in an `attachment://` URL, None for every other URL."""
    return address[len(_ATTACHMENT) :] if urlsplit(address).scheme == "attachment" else None


def resolve_attachments(embeds: list[Json], urls: dict[str, str], texts: dict[str, str]) -> list[Json]:
    """The embeds with each `attachment://` URL resolved by the URL of that file name in `urls`.

    `texts` has the alternative texts of files, which the pictures take over.
    """

    def resolved(address: str) -> str:
        name = attached_name(address)
        return address if name is None else urls.get(name, address)

    return [_with_image_urls(_with_texts(embed, texts), resolved) for embed in embeds]


def _with_texts(embed: Json, texts: dict[str, str]) -> Json:
    changed = dict(embed)
    for part in ("image", "thumbnail"):
        name = attached_name(str(changed.get(part, {}).get("url", "")))
        if name in texts:
            changed[part] = {**changed[part], "description": texts[name]}
    return changed


def _with_image_urls(embed: Json, resolved: Callable[[str], str]) -> Json:
    changed = dict(embed)
    for part, key in (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url")):
        if key in changed.get(part, {}):
            changed[part] = {**changed[part], key: resolved(changed[part][key])}
    return changed


def image_urls(embeds: list[Json]) -> set[str]:
    """The URLs of all images in the embeds."""
    found: set[str] = set()
    for embed in embeds:
        found |= {embed.get(part, {}).get("url", "") for part in ("image", "thumbnail")}
        found |= {embed.get(part, {}).get("icon_url", "") for part in ("author", "footer")}
    return found

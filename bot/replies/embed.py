"""The embed that every longer reply is drawn on, within Discord's limits whatever is put on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import discord

from bot.replies.text import clamp, utf16_units

MAX_TITLE_UNITS = 256
MAX_DESCRIPTION_UNITS = 4096
MAX_NAME_UNITS = 256
MAX_VALUE_UNITS = 1024
MAX_FOOTER_UNITS = 2048
MAX_UNITS = 6000


class Colour(IntEnum):
    """The stripe at an embed's left edge."""

    WORKING = 0x5B8DB8
    WAITING = 0xC9A24B
    SONG = 0x2FA98C
    FAILURE = 0xC0574F
    NEUTRAL = 0x8A94A0


@dataclass(frozen=True, slots=True)
class EmbedField:
    """A field: a plain name, and a value in markdown."""

    name: str
    value: str
    inline: bool = True


def build_embed(
    *,
    title: str,
    colour: Colour,
    body: Iterable[str | None] = (),
    facts: Iterable[EmbedField | None] = (),
    footer: str,
    url: str | None = None,
    image_url: str | None = None,
    at: datetime | None = None,
) -> discord.Embed:
    """An embed; missing and empty paragraphs and facts are left out.

    `title`, `body` and the facts' values are markdown that is ready to be shown, `footer` is plain text, the
    addresses are safe ones. The description is what gives way when everything together would be too long.
    """
    embed = discord.Embed(title=clamp(title, MAX_TITLE_UNITS), colour=int(colour), url=url, timestamp=at)
    for fact in facts:
        if fact is not None and fact.value:
            name, value = clamp(fact.name, MAX_NAME_UNITS), clamp(fact.value, MAX_VALUE_UNITS)
            embed.add_field(name=name, value=value, inline=fact.inline)
    embed.set_footer(text=clamp(footer, MAX_FOOTER_UNITS))
    if image_url is not None:
        embed.set_image(url=image_url)
    paragraphs = "\n\n".join(paragraph for paragraph in body if paragraph)
    embed.description = clamp(paragraphs, min(MAX_DESCRIPTION_UNITS, MAX_UNITS - _size(embed))) or None
    return embed


def _size(embed: discord.Embed) -> int:
    """What Discord counts of an embed that has no description yet, in UTF-16 code units."""
    texts = [embed.title or "", embed.footer.text or ""]
    texts += [text for field in embed.fields for text in (field.name or "", field.value or "")]
    return sum(map(utf16_units, texts))

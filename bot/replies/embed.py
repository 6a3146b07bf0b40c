"""The embed of every longer reply, cut to Discord's limits. Lengths are UTF-16 code units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import discord

from bot.discord_io.text_length import clamp, utf16_units

MAX_TITLE_UNITS = 256
MAX_DESCRIPTION_UNITS = 4096
MAX_NAME_UNITS = 256
MAX_VALUE_UNITS = 1024
MAX_FOOTER_UNITS = 2048
MAX_UNITS = 6000


class Colour(IntEnum):
    """The colour of the stripe at an embed's left edge."""

    WORKING = 0x5B8DB8
    WAITING = 0xC9A24B
    SONG = 0x2FA98C
    FAILURE = 0xC0574F
    NEUTRAL = 0x8A94A0


@dataclass(frozen=True, slots=True)
class EmbedField:
    """A field of an embed: a plain name, and a value in markdown."""

    name: str
    value: str
    inline: bool = True


def build_embed(
    *,
    title: str,
    colour: Colour,
    body: Iterable[str | None] = (),
    fields: Iterable[EmbedField | None] = (),
    footer: str,
    url: str | None = None,
    cover_url: str | None = None,
    picture_name: str | None = None,
    at: datetime | None = None,
) -> discord.Embed:
    """Build an embed; paragraphs and fields that are None or empty are left out.

    `title`, `body` and the values of fields are escaped markdown, `footer` is plain text, URLs come from `safe_url`.
    `picture_name` is the file name of an attachment. The description is cut if the embed would exceed the total limit.
    """
    embed = discord.Embed(title=clamp(title, MAX_TITLE_UNITS), colour=int(colour), url=url, timestamp=at)
    for field in fields:
        if field is not None and field.value:
            name, value = clamp(field.name, MAX_NAME_UNITS), clamp(field.value, MAX_VALUE_UNITS)
            embed.add_field(name=name, value=value, inline=field.inline)
    embed.set_footer(text=clamp(footer, MAX_FOOTER_UNITS))
    if cover_url is not None:
        # A thumbnail leaves the whole message on one screen, also of a phone.
        embed.set_thumbnail(url=cover_url)
    if picture_name is not None:
        embed.set_image(url=f"attachment://{picture_name}")
    # Last, because it gets what the other parts leave of the total limit.
    paragraphs = "\n\n".join(paragraph for paragraph in body if paragraph)
    embed.description = clamp(paragraphs, min(MAX_DESCRIPTION_UNITS, MAX_UNITS - _size(embed))) or None
    return embed


def _size(embed: discord.Embed) -> int:
    """What Discord counts of an embed without its description."""
    texts = [embed.title or "", embed.footer.text or ""]
    texts += [text for field in embed.fields for text in (field.name or "", field.value or "")]
    return sum(map(utf16_units, texts))

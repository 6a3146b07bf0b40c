"""Replies as messages of components (V2), whose pictures have descriptions that screen readers read; and what such messages show.

In them Discord shows neither content nor embeds, and only those attachments that a component refers to. Each is made of the message
with the embed, so every simpler form exists for both: if Discord refuses the components, the embed is sent; forums always get the
embed. A message of components stays one: an edit that Discord refuses for that reason is made with components.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.discord_io.message import Layout, Reply
from bot.discord_io.text_length import clamp, utf16_units

MAX_UNITS = 4000
"""Discord's limit for all texts of a message together, in UTF-16 code units."""

ROW_WIDTH = 5
SMALL_PRINT = "-# "
"""Discord's markup for small print, in place of an embed's footer."""

ATTACHED = "attachment://"

_Item = discord.ui.Item[Any]


class StatelessLayout(discord.ui.LayoutView):
    """A layout that discord.py does not store: clicks are routed by custom ID alone, also after a restart."""

    def is_dispatchable(self) -> bool:
        """No: `bot.interactions.components` answers every press."""
        return False


def layout_view(reply: Reply, layout: Layout) -> StatelessLayout:
    """The content of a reply, a container for each embed, the audio, and the rows. Needs a running event loop."""
    view = StatelessLayout(timeout=None)
    if reply.content and reply.content.strip():
        view.add_item(discord.ui.TextDisplay(reply.content))
    room = MAX_UNITS - utf16_units(reply.content or "")
    for embed in reply.embeds:
        parts = _parts(embed, layout, room)
        room -= sum(utf16_units(part.content) for part in parts if isinstance(part, discord.ui.TextDisplay))
        view.add_item(discord.ui.Container(*parts, accent_colour=embed.colour))
    for row in _rows(reply.items()):
        view.add_item(discord.ui.ActionRow(*row))
    return view


def relabelled_layout(message: discord.Message, custom_id: str, label: str) -> StatelessLayout:
    """The components of a message, with another label on one button."""
    view = StatelessLayout(timeout=None)
    for item in discord.ui.LayoutView.from_message(message, timeout=None).children:
        view.add_item(item)
    for item in view.walk_children():
        if isinstance(item, discord.ui.Button) and item.custom_id == custom_id:
            item.label = label
        elif isinstance(item, discord.ui.File):
            # Discord answers with the file's address, and takes only a reference to the attachment.
            item.media = f"{ATTACHED}{_file_name(item.url)}"
    return view


def texts_of(message: discord.Message) -> list[str]:
    """What a message of components says, one text for each text display."""
    return [each.content for each in _walk(message.components) if isinstance(each, discord.TextDisplay)]


def picture_of(message: discord.Message) -> str | None:
    """The address of the first picture in a message: of its galleries, else the thumbnail of its embed."""
    for each in _walk(message.components):
        if isinstance(each, discord.MediaGalleryComponent):
            return each.items[0].media.url
    return message.embeds[0].thumbnail.url if message.embeds else None


def has_audio(message: discord.Message) -> bool:
    """Whether a post shows an attached song. Pictures are in the embed or a gallery, and so not counted."""
    if message.flags.components_v2:
        return any(isinstance(each, discord.FileComponent) for each in _walk(message.components))
    return bool(message.attachments)


def _parts(embed: discord.Embed, layout: Layout, room: int) -> list[_Item]:
    """The parts of a container. The description gets what the other texts leave of `room`."""
    # Bold and no heading: one of this level would skip those between it and the heading of the page.
    title = f"**{embed.title}**" if embed.title else ""
    footer = f"{SMALL_PRINT}{embed.footer.text}" if embed.footer.text else ""
    facts = clamp(_facts(embed), room - utf16_units(title) - utf16_units(footer) - 1)
    left = room - sum(map(utf16_units, (title, facts, footer))) - 1
    head = "\n".join(filter(None, (title, clamp(embed.description or "", left))))
    parts: list[_Item] = [discord.ui.TextDisplay(text) for text in (head, facts) if text]
    if embed.thumbnail.url:
        picture = discord.MediaGalleryItem(embed.thumbnail.url, description=layout.alt)
        parts.append(discord.ui.MediaGallery(picture))
    if layout.audio_name:
        parts.append(discord.ui.File(f"{ATTACHED}{layout.audio_name}"))
    return [*parts, discord.ui.TextDisplay(footer)] if footer else parts


def _facts(embed: discord.Embed) -> str:
    """The fields: those beside each other on one line, each other on its own."""
    beside = [f"**{field.name}** {field.value}" for field in embed.fields if field.inline]
    below = [f"**{field.name}** {field.value}" for field in embed.fields if not field.inline]
    return "\n".join(filter(None, (" · ".join(beside), *below)))


def _rows(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Rows of at most five buttons, or of one select."""
    row: list[_Item] = []
    for item in items:
        if sum(each.width for each in row) + item.width > ROW_WIDTH:
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def _walk(components: Iterable[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))


def _file_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]

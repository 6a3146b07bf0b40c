"""Simpler forms of a reply, for when Discord refuses a part of it.

Discord refuses a message as a whole. Each `Cut` removes one kind of part so that the rest can be sent. Block quotes contain
nothing but text of members and of Whisul (see `text.quote`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import Enum, auto

import discord

from bot.discord_io.message import Reply
from bot.discord_io.text_length import clamp
from bot.replies.formatting import labelled
from bot.replies.locales import N_, _
from bot.replies.text import code

MAX_CONTENT_UNITS = 2000
SMALL_PRINT = "-# "
"""Discord's markup for small print, used for the embed's footer in plain-text messages."""

_QUOTE = re.compile(r"(?:^[^\n]*[:\uff1a]\n)?(?:^> [^\n]*(?:\n|$))+", re.MULTILINE)
_MASKED_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_ADDRESS = re.compile(r"`?https?://\S+")


class Cut(Enum):
    """A kind of part to leave out; in the order of the attempts when Discord does not say which part it refused."""

    ADDRESSES = auto()  # link buttons, the URL and thumbnail of embeds; links in sentences stay
    QUOTES = auto()  # text of members and of Whisul
    LAYOUT = auto()  # embeds and buttons: their text becomes content
    LINKS = auto()  # every URL, including those in sentences
    WORDS = auto()  # everything but mentions and the footer


def without(reply: Reply, cuts: Iterable[Cut], *, is_filtered: bool = False) -> Reply:
    """The reply without these parts. `is_filtered`: the server's AutoMod refused it, which the text then says."""
    wanted = set(cuts)
    # Quotes and links are removed before LAYOUT and WORDS replace the embeds that contain them.
    if Cut.ADDRESSES in wanted or Cut.LINKS in wanted:
        reply = _without_addresses(reply)
    if Cut.QUOTES in wanted:
        reply = _without_quotes(reply, _(_NO_QUOTE_FILTERED if is_filtered else _NO_QUOTE))
    if Cut.LINKS in wanted:
        reply = _with_texts(reply, _without_links)
    if Cut.WORDS in wanted:
        return _minimal(reply, _(_NO_WORDS_FILTERED if is_filtered else _NO_WORDS))
    return _plain_text(reply) if Cut.LAYOUT in wanted else reply


_NO_QUOTE = N_("Discord didn't accept this message with the prompt, so I left the prompt out.")
_NO_QUOTE_FILTERED = N_("This server's AutoMod blocks words in the prompt, so I left the prompt out.")
_NO_WORDS = N_("There's news about your song, but Discord didn't let me post it here. See `/job status`.")
_NO_WORDS_FILTERED = N_(
    "There's news about your song, but this server's AutoMod didn't let me post it here. See `/job status`."
)
_NO_ANSWER = N_("Discord didn't accept my answer in any form. Anything I'd already done is still in effect.")
_NO_LINK = N_("(link removed)")


def plain_text_footer(text: str) -> str:
    """The last line of a plain-text message without markup, by which a job's message is found again."""
    return text.rpartition("\n")[2].removeprefix(SMALL_PRINT)


def _without_addresses(reply: Reply) -> Reply:
    """URLs of link buttons move into the content, unless the text contains them."""
    embeds = [embed.copy() for embed in reply.embeds]
    for embed in embeds:
        embed.url = None
        if not (embed.thumbnail.url or "").startswith("attachment://"):
            embed.set_thumbnail(url=None)
    text = f"{reply.content or ''} {' '.join(embed.description or '' for embed in embeds)}"
    moved = [labelled(link.label, code(link.url)) for link in reply.links if link.url not in text]
    content = "\n".join(filter(None, (reply.content, *moved))) or None
    return replace(reply, content=content, embeds=tuple(embeds), links=())


def _without_quotes(reply: Reply, note: str) -> Reply:
    if not any("> " in text for text in _texts(reply)):
        return reply
    bare = _with_texts(reply, _without_quoted_lines)
    return replace(bare, content="\n".join(filter(None, (bare.content, note))))


def _without_quoted_lines(text: str) -> str:
    """The text without block quotes and without the line before each that introduces it."""
    return re.sub(r"\n{3,}", "\n\n", _QUOTE.sub("", text)).strip()


def _without_links(text: str) -> str:
    removed = _(_NO_LINK)
    return _ADDRESS.sub(removed, _MASKED_LINK.sub(rf"\1 {removed}", text))


def _with_texts(reply: Reply, rewrite: Callable[[str], str]) -> Reply:
    """The reply with content, descriptions and field values rewritten; fields that become empty are dropped."""
    embeds: list[discord.Embed] = []
    for old in reply.embeds:
        new = old.copy()
        new.description = rewrite(old.description or "") or None
        new.clear_fields()
        for field in old.fields:
            if value := rewrite(field.value or ""):
                new.add_field(name=field.name, value=value, inline=field.inline)
        embeds.append(new)
    return replace(reply, content=rewrite(reply.content or "") or None, embeds=tuple(embeds))


def _texts(reply: Reply) -> list[str]:
    texts = [reply.content or ""]
    for embed in reply.embeds:
        texts += [embed.description or "", *(field.value or "" for field in embed.fields)]
    return texts


def _plain_text(reply: Reply) -> Reply:
    lines = [reply.content or ""]
    for embed in reply.embeds:
        lines += [f"**{embed.title}**" if embed.title else "", embed.description or ""]
        lines += [labelled(field.name or "", field.value or "") for field in embed.fields]
    return _with_footer(reply, "\n".join(filter(None, lines)))


def _minimal(reply: Reply, text: str) -> Reply:
    # Without mentions nobody would notice the message.
    pings = [f"<@{user_id}>" for user_id in reply.mentions]
    is_about_job = any(embed.footer.text for embed in reply.embeds)
    return _with_footer(reply, " ".join([*pings, text if is_about_job else _(_NO_ANSWER)]))


def _with_footer(reply: Reply, text: str) -> Reply:
    footers = [f"{SMALL_PRINT}{embed.footer.text}" for embed in reply.embeds if embed.footer.text]
    # The text is cut and the footer stays: by it the delivery finds the message again.
    tail = "".join(f"\n{footer}" for footer in footers[-1:])
    return Reply(clamp(text, MAX_CONTENT_UNITS - len(tail)) + tail, mentions=reply.mentions)

"""Prompts in the making: the form for a long one, and a refused one given back so that it can be mended.

Nothing is kept between the two: the form's custom ID and its fields hold everything, and so does the message with the
refusal, from which the form is filled again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.discord_io.message import Button, Form, Input, Reply
from bot.replies.custom_ids import Control, custom_id
from bot.replies.embed import MAX_DESCRIPTION_UNITS, MAX_UNITS, Colour
from bot.replies.text import clamp, utf16_units

PROMPT_FIELD = "prompt"
OPTIONS_FIELD = "added"
"""The custom IDs of the form's two fields."""

MAX_INPUT_CHARS = 4000
"""Discord's limit for a field of a form."""

MAX_OPTIONS_CHARS = 300

PUBLIC = "public"
PRIVATE = "private"
"""The argument of a draft's custom IDs."""

_PROMPT_TITLE = "Your prompt"
_OPTIONS_TITLE = "Added to it"
_FENCE = "```"
_BLANK = "\u200b"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDraft:
    """What somebody wrote and has not sent, or not successfully; `added` is what their options say in words."""

    prompt: str = ""
    options: str = ""
    is_private: bool = False


def form(draft: PromptDraft, *, most_chars: int) -> Form:
    """The form for a prompt of at most `most_chars`, filled in as far as something is known."""
    most_chars = min(most_chars, MAX_INPUT_CHARS)
    is_cut = len(draft.prompt) > most_chars
    prompt = Input(
        custom_id=PROMPT_FIELD,
        label="What should it sound like?",
        description=f"Only the first {most_chars:,} characters of the text fit in here." if is_cut else None,
        placeholder="Genre, mood, instruments, a story, whole lyrics …",
        value=draft.prompt,
        most_chars=most_chars,
        is_long=True,
    )
    added = Input(
        custom_id=OPTIONS_FIELD,
        label="Added to your prompt",
        description="What you chose, in words. It is sent along, and counts towards the length.",
        value=draft.options,
        most_chars=MAX_OPTIONS_CHARS,
        is_required=False,
    )
    return Form(
        custom_id=custom_id(Control.COMPOSE, _privacy(draft)),
        title="Compose a song, for you alone" if draft.is_private else "Compose a song",
        inputs=(prompt, added) if draft.options else (prompt,),
    )


def with_draft(refusal: Reply, draft: PromptDraft) -> Reply:
    """A refusal together with the text that was refused, ready to be copied, and a button that opens the form again."""
    if not draft.prompt.strip():
        return refusal
    shown = [_fenced(_PROMPT_TITLE, draft.prompt)]
    if draft.options.strip():
        shown.append(_fenced(_OPTIONS_TITLE, draft.options))
    button = Button(custom_id=custom_id(Control.REDRAFT, _privacy(draft)), label="Change it", emoji="✏️")
    return replace(refusal, embeds=(*refusal.embeds, *shown), buttons=(*refusal.buttons, button))


def draft_in(embeds: Sequence[discord.Embed], *, is_private: bool) -> PromptDraft:
    """The draft in the embeds of a refusal."""
    texts = {embed.title: _unfenced(embed.description or "") for embed in embeds}
    return PromptDraft(
        prompt=texts.get(_PROMPT_TITLE, ""), options=texts.get(_OPTIONS_TITLE, ""), is_private=is_private
    )


def _privacy(draft: PromptDraft) -> str:
    return PRIVATE if draft.is_private else PUBLIC


def _fenced(title: str, text: str) -> discord.Embed:
    """The text in a code block, in which nothing of it is rendered and from which it can be copied.

    Where it does not fit with its fence it stands alone: nothing in an embed pings anybody.
    """
    clean = _CONTROL.sub("", "\n".join(text.splitlines())).strip()
    fenced = f"{_FENCE}\n{re.sub('``(?=`)', f'``{_BLANK}', clean)}\n{_FENCE}"
    room = min(MAX_DESCRIPTION_UNITS, MAX_UNITS - 2 * MAX_OPTIONS_CHARS)
    return discord.Embed(
        title=title,
        description=fenced if utf16_units(fenced) <= room else clamp(clean, room),
        colour=int(Colour.NEUTRAL),
    )


def _unfenced(text: str) -> str:
    if not (text.startswith(_FENCE) and text.endswith(_FENCE)):
        return text
    return re.sub(f"(?<=``){_BLANK}(?=`)", "", text[len(_FENCE) : -len(_FENCE)]).strip("\n")

"""Forms for prompts, and refused prompts returned to their author for another try.

The bot keeps no state between them: the form's custom ID and fields hold everything, and a refusal contains the prompt,
from which the form is filled again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.discord_io.message import Button, Form, Input, Reply
from bot.domain.jobs import Job
from bot.locales import _
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.embed import MAX_DESCRIPTION_UNITS, MAX_UNITS, Colour
from bot.replies.text import clamp, utf16_units

PROMPT_FIELD = "prompt"
OPTIONS_FIELD = "added"
"""Custom IDs of the form's fields."""

MAX_INPUT_CHARS = 4000
"""Discord's limit for a text field of a form."""

MAX_OPTIONS_CHARS = 300

PUBLIC = "public"
PRIVATE = "private"
"""Arguments of the custom IDs of form and button."""

_FENCE = "```"
_BLANK = "\u200b"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDraft:
    """A prompt that was not submitted, or refused; `options` is the text of the command's options."""

    prompt: str = ""
    options: str = ""
    is_private: bool = False


def form(draft: PromptDraft, *, max_chars: int) -> Form:
    """The form for a prompt of at most `max_chars`, prefilled from the draft."""
    max_chars = min(max_chars, MAX_INPUT_CHARS)
    prompt = _prompt_input(
        draft.prompt,
        max_chars,
        label=_("What should it sound like?"),
        cut_note=formatting.plural(
            max_chars,
            "The text was cut to the {n} character that fits here.",
            "The text was cut to the {n} characters that fit here.",
        ),
        placeholder=_("Genre, mood, instruments, a story, whole lyrics …"),
    )
    added = Input(
        custom_id=OPTIONS_FIELD,
        label=_("Your options"),
        description=_("I add these to your prompt. They count toward its length."),
        value=draft.options,
        max_chars=MAX_OPTIONS_CHARS,
        is_required=False,
    )
    return Form(
        custom_id=custom_id(Control.COMPOSE, _privacy(draft)),
        title=_("Compose a private song") if draft.is_private else _("Compose a song"),
        inputs=(prompt, added) if draft.options else (prompt,),
    )


def edit_form(job: Job, *, max_chars: int) -> Form:
    """The form with the prompt of a job, to be changed and submitted as a new request of at most `max_chars`."""
    prompt = _prompt_input(
        job.prompt,
        min(max_chars, MAX_INPUT_CHARS),
        label=_("Prompt"),
        cut_note=_("The prompt is too long for this field, so its end is cut off."),
    )
    return Form(custom_id=custom_id(Control.EDITED, job.key), title=_("Edit prompt"), inputs=(prompt,))


def with_draft(refusal: Reply, draft: PromptDraft) -> Reply:
    """A refusal with the refused text in embeds, for copying, and a button that reopens the form with it."""
    if not draft.prompt.strip():
        return refusal
    shown = [_fenced(_("Your prompt"), draft.prompt)]
    if draft.options.strip():
        shown.append(_fenced(_("Your options"), draft.options))
    button = Button(custom_id=custom_id(Control.REDRAFT, _privacy(draft)), label=_("Edit prompt"), emoji="✏️")
    return replace(refusal, embeds=(*refusal.embeds, *shown), buttons=(*refusal.buttons, button))


def draft_in(embeds: Sequence[discord.Embed], *, is_private: bool) -> PromptDraft:
    """The draft from the embeds that `with_draft` added to a refusal."""
    # By position, because the titles are in the language that the member had then. The options may be missing.
    prompt, options, *_rest = [*(_unfenced(embed.description or "") for embed in embeds), "", ""]
    return PromptDraft(prompt=prompt, options=options, is_private=is_private)


def _prompt_input(
    value: str, max_chars: int, *, label: str, cut_note: str, placeholder: str | None = None
) -> Input:
    """The text field of a prompt; `cut_note` is shown if the value does not fit."""
    return Input(
        custom_id=PROMPT_FIELD,
        label=label,
        description=cut_note if len(value) > max_chars else None,
        placeholder=placeholder,
        value=value,
        max_chars=max_chars,
        is_long=True,
    )


def _privacy(draft: PromptDraft) -> str:
    return PRIVATE if draft.is_private else PUBLIC


def _fenced(title: str, text: str) -> discord.Embed:
    """The text in a code block, which renders no markdown and has a copy button.

    Without the code block if both do not fit together: mentions in embeds never ping.
    """
    # A zero-width space between backticks: a fence inside the text would end the code block.
    clean = _CONTROL.sub("", "\n".join(text.splitlines())).strip()
    fenced = f"{_FENCE}\n{re.sub('``(?=`)', f'``{_BLANK}', clean)}\n{_FENCE}"
    # All embeds of a message share MAX_UNITS, and the options may need a second one.
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

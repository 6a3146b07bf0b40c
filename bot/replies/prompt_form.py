"""Forms for prompts, and refused prompts returned to their author for another try.

The bot keeps no state between them: the form's custom ID and fields hold everything, and a refusal contains the prompt,
from which the form is filled again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import discord

from bot.discord_io.message import Button, Choice, ChoiceField, ChoiceKind, Form, Input, Reply
from bot.discord_io.text_length import clamp, utf16_units
from bot.domain.jobs import Job
from bot.domain.prompts import (
    FORM_GENRES,
    FORM_MOODS,
    FORM_TEMPOS,
    MAX_BPM,
    MAX_OPTION_CHARS,
    MIN_BPM,
    PromptOptions,
    Surprise,
    one_line,
    options_text,
    parsed_options,
)
from bot.replies import formatting
from bot.replies.buttons import Control, custom_id
from bot.replies.embed import MAX_DESCRIPTION_UNITS, MAX_UNITS, Colour
from bot.replies.locales import N_, _, pgettext

PROMPT_FIELD = "prompt"
GENRE_FIELD = "genre"
MOOD_FIELD = "mood"
TEMPO_FIELD = "tempo"
MORE_FIELD = "more"
"""Custom IDs of the form's fields."""

OPTIONS_FIELD = "added"
"""The text field for options in forms of earlier versions, which may be open during an upgrade."""

ANY_TEMPO = "any"
INSTRUMENTAL = "instrumental"
VOCALS = "vocals"
REMEMBER = "remember"
"""Values of the form's choices."""

MAX_INPUT_CHARS = 4000
"""Discord's limit for a text field of a form."""

MAX_OPTIONS_CHARS = 300

PUBLIC = "public"
PRIVATE = "private"
REMEMBERED = "remembered"
"""Arguments of the custom IDs of form and button. `REMEMBERED` is added to a form that was filled with stored choices."""

_TEMPO_NAMES = {
    70: N_("Slow, {bpm} BPM"),
    100: N_("Medium, {bpm} BPM"),
    130: N_("Fast, {bpm} BPM"),
    165: N_("Very fast, {bpm} BPM"),
}
# Translators: a prompt that the bot makes up. `genre` and `other` are genres, `mood` and `later` moods; the sentence must fit any.
_SURPRISES = (
    N_("Genres: {genre} meets {other}. Mood: first {mood}, then {later}."),
    N_("Genres: {genre} with a touch of {other}. Mood: {mood}, in the chorus {later}."),
    N_("Genres: {genre}, then suddenly {other}. Mood: from {mood} to {later}."),
)

NO_OPTIONS = PromptOptions()
_BPM = re.compile(r"\d{2,3}", re.ASCII)
_FENCE = "```"
_BLANK = "\u200b"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDraft:
    """A prompt that was not submitted, or refused. `is_remembered`: the member wants their choices to be remembered."""

    prompt: str = ""
    options: PromptOptions = NO_OPTIONS
    is_private: bool = False
    is_remembered: bool = False


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
    return Form(
        custom_id=custom_id(
            Control.COMPOSE, _privacy(draft), *((REMEMBERED,) if draft.is_remembered else ())
        ),
        title=_("Compose a private song") if draft.is_private else _("Compose a song"),
        inputs=(prompt, _genre(draft.options), _mood(draft.options), _tempo(draft.options), _more(draft)),
    )


def surprise_text(words: Surprise) -> str:
    """A prompt of these words in the member's language; the same words always make the same prompt."""
    which = (len(words.genre) + len(words.mood)) % len(_SURPRISES)
    return _(
        _SURPRISES[which],
        genre=pgettext("genre", words.genre),
        other=pgettext("genre", words.other_genre),
        mood=pgettext("mood", words.mood),
        later=pgettext("mood", words.later_mood),
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


def chosen_options(choices: Mapping[str, Sequence[str]], texts: Mapping[str, str]) -> PromptOptions:
    """The options chosen in a submitted form: `choices` in its lists and boxes, `texts` in its other fields.

    Instrumental and with vocals contradict each other: both count as neither.
    """
    (genre,), (mood,) = ((*choices.get(field, ()), "")[:1] for field in (GENRE_FIELD, MOOD_FIELD))
    tempo, more = texts.get(TEMPO_FIELD, ""), choices.get(MORE_FIELD, ())
    is_one = (INSTRUMENTAL in more) is not (VOCALS in more)
    return PromptOptions(
        genre=genre[:MAX_OPTION_CHARS] or None,
        mood=mood[:MAX_OPTION_CHARS] or None,
        tempo=int(tempo) if _BPM.fullmatch(tempo) and MIN_BPM <= int(tempo) <= MAX_BPM else None,
        instrumental=INSTRUMENTAL in more if is_one else None,
    )


def is_to_be_remembered(choices: Mapping[str, Sequence[str]]) -> bool:
    """Whether the member wants the choices of a submitted form to be remembered."""
    return REMEMBER in choices.get(MORE_FIELD, ())


def with_draft(refusal: Reply, draft: PromptDraft) -> Reply:
    """A refusal with the refused text in embeds, for copying, and a button that reopens the form with it."""
    if not draft.prompt.strip():
        return refusal
    shown = [_fenced(_("Your prompt"), draft.prompt)]
    if options := options_text(draft.options):
        shown.append(_fenced(_("Your options"), options))
    button = Button(custom_id=custom_id(Control.REDRAFT, _privacy(draft)), label=_("Edit prompt"), emoji="✏️")
    return replace(refusal, embeds=(*refusal.embeds, *shown), buttons=(*refusal.buttons, button))


def draft_in(embeds: Sequence[discord.Embed], *, is_private: bool) -> PromptDraft:
    """The draft from the embeds that `with_draft` added to a refusal."""
    # By position, because the titles are in the language that the member had then. The options may be missing.
    prompt, added, *_rest = [*(_unfenced(embed.description or "") for embed in embeds), "", ""]
    options, other_text = parsed_options(added)
    # Earlier versions let members write anything beside the options.
    prompt = "\n\n".join(filter(None, (prompt, other_text)))
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


def _genre(options: PromptOptions) -> ChoiceField:
    return ChoiceField(
        custom_id=GENRE_FIELD,
        kind=ChoiceKind.LIST,
        label=_("Genre"),
        description=_("I add these to your prompt. They count toward its length."),
        placeholder=_("Any genre"),
        choices=_words("genre", FORM_GENRES, options.genre),
    )


def _mood(options: PromptOptions) -> ChoiceField:
    return ChoiceField(
        custom_id=MOOD_FIELD,
        kind=ChoiceKind.LIST,
        label=_("Mood"),
        description=_("If yours isn't in a list, write it into the text above."),
        placeholder=_("Any mood"),
        choices=_words("mood", FORM_MOODS, options.mood),
    )


def _words(context: str, listed: Sequence[str], word: str | None) -> tuple[Choice, ...]:
    """The listed words in the member's language, before them the chosen one if it is another."""
    chosen = one_line(word)[:MAX_OPTION_CHARS]
    own = () if not chosen or chosen in listed else (Choice(label=chosen, value=chosen, is_default=True),)
    return (
        *own,
        *(Choice(label=pgettext(context, word), value=word, is_default=word == chosen) for word in listed),
    )


def _tempo(options: PromptOptions) -> ChoiceField:
    own = () if options.tempo is None or options.tempo in FORM_TEMPOS else (options.tempo,)
    tempos = tuple(
        Choice(
            label=_(_TEMPO_NAMES.get(bpm, N_("{bpm} BPM")), bpm=bpm),
            value=str(bpm),
            is_default=bpm == options.tempo,
        )
        for bpm in sorted((*FORM_TEMPOS, *own))
    )
    either = Choice(label=_("Any tempo"), value=ANY_TEMPO, is_default=options.tempo is None)
    return ChoiceField(
        custom_id=TEMPO_FIELD, kind=ChoiceKind.RADIO, label=_("Tempo"), choices=(either, *tempos)
    )


def _more(draft: PromptDraft) -> ChoiceField:
    instrumental = draft.options.instrumental
    return ChoiceField(
        custom_id=MORE_FIELD,
        kind=ChoiceKind.CHECKBOXES,
        label=_("More"),
        description=_("Without a choice, Whisul decides whether somebody sings."),
        choices=(
            Choice(label=_("Instrumental"), value=INSTRUMENTAL, is_default=instrumental is True),
            Choice(label=_("With vocals"), value=VOCALS, is_default=instrumental is False),
            Choice(
                label=_("Remember these choices"),
                value=REMEMBER,
                description=_("Next time, I fill them in. To make me forget them, clear this box."),
                is_default=draft.is_remembered,
            ),
        ),
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

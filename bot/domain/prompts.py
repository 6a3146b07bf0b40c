"""The options of /compose as text: the music API takes nothing but a prompt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from random import Random

MAX_OPTION_CHARS = 60
"""The maximum length of a genre or mood."""

MAX_SUGGESTIONS = 25
"""Discord's limit for autocomplete choices."""

MIN_BPM = 40
MAX_BPM = 220

GENRES = (
    "acoustic", "afrobeat", "ambient", "bluegrass", "blues", "boom bap", "bossa nova", "breakbeat", "celtic folk",
    "chamber music", "chiptune", "choral", "cinematic", "city pop", "classical", "country", "cumbia", "dancehall",
    "deep house", "disco", "downtempo", "drill", "drum and bass", "dub", "dubstep", "electro swing", "electronica",
    "emo", "flamenco", "folk", "folk rock", "funk", "future bass", "garage rock", "glitch hop", "gospel", "grime",
    "grunge", "hard rock", "hardstyle", "heavy metal", "hip-hop", "house", "hyperpop", "indie pop", "indie rock",
    "industrial", "jazz", "jazz fusion", "jungle", "K-pop", "Latin pop", "lo-fi hip-hop", "lounge", "lullaby",
    "marching band", "math rock", "metalcore", "minimal techno", "musical", "neo-soul", "new wave", "opera",
    "orchestral", "phonk", "pop", "pop punk", "post-punk", "post-rock", "power metal", "progressive rock",
    "psychedelic rock", "psytrance", "punk rock", "R&B", "ragtime", "reggae", "reggaeton", "rock", "rockabilly",
    "salsa", "samba", "sea shanty", "shoegaze", "ska", "soul", "surf rock", "swing", "synth-pop", "synthwave",
    "tango", "techno", "trance", "trap", "trip hop", "UK garage", "vaporwave", "waltz", "world fusion",
)  # fmt: skip

MOODS = (
    "adventurous", "aggressive", "angry", "anthemic", "bittersweet", "bright", "brooding", "calm", "carefree",
    "chaotic", "cheerful", "confident", "cosy", "dark", "defiant", "dramatic", "dreamy", "eerie", "elegant",
    "energetic", "epic", "ethereal", "euphoric", "festive", "gentle", "gloomy", "groovy", "happy", "haunting",
    "heroic", "hopeful", "hypnotic", "intense", "intimate", "joyful", "laid-back", "lonely", "longing", "majestic",
    "meditative", "melancholic", "menacing", "mysterious", "nostalgic", "peaceful", "playful", "quirky", "rebellious",
    "relaxed", "romantic", "sad", "serene", "sombre", "spooky", "suspenseful", "tender", "tense", "triumphant",
    "uplifting", "warm", "whimsical", "wistful",
)  # fmt: skip

FORM_GENRES = (
    "acoustic", "ambient", "blues", "cinematic", "classical", "country", "disco", "drum and bass", "folk", "funk",
    "gospel", "heavy metal", "hip-hop", "house", "indie rock", "jazz", "lo-fi hip-hop", "orchestral", "pop", "reggae",
    "rock", "soul", "techno", "trap",
)  # fmt: skip
FORM_MOODS = (
    "aggressive", "bittersweet", "calm", "cheerful", "dark", "dramatic", "dreamy", "energetic", "epic", "euphoric",
    "gentle", "groovy", "haunting", "hopeful", "laid-back", "melancholic", "mysterious", "nostalgic", "playful",
    "romantic", "sad", "tense", "triumphant", "uplifting",
)  # fmt: skip
"""The lists of the form: one less than Discord allows, which leaves room for a word of the member's own."""

FORM_TEMPOS = (70, 100, 130, 165)
"""Slow, medium, fast and very fast, in BPM."""

_TYPED_OPTION = re.compile(r"(?<!\S)(?P<name>[^\s:]{1,32}):(?P<value>\S+)")
_YES_OR_NO = re.compile(r"true|false", re.IGNORECASE)
_WORD = re.compile(rf"[^:]{{1,{MAX_OPTION_CHARS}}}")
_TYPED_VALUES = {
    "private": _YES_OR_NO,
    "instrumental": _YES_OR_NO,
    "tempo": re.compile(r"\d{2,3}", re.ASCII),
    "genre": _WORD,
    "mood": _WORD,
}
_CUSTOM_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """The options of /compose beside the prompt; None if not chosen. `tempo` is in BPM."""

    genre: str | None = None
    mood: str | None = None
    tempo: int | None = None
    instrumental: bool | None = None


def options_text(options: PromptOptions) -> str:
    """The options as sentences on one line, as they are added to the prompt; empty if none is chosen."""
    genre, mood = one_line(options.genre), one_line(options.mood)
    sentences = (
        f"Genre: {genre}." if genre else "",
        f"Mood: {mood}." if mood else "",
        f"Tempo: {options.tempo} BPM." if options.tempo is not None else "",
        _VOCALS[options.instrumental],
    )
    return " ".join(filter(None, sentences))


_OPTIONS_TEXT = re.compile(
    r"(?:Genre: (?P<genre>.+?)\.(?: |$))?(?:Mood: (?P<mood>.+?)\.(?: |$))?(?:Tempo: (?P<tempo>\d{2,3}) BPM\.(?: |$))?"
    r"(?P<vocals>Instrumental, without vocals\.|With vocals\.)?",
    re.ASCII,
)


def parsed_options(text: str) -> tuple[PromptOptions, str]:
    """The options in a text of `options_text`, and what the text has beside them."""
    text = text.strip()
    # Never None: every part of the pattern may be missing.
    if (found := _OPTIONS_TEXT.match(text)) is None:
        return PromptOptions(), text
    options = PromptOptions(
        genre=found["genre"],
        mood=found["mood"],
        tempo=int(found["tempo"]) if found["tempo"] else None,
        instrumental=found["vocals"].startswith("Instrumental") if found["vocals"] else None,
    )
    return options, text[found.end() :].strip()


def filled(options: PromptOptions, defaults: PromptOptions) -> PromptOptions:
    """The options, with the defaults where none is chosen."""
    values = {each.name: getattr(options, each.name) for each in fields(PromptOptions)}
    return replace(defaults, **{name: value for name, value in values.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Surprise:
    """Words for a prompt that nobody thought of: two genres, two moods, and a tempo in BPM."""

    genre: str
    other_genre: str
    mood: str
    later_mood: str
    tempo: int


def surprise(chance: Random) -> Surprise:
    """Draw the words of a prompt."""
    genre, other_genre = chance.sample(GENRES, 2)
    mood, later_mood = chance.sample(MOODS, 2)
    return Surprise(genre, other_genre, mood, later_mood, chance.choice(FORM_TEMPOS))


@dataclass(frozen=True, slots=True)
class TypedOptions:
    """A prompt in which options were typed as text. `found` are these texts, `prompt` is the rest."""

    prompt: str
    options: PromptOptions
    is_private: bool
    found: tuple[str, ...]


def typed_options(prompt: str, names: Mapping[str, str] | None = None) -> TypedOptions:
    """Find options of /compose in a prompt, as in `a trap song private:true`.

    `names` are the options' names in the member's language with the English ones.

    Discord takes all that follows a chosen option for its value. Words before a colon count only where the value fits the
    option, and without a space after it, so that lyrics and sentences such as `Mood: dark.` stay text.
    """
    values: dict[str, str] = {}
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        typed = match["name"].casefold()
        name = (names or {}).get(typed, typed)
        if name not in _TYPED_VALUES or not _TYPED_VALUES[name].fullmatch(match["value"]):
            return match[0]
        values[name] = match["value"]
        found.append(match[0])
        return ""

    rest = _TYPED_OPTION.sub(take, prompt).strip()
    return TypedOptions(
        prompt=rest if found else prompt,
        options=PromptOptions(
            genre=values.get("genre"),
            mood=values.get("mood"),
            tempo=int(values["tempo"]) if "tempo" in values else None,
            instrumental=_is_true(values["instrumental"]) if "instrumental" in values else None,
        ),
        is_private=_is_true(values.get("private", "")),
        found=tuple(found),
    )


def with_options(prompt: str, added: str) -> str:
    """The complete prompt: the user's text, and below it the text of the options."""
    return "\n\n".join(filter(None, (prompt.strip(), added.strip())))


def suggestions(words: Sequence[str], typed: str) -> list[str]:
    """At most 25 words that contain what was typed, those that start with it first."""
    wanted = typed.strip().casefold()
    fitting = [word for word in words if wanted in word.casefold()]
    return sorted(fitting, key=lambda word: not word.casefold().startswith(wanted))[:MAX_SUGGESTIONS]


def first_text(texts: Sequence[str]) -> str | None:
    """The first text of a message that is not empty, with custom emoji replaced by their names; None without any."""
    for text in texts:
        if prompt := _CUSTOM_EMOJI.sub(r"\1", text).strip():
            return prompt
    return None


_VOCALS = {None: "", True: "Instrumental, without vocals.", False: "With vocals."}


def _is_true(value: str) -> bool:
    return value.casefold() == "true"


def one_line(text: str | None) -> str:
    """A genre or mood as it is added to a prompt; empty for None."""
    return " ".join((text or "").split()).rstrip(".")

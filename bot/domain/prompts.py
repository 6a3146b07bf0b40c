"""Pure: what a person wishes for a song, in words, for the music API takes nothing but a prompt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_OPTION_CHARS = 60
"""Of a genre or a mood, each a few words."""

MAX_SUGGESTIONS = 25
"""Discord shows no more."""

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

_CUSTOM_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """What was chosen beside the prompt; None is no wish. `tempo` is in BPM."""

    genre: str | None = None
    mood: str | None = None
    tempo: int | None = None
    instrumental: bool | None = None


def options_text(wishes: PromptOptions) -> str:
    """The wishes as they stand in the prompt that is sent, on one line; empty when there are none."""
    genre, mood = _one_line(wishes.genre), _one_line(wishes.mood)
    sentences = (
        f"Genre: {genre}." if genre else "",
        f"Mood: {mood}." if mood else "",
        f"Tempo: {wishes.tempo} BPM." if wishes.tempo is not None else "",
        _VOCALS[wishes.instrumental],
    )
    return " ".join(filter(None, sentences))


def with_options(prompt: str, added: str) -> str:
    """The whole text that is sent: what was asked for, and below it what was added."""
    return "\n\n".join(filter(None, (prompt.strip(), added.strip())))


def suggestions(words: Sequence[str], typed: str) -> list[str]:
    """The words that fit what is typed so far, at most 25: first those that begin so, then those that hold it."""
    wanted = typed.strip().casefold()
    fitting = [word for word in words if wanted in word.casefold()]
    return sorted(fitting, key=lambda word: not word.casefold().startswith(wanted))[:MAX_SUGGESTIONS]


def first_text(texts: Sequence[str]) -> str | None:
    """The first of a message's texts that says something, as a prompt; a server's own emoji by their names."""
    for text in texts:
        if said := _CUSTOM_EMOJI.sub(r"\1", text).strip():
            return said
    return None


_VOCALS = {None: "", True: "Instrumental, without vocals.", False: "With vocals."}


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).rstrip(".")

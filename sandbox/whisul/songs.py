"""Songs derived from a prompt: title, tempo, length and tags, reproducible by the seed."""

import random
import re
from dataclasses import dataclass

from sandbox.whisul.genres import Genre, recognise

_ECHOED = (
    "aggressive angry bittersweet bouncy calm chill cinematic cosy cozy dark dreamy eerie energetic epic ethereal "
    "euphoric fast funky gentle gloomy groovy happy haunting heavy hopeful hypnotic joyful lonely loud melancholic "
    "mellow moody mysterious nostalgic peaceful playful psychedelic relaxing retro romantic sad slow smooth soft "
    "soulful spooky upbeat uplifting warm wistful banjo bass bells brass cello choir drums flute guitar harp organ "
    "piano rhodes sax saxophone strings synth trumpet ukulele violin vocals"
)
"""Moods and instruments that become tags when the prompt names them."""
_PLAIN = (
    "about after along also around because before being between beat beats song songs track tune music make create "
    "write please give want need like into over under from that this these those their there then than with without "
    "very really something some sound sounds kind style feel feeling vibe vibes where which while when what your "
    "yours mine have will would should could for and the but not you are was bpm"
)
"""Words of the prompt that no title begins with."""
_BPM = re.compile(r"(?<!\d)(\d{2,3})\s*bpm\b", re.IGNORECASE)
_BPM_RANGE = (40, 240)
_TITLE_WORD = re.compile(r"(?<![^\W_])[A-Za-zÀ-ÖØ-öø-ÿ]{3,11}(?![^\W_])")
_MAX_TAGS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """One song. `genre` is a name of `sandbox.whisul.genres`; `seed` decides all that can be heard and seen."""

    title: str
    bpm: int
    duration_s: int
    tags: tuple[str, ...]
    genre: str
    seed: str

    @property
    def duration(self) -> str:
        """The length as `m:ss`."""
        return f"{self.duration_s // 60}:{self.duration_s % 60:02d}"


def compose(prompt: str, *, seed: str, duration_s: int | None = None) -> Song:
    """The song for this prompt and seed; `duration_s` replaces the random length."""
    rng = random.Random(f"song/{seed}/{prompt}")
    genre = recognise(prompt)
    drawn_s = round(min(max(rng.gauss(166, 17), 122), 219))
    return Song(
        title=_title(prompt, genre, rng),
        bpm=_asked_bpm(prompt) or rng.randint(*genre.bpm),
        duration_s=drawn_s if duration_s is None else duration_s,
        tags=_tags(prompt, genre, rng),
        genre=genre.name,
        seed=seed,
    )


def _asked_bpm(prompt: str) -> int | None:
    match = _BPM.search(prompt)
    low, high = _BPM_RANGE
    return int(match[1]) if match and low <= int(match[1]) <= high else None


def _title(prompt: str, genre: Genre, rng: random.Random) -> str:
    first, last = (rng.choice(words.split()) for words in genre.titles.split("/"))
    own = [
        word
        for word in _TITLE_WORD.findall(genre.pattern.sub(" ", prompt))
        if word.lower() not in _PLAIN.split()
    ]
    if own and rng.random() < 0.6:  # noqa: PLR2004 - a taste, not a limit
        first = rng.choice(own).capitalize()
    return f"{first} {last}" if first.lower() != last.lower() else first


def _tags(prompt: str, genre: Genre, rng: random.Random) -> tuple[str, ...]:
    asked = [word for word in re.findall(r"[a-z]+", prompt.lower()) if word in _ECHOED.split()]
    usual = genre.tags.split(", ")
    return tuple(dict.fromkeys([genre.name, *asked, *rng.sample(usual, k=len(usual))]))[:_MAX_TAGS]

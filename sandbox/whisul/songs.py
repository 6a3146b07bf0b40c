"""Songs derived from a prompt: title, tempo, length and tags, reproducible by the seed."""

import random
import re
from dataclasses import dataclass

from sandbox.whisul.genres import Genre, recognise

_ECHOED = (
    "aggressive angry bittersweet calm chill cosy dark dreamy eerie energetic epic funky gentle gloomy groovy happy "
    "haunting heavy hopeful hypnotic joyful lonely mellow moody mysterious nostalgic peaceful playful retro romantic "
    "sad slow smooth soft soulful spooky upbeat uplifting warm wistful banjo bass bells brass cello choir drums flute "
    "guitar harp organ piano sax strings synth trumpet ukulele violin vocals"
)
"""Moods and instruments that become tags when the prompt names them."""
_PLAIN = (
    "about after along around because before between beat beats from into like make music over please some something "
    "song songs sound style than that their then there this track tune under very what where which while with without"
)
"""Words of the prompt that no title begins with."""
_FIRST = "Amber Broken Crystal Distant Electric Faded Golden Hollow Liquid Midnight Neon Paper Quiet Rusty Velvet Wild"
_LAST = "Arcade Avenue Carousel Circuit Daylight Engine Harbour Hearts Lanterns Letters Mirage River Signals Skyline"
_BPM = re.compile(r"(?<!\d)(\d{2,3})\s*bpm\b", re.IGNORECASE)
_BPM_RANGE = (40, 240)
_TITLE_WORD = re.compile(r"(?<![^\W_])[A-Za-zÀ-ÖØ-öø-ÿ]{4,11}(?![^\W_])")
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
    # Drawn even where it is replaced: the rest of the song stays the same.
    drawn_s = round(min(max(rng.gauss(166, 17), 122), 219))
    low, high = _BPM_RANGE
    asked_bpm = next((int(bpm) for bpm in _BPM.findall(prompt) if low <= int(bpm) <= high), None)
    return Song(
        title=_title(prompt, genre, rng),
        bpm=asked_bpm or rng.randint(*genre.bpm),
        duration_s=drawn_s if duration_s is None else duration_s,
        tags=_tags(prompt, genre, rng),
        genre=genre.name,
        seed=seed,
    )


def _title(prompt: str, genre: Genre, rng: random.Random) -> str:
    """Two words; the first often comes from the prompt."""
    words = _TITLE_WORD.findall(genre.pattern.sub(" ", prompt))
    own = [word.capitalize() for word in words if word.lower() not in _PLAIN.split()]
    first = rng.choice(own if own and rng.random() < 0.6 else _FIRST.split())  # noqa: PLR2004 - a taste, not a limit
    return f"{first} {rng.choice(_LAST.split())}"


def _tags(prompt: str, genre: Genre, rng: random.Random) -> tuple[str, ...]:
    asked = [word for word in re.findall(r"[a-z]+", prompt.lower()) if word in _ECHOED.split()]
    usual = genre.tags.split(", ")
    return tuple(dict.fromkeys([genre.name, *asked, *rng.sample(usual, k=len(usual))]))[:_MAX_TAGS]

"""What the simulator knows about styles of music, as far as words and tempo go."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """A style: how it is recognised in a prompt, and what its songs are like.

    `words` are regular expressions of whole words; `bpm` is the lowest and the highest tempo, both included;
    `first` and `last` are the two halves of its titles.
    """

    name: str
    words: tuple[str, ...]
    bpm: tuple[int, int]
    tags: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]

    def named_at(self, prompt: str) -> int | None:
        """Where the prompt first names this style, None where it doesn't."""
        match = self._pattern().search(prompt)
        return match.start() if match else None

    def without_name(self, prompt: str) -> str:
        """The prompt without the words that name this style."""
        return self._pattern().sub(" ", prompt)

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{'|'.join(self.words)})(?!\w)", re.IGNORECASE)


POP = Genre(
    name="pop",
    words=("pop", "dance", "summer", "radio"),
    bpm=(98, 126),
    tags=("catchy", "bright", "synth", "hooks", "warm"),
    first=("Paper", "Golden", "Sudden", "Better", "Electric", "Honey", "Sunday", "Weightless"),
    last=("Hearts", "Weather", "Postcards", "Balloons", "Signals", "Daylight", "Fireworks", "Avenue"),
)
"""The style of a prompt that names none."""

GENRES: tuple[Genre, ...] = (
    Genre(
        name="trap",
        words=("trap", "drill", "phonk", "808s?"),
        bpm=(132, 148),
        tags=("dark", "808s", "synth", "bass", "hi-hats"),
        first=("Midnight", "Concrete", "Chrome", "Velvet", "Cold", "Black", "Phantom", "Neon"),
        last=("Crown", "Smoke", "District", "Diamonds", "Serpent", "Throne", "Mirage", "Eclipse"),
    ),
    Genre(
        name="lofi",
        words=("lo-?fi", "lo fi", "study", "chillhop", "chill"),
        bpm=(70, 86),
        tags=("chill", "mellow", "vinyl", "keys", "cosy"),
        first=("Rainy", "Slow", "Faded", "Paper", "Sleepy", "Quiet", "Amber", "Window"),
        last=("Kettle", "Pages", "Umbrella", "Corner", "Blanket", "Lanterns", "Balcony", "Cassette"),
    ),
    Genre(
        name="hip hop",
        words=("hip[- ]?hop", "boom[- ]?bap", "rap", "beats?"),
        bpm=(84, 98),
        tags=("boom bap", "groovy", "vinyl", "bass", "street"),
        first=("Corner", "Brass", "Dusty", "Subway", "Golden", "Loose", "Rooftop", "Brooklyn"),
        last=("Philosophy", "Cipher", "Change", "Chronicles", "Sermon", "Sneakers", "Ledger", "Express"),
    ),
    Genre(
        name="house",
        words=("(?:deep |tech )?house", "disco", "funk", "club"),
        bpm=(120, 127),
        tags=("groovy", "four on the floor", "stabs", "club", "warm"),
        first=("Mirror", "Terrace", "Velvet", "Marble", "Sunset", "Satin", "Poolside", "Crystal"),
        last=("Motion", "Carousel", "Disco", "Paradise", "Affair", "Lights", "Ritual", "Lagoon"),
    ),
    Genre(
        name="techno",
        words=("techno", "rave", "industrial", "acid", "trance", "edm"),
        bpm=(128, 140),
        tags=("driving", "hypnotic", "acid", "warehouse", "dark"),
        first=("Iron", "Hollow", "Parallel", "Static", "Carbon", "Strobe", "Voltage", "Binary"),
        last=("Circuit", "Engine", "Cathedral", "Protocol", "Turbine", "Machinery", "Vector", "Bunker"),
    ),
    Genre(
        name="drum and bass",
        words=("drum ?(?:and|&|n|'n'|\\+) ?bass", "d ?(?:&|n|\\+) ?b", "dnb", "jungle", "breakbeat"),
        bpm=(170, 176),
        tags=("fast", "breaks", "reese bass", "energetic", "liquid"),
        first=("Liquid", "Rapid", "Orbit", "Falling", "Mercury", "Twin", "Solar", "Runaway"),
        last=("Velocity", "Gravity", "Skyline", "Horizon", "Afterimage", "Reactor", "Comet", "Rivers"),
    ),
    Genre(
        name="synthwave",
        words=("synth ?wave", "retro ?wave", "80s", "eighties", "cyberpunk", "outrun", "synths?"),
        bpm=(96, 116),
        tags=("retro", "neon", "synth", "80s", "night drive"),
        first=("Neon", "Turbo", "Laser", "Crimson", "Pacific", "Chrome", "Magenta", "Arcade"),
        last=("Highway", "Horizon", "Sunset", "Boulevard", "Overdrive", "Palms", "Cassette", "Nights"),
    ),
    Genre(
        name="ambient",
        words=("ambient", "drone", "meditation", "sleep", "calm", "soundscape", "space"),
        bpm=(60, 76),
        tags=("calm", "spacious", "pads", "drifting", "cinematic"),
        first=("Distant", "Glass", "Weightless", "Silent", "Northern", "Pale", "Deep", "Slow"),
        last=("Aurora", "Tides", "Snowfall", "Drift", "Orbit", "Fjord", "Constellation", "Breathing"),
    ),
    Genre(
        name="rock",
        words=("(?:hard |punk |indie |post-?)?rock", "punk", "metal", "grunge", "guitars?"),
        bpm=(112, 152),
        tags=("electric guitar", "live drums", "loud", "anthemic", "raw"),
        first=("Broken", "Burning", "Wild", "Rusty", "Thunder", "Reckless", "Gasoline", "Iron"),
        last=("Highway", "Hearts", "Engines", "Saints", "Wolves", "Radio", "Canyon", "Riot"),
    ),
    Genre(
        name="jazz",
        words=("jazz(?:y)?", "swing", "bebop", "saxophone", "sax", "blues", "bossa(?: nova)?"),
        bpm=(104, 148),
        tags=("swing", "upright bass", "brushes", "piano", "smoky"),
        first=("Blue", "Midnight", "Smoky", "Lazy", "Velvet", "Crooked", "Harlem", "Copper"),
        last=("Ballroom", "Corner", "Trumpet", "Cigar", "Sidewalk", "Sugar", "Lamplight", "Stroll"),
    ),
    Genre(
        name="folk",
        words=("folk", "acoustic", "country", "singer[- ]songwriter", "campfire", "lullaby"),
        bpm=(84, 112),
        tags=("acoustic", "fingerpicked", "warm", "organic", "gentle"),
        first=("Wandering", "Cedar", "Harvest", "Old", "Willow", "Barefoot", "Copper", "Morning"),
        last=("River", "Lantern", "Orchard", "Letters", "Meadow", "Hymn", "Wagon", "Fields"),
    ),
    POP,
)


def recognise(prompt: str) -> Genre:
    """The style that the prompt names first; of two at one place the one that stands higher in the list."""
    named = [(at, order) for order, genre in enumerate(GENRES) if (at := genre.named_at(prompt)) is not None]
    return GENRES[min(named)[1]] if named else POP

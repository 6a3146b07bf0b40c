"""The styles of music that the simulator knows: how prompts name them, how their songs sound and look."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """A style of music; its strings are short tables.

    `words` is a regular expression of whole words that name it; `bpm` is the lowest and the highest tempo. `titles`
    are words that titles begin with, a slash, and words that they end with. `groove` is a bar of sixteen steps each
    for kick, snare and hats (`x` loud, `o` soft, `r` three strokes), the bass (degrees above the chord's root) and the
    chords (`x`); `-` holds a note. `sound` names the drum kit, the voices of bass, chords and lead, the scale, and the
    degrees of the four bars' chords (see `audio`); `look` the picture and its colours, four from dark to light and
    one for lines and lamps (see `cover`).
    """

    name: str
    words: str
    bpm: tuple[int, int]
    tags: str
    titles: str
    groove: str
    sound: str
    look: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds the words that name this style."""
        return re.compile(rf"(?<!\w)(?:{self.words})(?!\w)", re.IGNORECASE)


GENRES: tuple[Genre, ...] = (
    Genre(
        name="trap",
        words="trap|drill|phonk|808s?",
        bpm=(132, 148),
        tags="dark, 808s, synth, bass, hi-hats",
        titles="Midnight Concrete Chrome Velvet Phantom Neon / Crown Smoke District Serpent Mirage Eclipse",
        groove="x.....x...x..... ........x....... x.x.x.x.r.x.x.xr 0-----0---0---7- x---------------",
        sound="808 sub pad bell minor 0526",
        look="sun 0b0618 3a0f5c b3245e ff7a4d 38e1ff",
    ),
    Genre(
        name="lofi",
        words="lo[- ]?fi|study|chillhop|chill",
        bpm=(70, 86),
        tags="chill, mellow, vinyl, keys, cosy",
        titles="Rainy Slow Faded Sleepy Quiet Amber / Kettle Pages Umbrella Blanket Lanterns Cassette",
        groove="x......ox.x..... ....x.......x... x.x.x.x.x.x.x.xo 0-----4-0---2--- x-------..x-----",
        sound="dusty upright keys bell major 1405",
        look="city 2d3250 7077a1 f6b17a ffe3c2 ffd27a",
    ),
    Genre(
        name="hip hop",
        words="hip[- ]?hop|boom[- ]?bap|rap|beats?",
        bpm=(84, 98),
        tags="boom bap, groovy, vinyl, bass, street",
        titles="Corner Brass Dusty Subway Rooftop Brooklyn / Philosophy Cipher Chronicles Sneakers Ledger Express",
        groove="x.x....x..x..... ....x.......x... x.x.x.x.x.x.x.xo 0-0---4-0--7---- x---..x---......",
        sound="dusty upright keys flute dorian 0354",
        look="city 1b1b1e 6b2737 e08e45 f8f4a6 ffd166",
    ),
    Genre(
        name="house",
        words="(?:deep |tech )?house|disco|funk|club",
        bpm=(120, 127),
        tags="groovy, four on the floor, stabs, club, warm",
        titles="Mirror Terrace Velvet Marble Satin Crystal / Motion Carousel Paradise Affair Lights Lagoon",
        groove="x...x...x...x... ....x.......x... o.xxo.xxo.xxo.xx ..0--0-7..0--04- x-.x-..x..x-..x.",
        sound="909 saw stab pluck minor 0354",
        look="burst 12002f 6a0dad ff4d8d ffd9b8 ffd166",
    ),
    Genre(
        name="techno",
        words="techno|rave|industrial|acid|trance|edm",
        bpm=(128, 140),
        tags="driving, hypnotic, acid, warehouse, dark",
        titles="Iron Hollow Parallel Static Strobe Binary / Circuit Engine Cathedral Protocol Turbine Vector",
        groove="x...x...x...x... ....o.......o... ..x...x...x...x. .007.000.070.004 ...x-.....x-....",
        sound="909 saw stab pluck minor 0056",
        look="rings 050508 1f1147 4a00e0 00f5d4 fee440",
    ),
    Genre(
        name="drum and bass",
        words=r"drum ?(?:and|&|n|'n'|\+) ?bass|d ?(?:&|n|\+) ?b|dnb|jungle|breakbeat",
        bpm=(170, 176),
        tags="fast, breaks, reese bass, energetic, liquid",
        titles="Liquid Rapid Orbit Falling Mercury Runaway / Velocity Gravity Skyline Afterimage Reactor Comet",
        groove="x.........x..... ....x..o.o..x..o x.xox.xox.xox.xo 0-----4-----7--- x---------------",
        sound="acoustic reese pad pluck minor 0526",
        look="rings 020024 090979 00b4d8 caf0f8 ff9e00",
    ),
    Genre(
        name="synthwave",
        words="synth ?wave|retro ?wave|80s|eighties|cyberpunk|outrun|synths?",
        bpm=(96, 116),
        tags="retro, neon, synth, 80s, night drive",
        titles="Neon Turbo Laser Crimson Pacific Arcade / Highway Horizon Sunset Boulevard Overdrive Palms",
        groove="x...x...x...x... ....x.......x... x.x.x.x.x.x.x.x. 0-0-0-0-0-0-0-7- x---------------",
        sound="909 saw pad stab minor 0526",
        look="sun 0d0221 541388 ff3864 ffd319 2de2e6",
    ),
    Genre(
        name="ambient",
        words="ambient|drone|meditation|sleep|calm|soundscape|space",
        bpm=(60, 76),
        tags="calm, spacious, pads, drifting, cinematic",
        titles="Distant Glass Weightless Silent Northern Pale / Aurora Tides Snowfall Drift Fjord Breathing",
        groove="o............... ................ ....o.......o... 0--------------- x---------------",
        sound="soft upright pad bell major 0354",
        look="hills 0b132b 1c3f60 5bc0be f0fff1 6fffe9",
    ),
    Genre(
        name="rock",
        words="(?:hard |punk |indie |post-?)?rock|punk|metal|grunge|guitars?",
        bpm=(112, 152),
        tags="electric guitar, live drums, loud, anthemic, raw",
        titles="Broken Burning Wild Rusty Thunder Gasoline / Highway Hearts Engines Saints Wolves Riot",
        groove="x.....x.x.x..... ....x.......x... x.x.x.x.x.x.x.x. 0-0-0-0-0-0-0-4- x-.x-.x-x-x-x-x-",
        sound="acoustic saw power power minor 0526",
        look="burst 0d0d0d 4a0d14 d80032 f9d9aa ffcf70",
    ),
    Genre(
        name="jazz",
        words="jazz(?:y)?|swing|bebop|saxophone|sax|blues|bossa(?: nova)?",
        bpm=(104, 148),
        tags="swing, upright bass, brushes, piano, smoky",
        titles="Blue Smoky Lazy Crooked Harlem Copper / Ballroom Corner Trumpet Sidewalk Lamplight Stroll",
        groove="o.......o....... ....o.......o..o x...x..ox...x..o 0---2---4---7--- x--...x-....x-..",
        sound="brushes upright keys flute major 1405",
        look="city 0f1a3c 20508f ed553b fff4d9 f2b134",
    ),
    Genre(
        name="folk",
        words="folk|acoustic|country|singer[- ]songwriter|campfire|lullaby",
        bpm=(84, 112),
        tags="acoustic, fingerpicked, warm, organic, gentle",
        titles="Wandering Cedar Harvest Willow Barefoot Morning / River Lantern Orchard Letters Meadow Hymn",
        groove="x.......x....... ....o.......o... ..o...o...o...o. 0-------4------- x-x-x-x-x-x-x-x-",
        sound="soft upright pluck flute major 0453",
        look="hills 2a3a35 6f9a86 f2cc8f fff8e7 e07a5f",
    ),
    Genre(
        name="pop",
        words="pop|dance|summer|radio",
        bpm=(98, 126),
        tags="catchy, bright, synth, hooks, warm",
        titles="Paper Golden Sudden Electric Honey Sunday / Hearts Weather Postcards Signals Daylight Avenue",
        groove="x...x...x...x.x. ....x.......x... x.x.x.x.x.x.x.x. 0--0--0-0--0--4- x--x--x-x--x--x-",
        sound="909 saw pluck bell major 0453",
        look="burst 3a0ca3 f72585 ffb703 ffffff 9bf6ff",
    ),
)
BY_NAME = {genre.name: genre for genre in GENRES}


def recognise(prompt: str) -> Genre:
    """The style that the prompt names first (of two at one place the earlier in the table), pop where it names none."""
    named = [
        (found.start(), order) for order, each in enumerate(GENRES) if (found := each.pattern.search(prompt))
    ]
    return GENRES[min(named)[1]] if named else BY_NAME["pop"]

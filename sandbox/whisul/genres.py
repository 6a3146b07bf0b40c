"""The styles of music that the simulator knows: how prompts name them, how their songs sound and look."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Genre:
    """A style of music; its strings are short tables.

    `words` is a regular expression of whole words that name it; `bpm` is the lowest and the highest tempo. `groove` is
    a bar of sixteen steps each for kick, snare and hats (`x` loud, `o` soft), the bass (degrees above the chord's root)
    and the chords (`x`); `-` holds a note. `sound` names the voices of bass, chords and lead, the scale, and the
    degrees of the four bars' chords (see `audio`); `look` the picture and its colours, four from dark to light and one
    for lines (see `cover`).
    """

    name: str
    words: str
    bpm: tuple[int, int]
    tags: str
    groove: str
    sound: str
    look: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds the words that name this style."""
        return re.compile(rf"(?<!\w)(?:{self.words})(?!\w)", re.IGNORECASE)


GENRES = (
    Genre("trap", "trap|drill|phonk|808s?", (132, 148), "dark, 808s, synth, bass, hi-hats",
          "x.....x...x..... ........x....... x.x.x.x.x.x.x.xx 0-----0---0---7- x---------------",
          "round pad pluck minor 0526", "sun 0b0618 3a0f5c b3245e ff7a4d 38e1ff"),
    Genre("lofi", "lo[- ]?fi|study|chillhop|chill", (70, 86), "chill, mellow, vinyl, keys, cosy",
          "x......ox.x..... ....x.......x... x.x.x.x.x.x.x.xo 0-----4-0---2--- x-------..x-----",
          "round keys pluck major 1405", "hills 2d3250 7077a1 f6b17a ffe3c2 ffd27a"),
    Genre("hip hop", "hip[- ]?hop|boom[- ]?bap|rap|beats?", (84, 98), "boom bap, groovy, vinyl, bass, street",
          "x.x....x..x..... ....x.......x... x.x.x.x.x.x.x.xo 0-0---4-0--7---- x---..x---......",
          "round keys flute minor 0354", "rings 1b1b1e 6b2737 e08e45 f8f4a6 ffd166"),
    Genre("house", "(?:deep |tech )?house|disco|funk|club", (120, 127), "groovy, four on the floor, stabs, club, warm",
          "x...x...x...x... ....x.......x... o.xxo.xxo.xxo.xx ..0--0-7..0--04- x-.x-..x..x-..x.",
          "saw saw pluck minor 0354", "rings 12002f 6a0dad ff4d8d ffd9b8 ffd166"),
    Genre("techno", "techno|rave|industrial|acid|trance|edm", (128, 140), "driving, hypnotic, acid, warehouse, dark",
          "x...x...x...x... ....o.......o... ..x...x...x...x. .007.000.070.004 ...x-.....x-....",
          "saw saw pluck minor 0056", "rings 050508 1f1147 4a00e0 00f5d4 fee440"),
    Genre("drum and bass", r"drum ?(?:and|&|n|'n'|\+) ?bass|d ?(?:&|n|\+) ?b|dnb|jungle|breakbeat", (170, 176), "fast, breaks, reese bass, energetic, liquid",
          "x.........x..... ....x..o.o..x..o x.xox.xox.xox.xo 0-----4-----7--- x---------------",
          "saw pad pluck minor 0526", "rings 020024 090979 00b4d8 caf0f8 ff9e00"),
    Genre("synthwave", "synth ?wave|retro ?wave|80s|eighties|cyberpunk|outrun|synths?", (96, 116), "retro, neon, synth, 80s, night drive",
          "x...x...x...x... ....x.......x... x.x.x.x.x.x.x.x. 0-0-0-0-0-0-0-7- x---------------",
          "saw pad saw minor 0526", "sun 0d0221 541388 ff3864 ffd319 2de2e6"),
    Genre("ambient", "ambient|drone|meditation|sleep|calm|soundscape|space", (60, 76), "calm, spacious, pads, drifting, cinematic",
          "o............... ................ ....o.......o... 0--------------- x---------------",
          "round pad pluck major 0354", "hills 0b132b 1c3f60 5bc0be f0fff1 6fffe9"),
    Genre("rock", "(?:hard |punk |indie |post-?)?rock|punk|metal|grunge|guitars?", (112, 152), "electric guitar, live drums, loud, anthemic, raw",
          "x.....x.x.x..... ....x.......x... x.x.x.x.x.x.x.x. 0-0-0-0-0-0-0-4- x-.x-.x-x-x-x-x-",
          "saw saw saw minor 0526", "hills 0d0d0d 4a0d14 d80032 f9d9aa ffcf70"),
    Genre("jazz", "jazz(?:y)?|swing|bebop|saxophone|sax|blues|bossa(?: nova)?", (104, 148), "swing, upright bass, brushes, piano, smoky",
          "o.......o....... ....o.......o..o x...x..ox...x..o 0---2---4---7--- x--...x-....x-..",
          "round keys flute major 1405", "hills 0f1a3c 20508f ed553b fff4d9 f2b134"),
    Genre("folk", "folk|acoustic|country|singer[- ]songwriter|campfire|lullaby", (84, 112), "acoustic, fingerpicked, warm, organic, gentle",
          "x.......x....... ....o.......o... ..o...o...o...o. 0-------4------- x-x-x-x-x-x-x-x-",
          "round pluck flute major 0453", "hills 2a3a35 6f9a86 f2cc8f fff8e7 e07a5f"),
    Genre("pop", "pop|dance|summer|radio", (98, 126), "catchy, bright, synth, hooks, warm",
          "x...x...x...x.x. ....x.......x... x.x.x.x.x.x.x.x. 0--0--0-0--0--4- x--x--x-x--x--x-",
          "saw pluck pluck major 0453", "sun 3a0ca3 f72585 ffb703 ffffff 9bf6ff"),
)  # fmt: skip
BY_NAME = {genre.name: genre for genre in GENRES}


def recognise(prompt: str) -> Genre:
    """The style that the prompt names first (of two at one place the earlier in the table), pop where it names none."""
    named = [
        (found.start(), order) for order, each in enumerate(GENRES) if (found := each.pattern.search(prompt))
    ]
    return GENRES[min(named)[1]] if named else BY_NAME["pop"]

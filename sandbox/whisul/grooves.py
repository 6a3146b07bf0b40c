"""How each style of music is played: patterns, voices and harmony, for the synthesiser to read.

A pattern is one bar of sixteen steps, or two bars of thirty-two. In drums `x` is a full stroke, `o` a soft one,
`r` a roll of three within the step. In a bass line `x` plays the chord's root, `3` its third, `5` its fifth, `8`
the octave; a note lasts until the next one. In chords `x` strikes and `-` holds on; `.` rests everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kit = Literal["808", "909", "acoustic", "dusty", "brushes", "none"]
Voice = Literal["sub", "saw", "reese", "upright", "pad", "keys", "stab", "pluck", "power", "bell", "flute"]

MINOR = (0, 2, 3, 5, 7, 8, 10)
MAJOR = (0, 2, 4, 5, 7, 9, 11)
DORIAN = (0, 2, 3, 5, 7, 9, 10)

_SAD = ((0, 5, 2, 6), (0, 3, 5, 4), (0, 5, 3, 4))
_GLAD = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 3, 5, 4))
_SMOOTH = ((1, 4, 0, 5), (3, 2, 1, 0), (0, 5, 1, 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Groove:
    """One way to play.

    `swing` delays every second sixteenth by this part of a step; `pump` is how far the kick
    pushes the chords down (0 to 1); `reverb` is the wet part; `sevenths` makes the chords richer.
    """

    kit: Kit
    kick: str
    snare: str
    hat: str
    open_hat: str = "." * 16
    bass: str
    bass_voice: Voice
    chords: str
    chord_voice: Voice
    lead_voice: Voice
    lead_notes: int = 6
    scale: tuple[int, ...] = MINOR
    progressions: tuple[tuple[int, ...], ...] = _SAD
    sevenths: bool = False
    swing: float = 0.0
    pump: float = 0.0
    reverb: float = 0.25
    crackle: bool = False


GROOVES: Mapping[str, Groove] = MappingProxyType(
    {
        "trap": Groove(
            kit="808",
            kick="x.....x...x.....x......x..x...x.",
            snare="........x.......",
            hat="x.x.x.x.x.x.r.x.x.x.x.r.x.x.xxr.",
            bass="x.....x...x.....x......x..x...8.",
            bass_voice="sub",
            chords="x---------------",
            chord_voice="pad",
            lead_voice="bell",
            reverb=0.3,
        ),
        "lofi": Groove(
            kit="dusty",
            kick="x......ox.x.....",
            snare="....x.......x...",
            hat="x.x.x.x.x.x.x.xo",
            bass="x.....5.x...3...",
            bass_voice="upright",
            chords="x-------..x-----",
            chord_voice="keys",
            lead_voice="bell",
            lead_notes=4,
            scale=MAJOR,
            progressions=_SMOOTH,
            sevenths=True,
            swing=0.28,
            pump=0.15,
            reverb=0.3,
            crackle=True,
        ),
        "hip hop": Groove(
            kit="dusty",
            kick="x.x....x..x.....x.x...ox..x....o",
            snare="....x.......x...",
            hat="x.x.x.x.x.x.x.x.",
            open_hat="..............x.",
            bass="x.x...5.x..8....",
            bass_voice="upright",
            chords="x---..x---......",
            chord_voice="keys",
            lead_voice="flute",
            lead_notes=5,
            scale=DORIAN,
            sevenths=True,
            swing=0.22,
            reverb=0.2,
            crackle=True,
        ),
        "house": Groove(
            kit="909",
            kick="x...x...x...x...",
            snare="....x.......x...",
            hat="o.oxo.oxo.oxo.ox",
            open_hat="..x...x...x...x.",
            bass="..x..x.8..x..x5.",
            bass_voice="saw",
            chords="x-.x-..x..x-..x.",
            chord_voice="stab",
            lead_voice="pluck",
            sevenths=True,
            pump=0.55,
        ),
        "techno": Groove(
            kit="909",
            kick="x...x...x...x...",
            snare="....o.......o...",
            hat="..x...x...x...x.",
            open_hat="..o...o...o...o.",
            bass=".xx8.xxx.x8x.xx5",
            bass_voice="saw",
            chords="...x-.....x-....",
            chord_voice="stab",
            lead_voice="pluck",
            lead_notes=9,
            progressions=((0, 0, 5, 6), (0, 0, 3, 6)),
            pump=0.6,
            reverb=0.3,
        ),
        "drum and bass": Groove(
            kit="acoustic",
            kick="x.........x.....x..x......x.....",
            snare="....x..o.o..x..o",
            hat="x.xox.xox.xox.xo",
            bass="x.....5.....8...",
            bass_voice="reese",
            chords="x---------------",
            chord_voice="pad",
            lead_voice="pluck",
            pump=0.3,
            reverb=0.35,
        ),
        "synthwave": Groove(
            kit="909",
            kick="x...x...x...x...",
            snare="....x.......x...",
            hat="x.x.x.x.x.x.x.x.",
            bass="x.x.x.x.x.x.x.8.",
            bass_voice="saw",
            chords="x---------------",
            chord_voice="pad",
            lead_voice="stab",
            lead_notes=5,
            pump=0.4,
            reverb=0.35,
        ),
        "ambient": Groove(
            kit="none",
            kick="o...............",
            snare="." * 16,
            hat="....o.......o...",
            bass="x...............",
            bass_voice="upright",
            chords="x---------------",
            chord_voice="pad",
            lead_voice="bell",
            lead_notes=3,
            scale=MAJOR,
            progressions=((0, 3, 5, 4), (0, 5, 3, 3), (3, 0, 4, 5)),
            sevenths=True,
            reverb=0.6,
        ),
        "rock": Groove(
            kit="acoustic",
            kick="x.....x.x.x.....",
            snare="....x.......x...",
            hat="x.x.x.x.x.x.x.x.",
            bass="x.x.x.x.x.x.x.5.",
            bass_voice="saw",
            chords="x-.x-.x-x-x-x-x-",
            chord_voice="power",
            lead_voice="power",
            lead_notes=5,
            progressions=((0, 5, 2, 6), (0, 6, 5, 6), (0, 2, 6, 3)),
            reverb=0.15,
        ),
        "jazz": Groove(
            kit="brushes",
            kick="o.......o.......",
            snare="....o.......o..o",
            hat="x...x..ox...x..o",
            bass="x...3...5...8...",
            bass_voice="upright",
            chords="x--...x-....x-..",
            chord_voice="keys",
            lead_voice="flute",
            lead_notes=7,
            scale=MAJOR,
            progressions=_SMOOTH,
            sevenths=True,
            swing=0.33,
            reverb=0.2,
        ),
        "folk": Groove(
            kit="brushes",
            kick="x.......x.......",
            snare="....o.......o...",
            hat="..o...o...o...o.",
            bass="x.......5.......",
            bass_voice="upright",
            chords="x-x-x-x-x-x-x-x-",
            chord_voice="pluck",
            lead_voice="flute",
            lead_notes=5,
            scale=MAJOR,
            progressions=_GLAD,
            reverb=0.25,
        ),
        "pop": Groove(
            kit="909",
            kick="x...x...x...x.x.",
            snare="....x.......x...",
            hat="x.x.x.x.x.x.x.x.",
            open_hat="..............x.",
            bass="x..x..x.x..x..5.",
            bass_voice="saw",
            chords="x--x--x-x--x--x-",
            chord_voice="pluck",
            lead_voice="bell",
            scale=MAJOR,
            progressions=_GLAD,
            pump=0.35,
        ),
    }
)

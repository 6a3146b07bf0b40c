"""Writes `bot/domain/policy/look_alikes.json`, the letters that look like those of ASCII: `python -m scripts.look_alikes`.

They are from Unicode's table of confusables, and from the names of letters that it does not have.
"""

import json
import re
import unicodedata
from collections import defaultdict
from importlib.resources import files

from bot.domain.policy.blocked_words import LOOK_ALIKES, without_marks

_LETTER_IN_NAME = re.compile(
    r"(?:LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL )?|SYMBOL LETTER )([A-Z])(?: WITH .*)?$"
)


def look_alikes() -> dict[str, str]:
    """Maps letters that are not ASCII to what they look like: mostly one ASCII letter."""
    letters: dict[str, str] = {}
    table = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    for char, alikes in table.items():
        if len(char) == 1 and not char.isascii():
            stripped = [without_marks(alike["c"]) for alike in alikes]
            plain = next((alike for alike in stripped if alike.isascii() and alike.isalpha()), None)
            if plain is not None:
                letters[char] = plain
    # Letters that neither decompose nor are in Unicode's table, such as the o with a stroke: by their names.
    for char in map(chr, (*range(0xA0, 0x2C00), *range(0xA720, 0xAB70), *range(0x1F100, 0x1F200))):
        if found := _LETTER_IN_NAME.search(unicodedata.name(char, "")):
            letters.setdefault(char, found[1].lower())
    return letters


def write() -> None:
    """Write the file: for each text, the letters that look like it."""
    alikes: defaultdict[str, str] = defaultdict(str)
    for char, plain in sorted(look_alikes().items()):
        alikes[plain] += char
    LOOK_ALIKES.write_text(json.dumps(alikes, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()

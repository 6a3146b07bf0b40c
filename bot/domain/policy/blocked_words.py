"""Pure: whether a prompt holds a word or phrase that the admins of a server have blocked, however it is dressed up.

Both are folded before they are compared: compatibility forms, accents, invisible characters, case, and letters of
other alphabets that look like Latin ones all become the plain letter. Only whole words match: blocking "ass" leaves
"class" alone.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

_LETTER_IN_NAME = re.compile(
    r"(?:LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL )?|SYMBOL LETTER )([A-Z])(?: WITH .*)?$"
)
_WORD = re.compile(r"\w+")


def build_look_alikes() -> None:
    """Build the table of letters that look alike: some ten milliseconds that no prompt should have to wait for."""
    _look_alikes()


def find_blocked_phrase(prompt: str, phrases: Iterable[str]) -> str | None:
    """The first of the blocked phrases that the prompt holds as whole words, as the admins wrote it; else None."""
    words = f" {fold(prompt)} "
    return next((phrase for phrase in phrases if (bare := fold(phrase)) and f" {bare} " in words), None)


def fold(text: str) -> str:
    """The words of a text in plain letters, one space between them; empty when it has none."""
    plain = _without_marks(text).translate(_look_alikes()).casefold().translate(_look_alikes())
    return " ".join(_WORD.findall(plain.replace("_", " ")))


def _without_marks(text: str) -> str:
    """Compatibility forms taken apart, without accents and without what cannot be seen."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf"))


@cache
def _look_alikes() -> dict[int, str]:
    """For each letter that is not ASCII and looks like one that is, the latter: Unicode's own table, and its names."""
    letters: dict[int, str] = {}
    for char, alikes in confusables_data.items():
        if len(char) == 1 and not char.isascii():
            stripped = [_without_marks(alike["c"]) for alike in alikes]
            plain = next((alike for alike in stripped if alike.isascii() and alike.isalpha()), None)
            if plain is not None:
                letters[ord(char)] = plain
    for code in (*range(0xA0, 0x2C00), *range(0xA720, 0xAB70), *range(0x1F100, 0x1F200)):
        if found := _LETTER_IN_NAME.search(unicodedata.name(chr(code), "")):
            letters.setdefault(code, found[1].lower())
    return letters

"""Pure: finds blocked words and phrases in prompts.

Prompt and phrase are folded before they are compared: compatibility forms, accents, invisible characters, case, and letters
of other alphabets that look like Latin ones become plain Latin letters. Only whole words match: "ass" does not match in
"class".
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_LETTER_IN_NAME = re.compile(
    r"(?:LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL )?|SYMBOL LETTER )([A-Z])(?: WITH .*)?$"
)
_WORD = re.compile(r"\w+")


def build_look_alikes() -> None:
    """Build the table of look-alike letters at the start: it takes some ten milliseconds."""
    _look_alikes()


def find_blocked_phrase(prompt: str, phrases: Iterable[str]) -> str | None:
    """The first blocked phrase that occurs in the prompt as whole words, as the admins wrote it; else None."""
    words = f" {fold(prompt)} "
    return next((phrase for phrase in phrases if (bare := fold(phrase)) and f" {bare} " in words), None)


def fold(text: str) -> str:
    """The words of a text in plain letters, separated by single spaces; empty without words. Idempotent."""
    # Twice, because case folding may yield letters that have a look-alike of their own.
    plain = _without_marks(text).translate(_look_alikes()).casefold().translate(_look_alikes())
    return " ".join(_WORD.findall(plain.replace("_", " ")))


def _without_marks(text: str) -> str:
    """The text decomposed (NFKD), without accents and invisible format characters."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf"))


@cache
def _look_alikes() -> dict[int, str]:
    """Maps code points of non-ASCII letters to the ASCII letter they look like, by Unicode's confusables and names."""
    letters: dict[int, str] = {}
    # The package's own module would keep the whole table, 7 MB, of which this needs a hundredth.
    table = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    for char, alikes in table.items():
        if len(char) == 1 and not char.isascii():
            stripped = [_without_marks(alike["c"]) for alike in alikes]
            plain = next((alike for alike in stripped if alike.isascii() and alike.isalpha()), None)
            if plain is not None:
                letters[ord(char)] = plain
    # Letters that neither decompose nor are in Unicode's table, such as the o with a stroke: by their names.
    for code in (*range(0xA0, 0x2C00), *range(0xA720, 0xAB70), *range(0x1F100, 0x1F200)):
        if found := _LETTER_IN_NAME.search(unicodedata.name(chr(code), "")):
            letters.setdefault(code, found[1].lower())
    return letters

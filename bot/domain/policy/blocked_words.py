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
from pathlib import Path

LOOK_ALIKES = Path(__file__).with_name("look_alikes.json")
"""For each text, mostly one ASCII letter, the letters of other alphabets that look like it; by `scripts.look_alikes`."""

_WORD = re.compile(r"\w+")


def find_blocked_phrase(prompt: str, phrases: Iterable[str]) -> str | None:
    """The first blocked phrase that occurs in the prompt as whole words, as the admins wrote it; else None."""
    words = f" {fold(prompt)} "
    return next((phrase for phrase in phrases if (bare := fold(phrase)) and f" {bare} " in words), None)


def fold(text: str) -> str:
    """The words of a text in plain letters, separated by single spaces; empty without words. Idempotent."""
    # Twice, because case folding may yield letters that have a look-alike of their own.
    plain = without_marks(text).translate(_look_alikes()).casefold().translate(_look_alikes())
    return " ".join(_WORD.findall(plain.replace("_", " ")))


def without_marks(text: str) -> str:
    """The text decomposed (NFKD), without accents and invisible format characters."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf"))


@cache
def _look_alikes() -> dict[int, str]:
    """Maps code points of the look-alikes to what they look like."""
    table: dict[str, str] = json.loads(LOOK_ALIKES.read_text("ascii"))
    return {ord(char): plain for plain, alikes in table.items() for char in alikes}

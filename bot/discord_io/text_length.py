"""Lengths of texts in UTF-16 code units, which is how Discord counts, and cuts to Discord's limits."""

import unicodedata
from bisect import bisect_right
from itertools import accumulate

ELLIPSIS = "…"


def clamp(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` UTF-16 code units, ending in an ellipsis if anything was cut.

    Never splits a grapheme cluster (emoji sequence, flag, combining marks) or a backslash from what it escapes.
    """
    if utf16_units(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = _chars_within(text, limit - 1)
    while end > 0 and _extends_previous(text, end):
        end -= 1
    head = text[:end].rstrip()
    # An odd number of backslashes: the last one would escape the ellipsis.
    if (len(head) - len(head.rstrip("\\"))) % 2:
        head = head[:-1]
    return head.rstrip() + ELLIPSIS


def utf16_units(text: str) -> int:
    """The length in UTF-16 code units, an upper bound of what Discord counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def _chars_within(text: str, limit: int) -> int:
    """The number of characters at the start of `text` that fit into `limit` UTF-16 code units."""
    return bisect_right(list(accumulate(map(utf16_units, text))), limit)


def _extends_previous(text: str, at: int) -> bool:
    """Whether the character at index `at` is part of the grapheme cluster of the one before it."""
    before, char = text[at - 1], text[at]
    if before == "\u200d" or char in "\u200c\u200d" or unicodedata.category(char).startswith("M"):
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    # Flags are pairs of regional indicators: an odd number before this one means that it completes a pair.
    return _is_regional_indicator(char) and _regional_indicators_before(text, at) % 2 == 1


def _regional_indicators_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_regional_indicator(text[start - 1]):
        start -= 1
    return at - start


def _is_regional_indicator(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"

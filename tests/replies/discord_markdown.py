"""A small parser of Discord's markdown: the text that is shown, and the markup that is active.

Whatever any of Discord's clients might parse as markup counts.
"""

import re
from dataclasses import dataclass, field

_LINE_START = re.compile(r" *(?:#{1,3}\s|-# |>{1,3}\s|[-*+]\s|\d+\.\s)")
_INLINE = (
    ("masked link", re.compile(r"\[[^\]]*\]\((?P<url>[^)\s]*)\)")),
    ("code", re.compile(r"`+[^`]+`+")),
    ("angle", re.compile(r"<(?:@[!&]?\d|#\d|/[^>]+:\d|t:-?\d|a?:\w+:\d|id:|https?:|[^\s<>]+@)[^>]*>?")),
    ("address", re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+")),
    ("invite", re.compile(r"(?:discord\.gg|discord(?:app)?\.com)/\S+", re.IGNORECASE)),
    ("spoiler", re.compile(r"\|\|[^|]{1,99}\|\|")),
    ("strike", re.compile(r"~~[^~]{1,99}~~")),
    ("emphasis", re.compile(r"(?:\*[^*]|_[^_]).{0,99}?[*_]", re.DOTALL)),
)
_SPANS = frozenset({"masked link", "code", "angle", "address"})
"""Markup that is consumed as a whole, without markup inside."""

# Discord's servers parse mentions anywhere, even after a backslash.
_RAW_MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>", re.IGNORECASE)


@dataclass
class Rendered:
    shown: str = ""
    alive: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    urls: list[str] = field(default_factory=list[str])


def render(text: str) -> Rendered:
    """The visible text, with escapes resolved, and all active markup in it."""
    result = Rendered(alive=[("mention", found[0]) for found in _RAW_MENTION.finditer(text)])
    at = 0
    while at < len(text):
        if (at == 0 or text[at - 1] == "\n") and (found := _LINE_START.match(text, at)):
            result.alive.append(("line", found[0]))
        if text[at] == "\\" and re.match(r"[^0-9A-Za-z\s]", text[at + 1 : at + 2]):
            result.shown += text[at + 1]
            at += 2
            continue
        whole = _markup(text, at, result)
        result.shown += text[at : at + whole]
        at += whole
    return result


def _markup(text: str, at: int, result: Rendered) -> int:
    """Record the markup that begins at `at`; returns the number of consumed characters."""
    for kind, pattern in _INLINE:
        if found := pattern.match(text, at):
            result.alive.append((kind, found[0]))
            if kind == "masked link":
                result.urls.append(found["url"])
            return len(found[0]) if kind in _SPANS else 1
    return 1

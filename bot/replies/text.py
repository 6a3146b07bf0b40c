"""Untrusted text for display: invisible characters removed, Discord markdown escaped, cut to length limits.

Lengths are UTF-16 code units (`bot.discord_io.text_length`).
"""

import re
import unicodedata

from bot.discord_io.text_length import ELLIPSIS, clamp
from bot.replies.locales import pgettext

MAX_CONTENT_UNITS = 2000
"""Discord's limit for the content of a message."""

MAX_CHARS_READ = 10_000
"""Input beyond this is dropped before the regular expressions run: no part of a message can hold more."""

MAX_COMBINING_MARKS = 4
"""Combining marks kept on one character: enough for every script, too few to cover neighbouring lines ("Zalgo" text)."""

_ZERO_WIDTH_SPACE = "\u200b"

# Default-ignorable code points of Unicode (zero-width, bidirectional, fillers, tags), control characters that are not
# white space, and lone surrogates. Tag sequences of emoji flags stay; zero-width joiners are handled by _STRAY_JOINER.
_HIDDEN = re.compile(
    r"(?P<flag>\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f)"
    r"|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# A zero-width joiner is meaningful only between two non-ASCII characters (emoji, some scripts); others are removed.
_STRAY_JOINER = re.compile(
    r"[\u200c\u200d](?=[\u200c\u200d])"
    r"|(?<![^\s\x00-\x7f\u200c\u200d])[\u200c\u200d]"
    r"|[\u200c\u200d](?![^\s\x00-\x7f])"
)

_MARKUP = re.compile(
    r"[\\`*_~|\[\]<]"  # inline markdown, masked links, mentions and timestamps in angle brackets
    r"|^[-+>#]+"  # headings, small print, quotes, bullets
    r"|^\d+\.(?=\s|$)"  # numbered lists
    r"|(?<=:)/(?=/)"  # URL scheme: clients link and preview any address
    r"|(?<=\w)\.(?=[^\W\d_]{2})",  # domain: invites get a preview without a scheme
    re.MULTILINE,
)

# Discord's servers parse mentions before clients parse markdown, so a backslash does not stop them; a zero-width space does.
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)


def escape(text: str) -> str:
    """Escape untrusted text for places that render markdown: it is shown as typed, without formatting, links or pings.

    Line breaks are kept, with at most one empty line between two lines. Escapes are backslashes, which clients hide.
    """
    return _without_mentions(_MARKUP.sub(_backslashed, _normalise(text)))


def escape_line(text: str) -> str:
    """`escape` on a single line, for titles and names."""
    return escape(plain(text))


def plain(text: str) -> str:
    """Untrusted text on one line for places without markdown: footers, button labels, alternative text."""
    return " ".join(_normalise(text).split())


def code(text: str) -> str:
    """Untrusted text on one line as inline code, inside which nothing is rendered; never empty."""
    shown = _without_mentions(plain(text).replace("`", "'"))
    return f"`{shown or ELLIPSIS}`"


def quote(text: str, limit: int, *, max_lines: int = 12) -> str:
    """Untrusted text as a block quote of at most `limit` UTF-16 code units; empty when nothing in it is visible."""
    lines = [line for line in _normalise(text).split("\n") if line]
    shown = "\n".join(lines[:max_lines]) + (f" {ELLIPSIS}" if len(lines) > max_lines else "")
    # The quote marks are added after the cut, and need at most this much.
    escaped = clamp(escape(shown), limit - len("> ") * max_lines)
    return "\n".join(f"> {line}" for line in escaped.split("\n")) if escaped else ""


def paragraph(*sentences: str) -> str:
    """Whole sentences as one paragraph, empty ones left out."""
    # Translators: what stands between two sentences; nothing in languages without spaces.
    return pgettext("between sentences", " ").join(filter(None, sentences))


def content(*paragraphs: str) -> str:
    """Message content of these paragraphs, empty ones left out, cut to Discord's limit."""
    return clamp("\n\n".join(filter(None, paragraphs)), MAX_CONTENT_UNITS)


def _normalise(text: str) -> str:
    shown = _HIDDEN.sub(lambda found: found["flag"] or "", text[:MAX_CHARS_READ])
    # After the hidden characters are gone: only then has a joiner its real neighbours.
    shown = _STRAY_JOINER.sub("", _limit_combining_marks(shown))
    lines = "\n".join(" ".join(line.split()) for line in shown.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _limit_combining_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= MAX_COMBINING_MARKS:
            kept.append(char)
    return "".join(kept)


def _without_mentions(text: str) -> str:
    return _MENTION.sub(f"@{_ZERO_WIDTH_SPACE}", text)


def _backslashed(found: re.Match[str]) -> str:
    return "".join(char if char.isdigit() else f"\\{char}" for char in found[0])

"""Time spans and limits as members type them: written in their language, and read in it.

`bot.domain` reads English. Its functions take what `reader` makes, which replaces the words of a language by the English ones;
English words stay, so members may type either.
"""

import re

from bot.domain.policy.spans import InEnglish, format_span
from bot.replies.formatting import plural
from bot.replies.locales import _, pgettext

_PART = re.compile(r"(\d+) (day|hour|minute|second)s?")
_FIRST_WITHOUT_SPACES = "\u2e80"
"""From this character on come the scripts in which words are written without spaces between them."""


def limit_line(songs: int, window_s: int) -> str:
    """A limit as a form shows it, and takes it again: `5 per hour`."""
    # Translators: a line that is typed: the number first, then words of the list “words that are typed”, then the time span.
    return _("{songs} per {span}", songs=str(songs), span=span_text(window_s))


def span_text(span_s: int) -> str:
    """A time span that is read back to the second: `hour`, `24 hours`, `2 days 3 hours`."""
    english = format_span(span_s)
    if english == "hour":
        return pgettext("per", "hour")
    return " ".join(_part(int(count), unit) for count, unit in _PART.findall(english))


def reader() -> InEnglish:
    """The function that replaces the words of the current language, also where it is called in another task or thread."""
    words = _words()
    if not words:
        return str
    pattern = re.compile("|".join(map(_whole_word, sorted(words, key=len, reverse=True))))

    def in_english(typed: str) -> str:
        return pattern.sub(lambda match: f" {words[match[0]]} ", typed.casefold())

    return in_english


def _part(count: int, unit: str) -> str:
    match unit:
        case "day":
            return plural(count, "{n} day", "{n} days")
        case "hour":
            return plural(count, "{n} hour", "{n} hours")
        case "minute":
            return plural(count, "{n} minute", "{n} minutes")
        case _second:
            return plural(count, "{n} second", "{n} seconds")


def _words() -> dict[str, str]:
    """The English word for each word that a member may type; none in English."""
    # Translators: words that are typed, separated by commas: every form and abbreviation of the word in your language.
    typed = {
        "second": pgettext("words that are typed", "second"),
        "minute": pgettext("words that are typed", "minute"),
        "hour": pgettext("words that are typed", "hour"),
        "day": pgettext("words that are typed", "day"),
        "week": pgettext("words that are typed", "week"),
        "month": pgettext("words that are typed", "month"),
        "per": pgettext("words that are typed", "per"),
        "and": pgettext("words that are typed", "and"),
        "song": pgettext("words that are typed", "song"),
        "none": pgettext("words that are typed", "none"),
        "half": pgettext("words that are typed", "half"),
        "one": pgettext("words that are typed", "one"),
        "two": pgettext("words that are typed", "two"),
        "three": pgettext("words that are typed", "three"),
    }
    return {
        word.strip().casefold(): english
        for english, words in typed.items()
        for word in words.split(",")
        if words != english
    }


def _whole_word(word: str) -> str:
    """A pattern for the word, not as a part of another one; where words are written without spaces, anywhere."""
    pattern = re.escape(word)
    return pattern if word >= _FIRST_WITHOUT_SPACES else rf"(?<![^\W\d_]){pattern}(?![^\W\d_])"

"""Translations of what people read in Discord: gettext catalogues, and the language of the current task.

The language is a context variable. It is set where an interaction arrives, and where a card, a post or a direct message is
drawn; a task that is started inherits it. Within it `_`, `ngettext` and `pgettext` translate, and `number` writes numbers.

Messages are English sentences with named placeholders. `scripts/translations` extracts them (`make translations`); see
docs/translating.md. Imports nothing of the bot; imported by what makes text: replies, delivery, interactions, cogs.
"""

import gettext
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
DOMAIN = "bot"

ENGLISH = "en-US"
"""The language of the messages in the code. Languages are named as Discord names locales: `de`, `pt-BR`."""

MAX_LANGUAGES = 64
"""Discord has 32 locales; more than these are kept only if somebody forges one."""

Value = str | float
"""What replaces a placeholder: text as it is, a number as the language writes it. IDs are text."""

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def in_language(locale: str | None) -> Generator[None]:
    """Translate into this language within the block; None is English, and so is a language without a catalogue."""
    token = _language.set(locale or ENGLISH)
    try:
        yield
    finally:
        _language.reset(token)


def set_language(locale: str) -> None:
    """The same to the end of the current task."""
    _language.set(locale)


@cache
def languages() -> tuple[str, ...]:
    """English and every language that has a catalogue, by code."""
    folders = sorted(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (ENGLISH, *(name.replace("_", "-") for name in folders))


def language_name(locale: str) -> str:
    """A language's name in itself, as its speakers look for it in a list: `Deutsch`."""
    with in_language(locale):
        # Translators: the name of your language in your language.
        return pgettext("this language", "English")


def is_translated(locale: str) -> bool:
    """Whether a language has a catalogue."""
    return isinstance(_catalogue(locale), gettext.GNUTranslations)


@lru_cache(MAX_LANGUAGES)
def _catalogue(locale: str) -> gettext.NullTranslations:
    # `es-419` finds `es` where there is no `es_419`.
    return gettext.translation(DOMAIN, FOLDER, [locale.replace("-", "_")], fallback=True)


def _(message: str, **values: Value) -> str:
    """The message in the current language, with its placeholders replaced."""
    return _filled(_catalogue(_language.get()).gettext(message), values)


def pgettext(context: str, message: str, **values: Value) -> str:
    """The same for a message that means something else in another context."""
    return _filled(_catalogue(_language.get()).pgettext(context, message), values)


def ngettext(one: str, many: str, n: int, **values: Value) -> str:
    """The same for a message about a number, `{n}`, in the plural form that the language has for it."""
    return _filled(_catalogue(_language.get()).ngettext(one, many, n), {"n": n, **values})


def N_(message: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a message for extraction that `_` translates later: tables of a module are made before any language is known."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as `N_`
    """The same for the two English forms of a message about a number."""
    return one, many


def number(value: float, spec: str = ",") -> str:
    """A number as the language writes it: `1,234.5`, `1.234,5`. `spec` is a format of Python's."""
    # Translators: two numbers as your language writes them. The first tells whether numbers below 10,000 are grouped.
    small, large = pgettext("numbers", "1,234 12,345.6").split(" ")
    text = format(value, spec)
    if len(small) == len("1234") and abs(value) < 10_000:  # noqa: PLR2004 - see the message
        text = text.replace(",", "")
    return text.translate({ord(","): large[2], ord("."): large[-2]})


def _filled(text: str, values: dict[str, Value]) -> str:
    if not values:
        return text
    return text.format(
        **{name: value if isinstance(value, str) else number(value) for name, value in values.items()}
    )

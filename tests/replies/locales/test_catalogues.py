"""Every language has every message, with the same placeholders and the names that its commands have."""

import re
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.numbers import format_decimal

from bot.replies.formatting import plural
from bot.replies.locales import in_language, languages, number
from scripts import translations
from scripts.translations import catalogue, files, texts_of
from tests.replies.locales.pseudo import texts

TRANSLATED = languages()[1:]
NUMBERS = (0, 1, 2, 5, 21, 1000)
DAYS = {
    "en-US": ["0 days", "1 day", "2 days", "5 days", "21 days", "1,000 days"],
    "de": ["0 Tage", "1 Tag", "2 Tage", "5 Tage", "21 Tage", "1.000 Tage"],
    "es": ["0 días", "1 día", "2 días", "5 días", "21 días", "1.000 días"],
    "fr": ["0 jour", "1 jour", "2 jours", "5 jours", "21 jours", "1\u202f000 jours"],
    "ja": ["0日間", "1日間", "2日間", "5日間", "21日間", "1,000日間"],
    "ko": ["0일", "1일", "2일", "5일", "21일", "1,000일"],
    "pl": ["0 dni", "1 dzień", "2 dni", "5 dni", "21 dni", "1\xa0000 dni"],
    "pt-BR": ["0 dia", "1 dia", "2 dias", "5 dias", "21 dias", "1.000 dias"],
    "ru": ["0 дней", "1 день", "2 дня", "5 дней", "21 день", "1\xa0000 дней"],
}
"""A number of days for each of NUMBERS: a new language adds its line."""

_COMMAND = re.compile(r"(?<![\w/.])/[a-z][\w ]*")
_IN_CODE = re.compile(r"`([^`]+)`")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


@pytest.fixture(scope="module")
def generated() -> dict[str, bytes]:
    return {str(path.relative_to(translations.ROOT)): content for path, content in files().items()}


def test_template_and_catalogues_are_current(generated: dict[str, bytes]) -> None:
    stale = [
        name for name, content in generated.items() if (translations.ROOT / name).read_bytes() != content
    ]
    assert stale == [], "run `make translations`"
    assert len(generated) == 1 + 2 * len(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_with_the_same_placeholders(language: str) -> None:
    faulty: list[str] = []
    for message in messages(language):
        found = texts_of(message)
        wanted = placeholders(texts(message.id)[-1])
        if message.fuzzy or not all(found) or any(placeholders(text) != wanted for text in found):
            faulty.append(texts(message.id)[0])
    assert faulty == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_has_each_plural_form(language: str) -> None:
    forms = catalogue(language).num_plurals
    counted = [message for message in messages(language) if message.pluralizable]
    assert counted
    assert [message.id for message in counted if len(texts_of(message)) != forms] == []


def test_numbers_of_days_have_the_right_form_in_each_language() -> None:
    shown: dict[str, list[str]] = {}
    for language in languages():
        with in_language(language):
            shown[language] = [plural(n, "{n} day", "{n} days") for n in NUMBERS]
    assert shown == DAYS


@pytest.mark.parametrize("language", languages())
def test_numbers_are_written_as_cldr_has_them(language: str) -> None:
    locale = Locale.parse(language, sep="-")
    with in_language(language):
        for value in (0, 999, 1000, 1234, 12_345, 1_234_567, 92.5, 12_345.5):
            assert number(value, ",g" if value % 1 else ",") == format_decimal(value, locale=locale)


def localised(language: str, context: str) -> dict[str, str]:
    """The names of commands or options in a language, by the English ones."""
    return {str(each.id): str(each.string) for each in messages(language) if each.context == context}


def commands_in(text: str, names: set[str]) -> list[list[str]]:
    """The commands that a text names: the words after each slash, as far as they are names of commands."""
    found: list[list[str]] = []
    for path in _COMMAND.findall(text):
        words = path[1:].split()
        known = [word for number, word in enumerate(words) if set(words[: number + 1]) <= names]
        if known:
            found.append(known)
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_texts_name_commands_as_discord_shows_them(language: str) -> None:
    names = localised(language, "command")
    wrong: list[str] = []
    for message in messages(language):
        for english, text in zip(texts(message.id), texts_of(message), strict=False):
            wanted = [" ".join(names[word] for word in path) for path in commands_in(english, set(names))]
            if not all(f"/{path}" in text for path in wanted) or text.count(" /") + text.count("`/") < len(
                [path for path in wanted if f"/{path}" in text and not text.startswith("/")]
            ):
                wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_texts_name_options_as_discord_shows_them(language: str) -> None:
    names = localised(language, "option")
    wrong: list[tuple[str, str]] = []
    for message in messages(language):
        for english, text in zip(texts(message.id), texts_of(message), strict=False):
            wanted = [code.partition(":")[0] for code in _IN_CODE.findall(english)]
            shown = [code.partition(":")[0] for code in _IN_CODE.findall(text)]
            wrong += [(name, text) for name in wanted if name in names and names[name] not in shown]
    assert wrong == []

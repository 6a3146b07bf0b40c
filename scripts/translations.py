"""Extracts the messages for translation, brings every catalogue up to date, and compiles it.

`python -m scripts.translations` writes `bot/replies/locales/bot.pot`, and in each language's folder `bot.po` and `bot.mo`; with the
code of a language, such as `fr` or `pt-BR`, it adds that language first. Messages come from the calls of `_` and its
relatives, names and descriptions of commands from the commands themselves.
"""

import argparse
import ast
import asyncio
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.domain.prompts import GENRES, MOODS
from bot.replies.locales import DOMAIN, FOLDER, language_name, languages
from scripts.reference.commands import GROUPS, Payload, registered

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
SOURCES = ("bot/replies", "cogs")
WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""In every header: a file that says the same has the same bytes."""

ARGUMENTS = {"_": (0,), "N_": (0,), "NN_": (0, 1), "ngettext": (0, 1), "plural": (1, 2), "pgettext": (0, 1)}
"""The arguments with text of each function that marks a message."""

COMMENT = "# Translators: "
NAME_RULE = "in lower case, without spaces, 32 characters at most"


def template() -> Catalog:
    """Every message, from the sources and from the commands."""
    catalog = empty_catalog(None)
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        _add_module(catalog, path)
    for command in asyncio.run(registered()):
        _add_command(catalog, command, f"/{command['name']}" if command["type"] == 1 else command["name"])
    for context, words in (("genre", GENRES), ("mood", MOODS)):
        for word in words:
            note = f"A {context} that /compose suggests; the English word goes into the prompt."
            catalog.add(word, context=context, auto_comments=[note], locations=[("bot/domain/prompts.py", 0)])
    return catalog


def empty_catalog(locale: Locale | None) -> Catalog:
    """A catalogue with a header that changes only when its language does."""
    about = f"{locale.english_name}, translated" if locale else "The messages of the bot, to be translated"
    return Catalog(
        locale=locale,
        domain=DOMAIN,
        project="whisul-discord-bot",
        version="",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        header_comment=f"# {about}. `make translations` keeps this file up to date; see docs/translating.md.",
        creation_date=WRITTEN_AT,
        revision_date=WRITTEN_AT,
        fuzzy=False,
    )


def _add_module(catalog: Catalog, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines, place = source.splitlines(), [(str(path.relative_to(ROOT)), 0)]
    for call, statement in _calls(ast.parse(source)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        texts = [call.args[at] for at in ARGUMENTS.get(name, ()) if at < len(call.args)]
        words = [
            text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)
        ]
        if not words or len(words) < len(texts):
            continue  # a variable: the message is marked where it is written
        note = _comment_above(lines, statement) or _comment_above(lines, call.lineno)
        context, message = (words[0], words[1]) if name == "pgettext" else (None, _message(words))
        catalog.add(message, context=context, auto_comments=note, locations=place)


def _message(words: list[str]) -> str | tuple[str, str]:
    return words[0] if len(words) == 1 else (words[0], words[1])


def _calls(node: ast.AST, statement: int = 1) -> Iterator[tuple[ast.Call, int]]:
    """Every call in the order of the source, with the first line of its statement."""
    for child in ast.iter_child_nodes(node):
        first = child.lineno if isinstance(child, ast.stmt) else statement
        if isinstance(child, ast.Call):
            yield child, first
        yield from _calls(child, first)


def _comment_above(lines: list[str], line: int) -> list[str]:
    """The translators' comment that ends above a line, in one piece."""
    first = line - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    comment = "\n".join(text.strip() for text in lines[first : line - 1])
    _before, found, text = comment.rpartition(COMMENT)
    return [re.sub(r"\n# ?", " ", text)] if found else []


def _add_command(catalog: Catalog, payload: Payload, path: str) -> None:
    """The texts of a command, or of a part of one. An entry of a menu has a name of several words."""
    is_typed = path.startswith("/")
    place = [("cogs", 0)]
    if is_typed:
        note = f"The name of {path}, {NAME_RULE}."
        catalog.add(payload["name"], context="command", auto_comments=[note], locations=place)
        note = f"The description of {path}, 100 characters at most."
        catalog.add(payload["description"], auto_comments=[note], locations=place)
    else:
        note = "An entry in the menu of a message, 32 characters at most."
        catalog.add(payload["name"], auto_comments=[note], locations=place)
    for option in payload.get("options", []):
        if option["type"] in GROUPS:
            _add_command(catalog, option, f"{path} {option['name']}")
        else:
            _add_option(catalog, option, path)


def _add_option(catalog: Catalog, option: Payload, path: str) -> None:
    place, name = [("cogs", 0)], option["name"]
    note = f"The name of an option of {path}, {NAME_RULE}."
    catalog.add(name, context="option", auto_comments=[note], locations=place)
    note = f"The description of the option “{name}” of {path}, 100 characters at most."
    catalog.add(option["description"], auto_comments=[note], locations=place)
    for choice in option.get("choices", []):
        # Languages have their own names in every language.
        if choice["name"] not in map(language_name, languages()):
            note = f"A choice of the option “{name}” of {path}, 100 characters at most."
            catalog.add(choice["name"], auto_comments=[note], locations=place)


def po_file(language: str) -> Path:
    """The catalogue of a language, which translators edit."""
    return FOLDER / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue(language: str) -> Catalog:
    """A language's messages as they are stored."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=Locale.parse(language, sep="-"), domain=DOMAIN)


def updated(language: str, messages: Catalog) -> Catalog:
    """A language's messages with the new ones, which have no translation yet, and without those that are gone."""
    catalog = empty_catalog(Locale.parse(language, sep="-"))
    if po_file(language).exists():
        for message in catalogue(language):
            if message.id:
                catalog[message.id] = message
    catalog.update(messages, no_fuzzy_matching=True)
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """A catalogue as a text file, without line numbers, which would change with every edit of the sources."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, ignore_obsolete=True, include_previous=False, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def texts_of(message: Message) -> tuple[str, ...]:
    """The translation of a message, or every plural form of it; empty texts are missing."""
    text = message.string or ""
    return (text,) if isinstance(text, str) else tuple(text)


def files(new: tuple[str, ...] = ()) -> dict[Path, bytes]:
    """Every generated file with its content."""
    messages = template()
    found = {TEMPLATE: po_bytes(messages)}
    for language in sorted({*languages()[1:], *new}):
        catalog = updated(language, messages)
        found[po_file(language)] = po_bytes(catalog)
        found[po_file(language).with_suffix(".mo")] = mo_bytes(catalog)
    return found


def main() -> None:
    """Write what has changed, and say how many messages each language is missing."""
    parser = argparse.ArgumentParser(prog="python -m scripts.translations", description=__doc__)
    parser.add_argument("new", nargs="*", help="codes of languages to add, as Discord names them")
    for path, content in files(tuple(parser.parse_args().new)).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"{path.relative_to(ROOT)}: written")
    languages.cache_clear()
    for language in languages()[1:]:
        messages = list(catalogue(language))[1:]
        missing = sum(not all(texts_of(each)) for each in messages)
        print(f"{language}: {len(messages) - missing:,} of {len(messages):,} messages are translated")


if __name__ == "__main__":
    main()

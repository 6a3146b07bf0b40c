"""A language made by code: every text of the template 40 % longer, with letters that English lacks."""

import io
import math
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from scripts.translations import TEMPLATE

LOCALE = "fi"
"""The code under which it is installed: one of Discord's that has no catalogue."""

LONGER_BY = 0.4
NAMES = {"command", "option"}
LITERAL = {"numbers", "between sentences", "between entries", "words that are typed"}
MAX_NAME_CHARS = 32


def pseudo(text: str, context: str | None) -> str:
    """The text in the made-up language."""
    if context in LITERAL:
        return text
    padding = "ö" * math.ceil(LONGER_BY * len(text))
    return f"{text}{padding}"[:MAX_NAME_CHARS] if context in NAMES else f"{padding} {text}"


def install(folder: Path) -> None:
    """Write its catalogue into a folder of catalogues."""
    with TEMPLATE.open("rb") as file:
        template = read_po(file)
    catalog = Catalog(locale="fi")
    for message in template:
        if message.id:
            forms = [pseudo(each, message.context) for each in texts(message.id)]
            catalog.add(message.id, forms if message.pluralizable else forms[0], context=message.context)
    content = io.BytesIO()
    write_mo(content, catalog)
    path = folder / LOCALE / "LC_MESSAGES" / "bot.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(content.getvalue())


def texts(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """A text, or every form of one about a number."""
    return [text] if isinstance(text, str) else list(text)

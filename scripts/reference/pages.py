"""The list of generated pages, and the comparison with those on disk."""

import asyncio
from pathlib import Path

from scripts.reference import command_line, commands, discord_errors, metrics, prompt_words, settings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
MADE = "<!-- Generated from the code by `make reference`; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Each page's text, by the name of its file."""
    texts = {
        "commands.md": commands.text(asyncio.run(commands.registered())),
        "settings.md": settings.text(),
        "command-line.md": command_line.text(),
        "metrics.md": metrics.text(),
        "prompt-words.md": prompt_words.text(),
        "discord-errors.md": discord_errors.text(),
    }
    return {name: MADE + text for name, text in texts.items()}


def stale() -> list[str]:
    """The names of the pages that differ from what would be generated."""
    return [name for name, text in pages().items() if _on_disk(name) != text]


def written() -> list[str]:
    """Write the pages that differ; returns their names."""
    FOLDER.mkdir(exist_ok=True)
    texts = {name: text for name, text in pages().items() if _on_disk(name) != text}
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return list(texts)


def _on_disk(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else None

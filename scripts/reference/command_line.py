"""The command line: what the program and `make` take."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from bot.__main__ import main
from scripts.reference.markdown import code, page, table

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
PROGRAM = "python -m bot"
WIDTH = 88
INTRODUCTION = (
    "`python` is the interpreter of the environment with the locked packages: `.venv/bin/python` after `make run`, `python` "
    "in the container. Each `make` target installs the packages it needs."
)
_TARGET = re.compile(r"^([a-z]+):.*## (.+)$", re.MULTILINE)


def text() -> str:
    """The page."""
    targets = _TARGET.findall(MAKEFILE.read_text(encoding="utf-8"))
    return page(
        "# Command line",
        INTRODUCTION,
        *(block for name, command in _commands() for block in (f"## `{name}`", _help(name, command))),
        "## Exit codes",
        "Their meanings and remedies are in [operations](../operations.md#exit-codes).",
        "## `make`",
        table(["target", "what it does"], [[code(name), what] for name, what in sorted(targets)]),
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    yield PROGRAM, main
    for name, command in sorted(main.commands.items()):
        yield f"{PROGRAM} {name}", command


def _help(name: str, command: click.Command) -> str:
    context = click.Context(
        command,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return f"```text\n{command.get_help(context)}\n```"

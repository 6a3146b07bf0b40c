"""No text for people is outside of the functions that translate it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.translations import ARGUMENTS

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(path for folder in ("bot/replies", "cogs") for path in (ROOT / folder).rglob("*.py"))

TRANSLATED_BY_DISCORD = {"locale_str", "command", "describe", "Group", "ContextMenu", "AdminGroup"}
"""discord.py sends what these take to Discord with its translations."""

FOR_PROGRAMS = {"compile", "sub", "Transform", "get_logger", "info", "debug", "warning", "error", "TypeVar"}
"""Patterns, names, and lines of the log."""

NOT_TEXT = {
    "Job ": "the footer by which the delivery finds a post again, the same in every language",
    "Whisul": "a name",
    "Me": "a category of Unicode",
    "Mn": "the same",
    "Each member": "the key of a setting, which is marked there",
    "Whole server": "the same",
}

_PROSE = re.compile(r"[A-Za-z]{2,}[,.:]? +[A-Za-z{<*`]|^\W*[A-Z][a-z]+")


def literals(path: Path) -> Iterator[tuple[ast.expr, list[ast.AST]]]:
    """Every text in a module except docstrings, each with the nodes around it, the nearest first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stack: list[tuple[ast.AST, list[ast.AST]]] = [(tree, [])]
    while stack:
        node, around = stack.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if not (isinstance(node, ast.Dict) and child in node.keys):
                stack.append((child, [node, *around]))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, around


def is_for_people(text: str, around: list[ast.AST]) -> bool:
    if not _PROSE.search(text) or text in NOT_TEXT:
        return False
    if any(isinstance(node, ast.Raise | ast.AnnAssign) and _is_type(node, around) for node in around):
        return False
    called = [_name(node) for node in around if isinstance(node, ast.Call)]
    bases = [ast.unparse(base) for node in around if isinstance(node, ast.ClassDef) for base in node.keywords]
    marks = {*ARGUMENTS, *TRANSLATED_BY_DISCORD, *FOR_PROGRAMS}
    if any(text in base for base in bases):
        return False  # the description of a group of commands
    # Names of commands: `bot.replies.help` gets their descriptions.
    named = [ast.unparse(node.targets[0]) for node in around if isinstance(node, ast.Assign)]
    if any(name.endswith("_COMMANDS") for name in named):
        return False
    keywords = {node.arg for node in around if isinstance(node, ast.keyword)}
    # `what` is a name in the log of changes, `bot.replies.config.panel` has its text.
    return not (marks & set(called)) and "what" not in keywords


def _is_type(node: ast.Raise | ast.AnnAssign, around: list[ast.AST]) -> bool:
    """Whether the text is in an error for programmers, or in an annotation."""
    return isinstance(node, ast.Raise) or node.annotation in around


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_for_people_is_marked(path: Path) -> None:
    unmarked = [
        node.value
        for node, around in literals(path)
        if isinstance(node, ast.Constant) and is_for_people(str(node.value), around)
    ]
    assert unmarked == []


def test_an_unmarked_text_is_found(tmp_path: Path) -> None:
    module = tmp_path / "reply.py"
    module.write_text(
        'def answer(n: int) -> str:\n    return f"Songs in progress: {n}." + _("Marked text.")\n'
    )
    found = [
        str(getattr(node, "value", ""))
        for node, around in literals(module)
        if is_for_people(str(getattr(node, "value", "")), around)
    ]
    assert found == ["Songs in progress: "]

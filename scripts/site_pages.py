"""MkDocs hook: adds the pages outside docs/, and rewrites links that lead out of it.

The same files are read on a code-hosting site, so their links are paths within the repository. On the site a link to a page
leads to that page, a link to another file to a copy of it; a link to nothing is a warning, which ends a strict build.
"""

import posixpath
import re
from html import escape, unescape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages in the repository's root, where people and code-hosting sites look for them."""
ICON = "sandbox/page/icon.svg"
COPIES = "files"
"""Where on the site copies of linked files are."""

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)\s#]+)(?=[#)])")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
log = get_plugin_logger("site_pages")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from the repository's root, and the icon."""
    for path, page in {**PAGES, ICON: "images/icon.svg"}.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page from paths within the repository into paths within the site.

    Beside a page that has a tab to itself, the list of the tab's pages is left out.
    """
    if page.parent is None:
        page.meta["hide"] = ["navigation"]
    here = page.file.src_uri
    stands_at = {site: path for path, site in PAGES.items()}.get(here, f"docs/{here}")

    def led(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(stands_at), link[1]))
        target = site_path(path)
        if target is None:
            log.warning("%s links to %s, which does not exist", stands_at, link[1])
            return link[1]
        if target.startswith(f"{COPIES}/") and files.get_file_from_path(target) is None:
            files.append(File.generated(config, target, abs_src_path=str(ROOT / path)))
        return posixpath.relpath(target, posixpath.dirname(here) or ".")

    return _LINK.sub(led, markdown)


def on_page_content(html: str, **_: object) -> str:
    """Label each table cell with its column: on a phone, a row is shown as a list."""
    return _TABLE.sub(lambda table: _labelled(table[0]), html)


def _labelled(table: str) -> str:
    heads = [escape(unescape(_TAG.sub("", head))) for head in _HEAD.findall(table)]

    def row(found: re.Match[str]) -> str:
        labels = iter(heads)
        return re.sub(r"<td", lambda _: f'<td data-label="{next(labels, "")}"', found[0])

    return _ROW.sub(row, table)


def site_path(path: str) -> str | None:
    """Where on the site a file of the repository is; None when there is no such file."""
    if not (ROOT / path).is_file():
        return None
    if path in PAGES:
        return PAGES[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"{COPIES}/{path}"

"""Languages to test in: every one that has a catalogue, and a made-up one."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from bot.replies import locales
from tests.replies.locales import pseudo


@pytest.fixture(scope="session")
def with_pseudo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of catalogues with one more."""
    folder = tmp_path_factory.mktemp("locales") / "locales"
    shutil.copytree(locales.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    pseudo.install(folder)
    return folder


@pytest.fixture
def made_up(with_pseudo: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The code of the made-up language, which is installed for one test."""
    monkeypatch.setattr(locales, "FOLDER", with_pseudo)
    forget()
    yield pseudo.LOCALE
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Drop the catalogues that were read."""
    locales._catalogue.cache_clear()
    locales.languages.cache_clear()

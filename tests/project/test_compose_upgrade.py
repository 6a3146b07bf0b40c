"""`deploy/compose/upgrade` and `rollback`, run as they are with a stand-in for `docker` that keeps images as tags in a folder."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKER = """#!/bin/sh
echo "$*" >> "$FOLDER/calls"
cd "$FOLDER/images" || exit 1
case "$*" in
  "image tag "*) cp "${3#whisul-bot:}" "${4#whisul-bot:}" ;;
  "image rm "*) rm "${3#whisul-bot:}" ;;
  "image ls "*) ls ;;
  "compose build bot") echo new > whisul-bot ;;
  *" bot check") test ! -f "$FOLDER/refused" ;;
  *"ls /data"*) ls "$FOLDER/data" ;;
  "compose up --detach --wait") touch "$FOLDER/data/bot.db.at-0003-$(date --utc +%Y%m%dT%H%M%S%6N)" && test ! -f "$FOLDER/broken" ;;
esac
"""


@dataclass
class Host:
    """A host with a checkout, and the images and the volume of the containers."""

    folder: Path

    @property
    def images(self) -> dict[str, str]:
        """What each tag of the image names; the one without a tag is `whisul-bot`."""
        return {file.name: file.read_text().strip() for file in (self.folder / "images").iterdir()}

    @property
    def calls(self) -> list[str]:
        """What was asked of Docker."""
        return (self.folder / "calls").read_text().splitlines()

    def run(self, script: str) -> tuple[int, str]:
        """The exit code and the messages of a script."""
        ended = subprocess.run(  # noqa: S603 - our own script
            [str(self.folder / "checkout" / "deploy" / "compose" / script)],
            env={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "FOLDER": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.returncode, ended.stderr


@pytest.fixture
def host(tmp_path: Path) -> Host:
    shutil.copytree(ROOT / "deploy" / "compose", tmp_path / "checkout" / "deploy" / "compose")
    for name in ("bin", "data", "images"):
        (tmp_path / name).mkdir()
    (tmp_path / "images" / "whisul-bot").write_text("old")
    (tmp_path / "checkout" / ".env").write_text("DISCORD_TOKEN=x\n")
    # From an upgrade long ago: not what this one migrated from.
    (tmp_path / "data" / "bot.db.at-0001-20200101T000000000000").touch()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return Host(tmp_path)


def test_an_upgrade_checks_backs_up_and_starts_and_its_rollback_restores(host: Host) -> None:
    code, said = host.run("upgrade")
    assert code == 0, said
    assert [call for call in host.calls if call.startswith("compose")] == [
        "compose build bot",
        "compose run --rm --no-deps bot check",
        "compose exec -T backup python -m bot backup",
        "compose up --detach --wait",
    ]
    assert sorted(host.images.values()) == ["new", "old"]
    (copy,) = (host.folder / "data").glob("bot.db.at-0003-*")

    before = len(host.calls)
    code, said = host.run("rollback")
    assert code == 0, said
    assert host.images == {"whisul-bot": "old"}
    calls = [call for call in host.calls[before:] if call.startswith("compose")]
    assert calls[1:] == [
        "compose stop",
        f"compose run --rm --no-deps bot restore /data/{copy.name}",
        "compose up --detach --wait --no-build",
    ]

    code, said = host.run("rollback")
    assert code == 1
    assert "There is no image from before an upgrade" in said


def test_a_check_that_fails_changes_nothing(host: Host) -> None:
    (host.folder / "refused").touch()
    code, said = host.run("upgrade")
    assert code == 1
    assert "nothing was changed" in said
    assert host.images == {"whisul-bot": "old"}
    assert not any("up" in call.split() for call in host.calls)


def test_a_version_that_does_not_get_healthy_is_taken_back(host: Host) -> None:
    (host.folder / "broken").touch()
    code, said = host.run("upgrade")
    assert code == 1
    assert "going back" in said
    assert host.images == {"whisul-bot": "old"}
    assert host.calls[-2] == "compose up --detach --wait --no-build"

"""The pre-commit hooks work in a clone with only the locked tools."""

import re
from pathlib import Path

import pytest
import yaml

from tests.project_copy import ROOT, copied, run


def test_every_hook_is_a_tool_of_our_own() -> None:
    known = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [each["repo"] for each in known["repos"]] == ["local"]
    assert {hook["entry"].partition(" ")[0] for hook in known["repos"][0]["hooks"]} == {
        ".venv/bin/ruff",
        ".venv/bin/python",
        ".venv/bin/lint-imports",
    }


def test_each_hook_stops_the_one_thing_that_is_not_fit(tmp_path: Path) -> None:
    clone = copied(tmp_path / "clone")
    git = ["git", "-C", str(clone), "-c", "core.hooksPath=/dev/null"]
    run(clone, *git, "init", "--quiet")
    run(clone, *git, "add", "--all")
    spoiled(
        clone / "cogs" / "limits.py",
        "\nasync def setup",
        "from bot.settings import Settings\n\nasync def  setup",
    )
    spoiled(clone / ".env.example", "Where the API is.", "Where it is.")
    with pytest.raises(AssertionError) as stopped:
        run(
            clone,
            *("pre-commit", "run", "--all-files", "--color=never"),
            PRE_COMMIT_HOME=str(tmp_path / "home"),
        )
    said = str(stopped.value)
    # Each names its one fault, so without it each would have passed.
    assert said.count("Failed") == 4
    assert said.count("1 file reformatted") == 1
    assert re.findall(r"^[A-Z]+\d+ .*", said, re.MULTILINE) == [
        "E402 Module level import not at top of file",
        "F401 [*] `bot.settings.Settings` imported but unused",
    ]
    assert "cogs.limits -> bot.settings" in said
    assert "Contracts: 7 kept, 1 broken." in said
    assert re.findall(r"\S+ is not current", said) == ["reference/settings.md is not current"]


def spoiled(file: Path, good: str, bad: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert good in text
    file.write_text(text.replace(good, bad), encoding="utf-8")

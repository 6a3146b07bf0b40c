"""The hooks that run before a commit: in a clone, with nothing but the locked tools."""

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


def test_the_hooks_pass_what_is_committed_and_stop_what_is_not_fit(tmp_path: Path) -> None:
    clone = copied(tmp_path / "clone")
    git = ["git", "-C", str(clone), "-c", "core.hooksPath=/dev/null"]
    run(clone, *git, "init", "--quiet")
    run(clone, *git, "add", "--all")
    everything = ("pre-commit", "run", "--all-files", "--color=never")
    home = str(tmp_path / "home")
    assert run(clone, *everything, PRE_COMMIT_HOME=home).count("Passed") == 4

    spoiled(
        clone / "cogs" / "limits.py",
        "\nasync def setup",
        "from bot.settings import Settings\n\nasync def  setup",
    )
    spoiled(clone / ".env.example", "Where the API is.", "Where it is.")
    with pytest.raises(AssertionError) as stopped:
        run(clone, *everything, PRE_COMMIT_HOME=home)
    said = str(stopped.value)
    assert said.count("Failed") == 4
    assert "F401" in said
    assert "cogs.limits -> bot.settings" in said
    assert "settings.md is not current" in said


def spoiled(file: Path, good: str, bad: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert good in text
    file.write_text(text.replace(good, bad), encoding="utf-8")

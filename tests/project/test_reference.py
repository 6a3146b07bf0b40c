"""The committed reference pages are those generated from the code."""

import re

from bot.settings import Settings
from scripts.reference import commands, settings
from scripts.reference.pages import stale


def test_the_committed_pages_are_what_the_code_says() -> None:
    assert stale() == []


def test_every_setting_stands_there_with_what_it_takes_and_what_it_is() -> None:
    told = re.findall(r"^### `([A-Z_]+)`\n\n(.+)\n\n(\S.*)$", settings.text(), re.MULTILINE)
    assert {name for name, _, _ in told} == {name.upper() for name in Settings.model_fields}
    assert not [name for name, _, words in told if words.startswith("#")]
    figures = {name: takes for name, takes, _ in told}
    assert figures["MAX_PROMPT_CHARS"] == "A whole number, at least 1, at most 4,000 · default `2000`"
    assert figures["WHISUL_API_KEY"] == "Text, kept secret · **required**"


def test_every_command_stands_there_with_its_options_and_who_is_offered_it() -> None:
    payload = {
        "name": "sing", "description": "Sing", "type": 1, "contexts": [0, 1], "default_member_permissions": 32,
        "options": [
            {"name": "song", "description": "Which", "type": 3, "required": True, "max_length": 9},
            {"name": "pitch", "description": "How high", "type": 10, "required": False, "min_value": 1,
             "max_value": 2, "autocomplete": True},
            {"name": "voice", "description": "Whose", "type": 3, "required": False,
             "choices": [{"name": "low", "value": "l"}, {"name": "high", "value": "h"}]},
        ],
    }  # fmt: skip
    page = commands.text([payload])
    assert (
        "Sing. Works in servers and in direct messages with the bot; offered to members with Manage Server."
        in page
    )
    assert "| `song` | text, 1 to 9 characters | Which |" in page
    assert "| `pitch` (optional) | a number, 1 to 2, suggests while you type | How high |" in page
    assert "| `voice` (optional) | *low* or *high* | Whose |" in page

"""Every code that Discord documents has its outcome, or is known to be met by no call of this bot."""

import csv
from pathlib import Path

import pytest

from bot.discord_io.connection_errors import GATEWAY_CLOSES, LOGIN_REFUSALS
from bot.discord_io.errors import CODES, Meaning, of_answer

ROWS = list(csv.DictReader((Path(__file__).parent / "discord_codes.csv").read_text("utf-8").splitlines()))
"""What Discord's page on opcodes and status codes lists (2026-08), in our words.

`not_met` names what the bot has nothing to do with, for a code that none of its calls can meet.
"""
GENERAL_ERROR = 0


def documented(kind: str, *, met: bool) -> set[int]:
    rows = [row for row in ROWS if row["kind"] == kind and bool(row["not_met"]) is not met]
    return {int(row["code"]) for row in rows if row["code"].isdigit()}


def test_every_documented_json_code_that_can_be_met_has_an_outcome() -> None:
    assert len(documented("json", met=True) | documented("json", met=False)) == 240
    assert documented("json", met=True) - {GENERAL_ERROR} == set(CODES)
    assert set(LOGIN_REFUSALS) <= set(CODES)


def test_every_documented_close_code_of_the_gateway_has_an_outcome() -> None:
    assert documented("gateway", met=True) <= set(GATEWAY_CLOSES)
    assert documented("gateway", met=False) == set()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Meaning.BLOCKED),
        (401, Meaning.LATER),
        (403, Meaning.LATER),
        (404, Meaning.LATER),
        (405, Meaning.LATER),
        (429, Meaning.LATER),
        (502, Meaning.UNCERTAIN),
    ],
)
def test_every_documented_status_without_a_code_has_an_outcome(status: int, outcome: Meaning) -> None:
    assert status in documented("http", met=True)
    assert of_answer(status, GENERAL_ERROR) is outcome


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (403, 40333, Meaning.LATER),
        (401, 50027, Meaning.BLOCKED),
        (404, 10008, Meaning.BLOCKED),
        (403, 999_999, Meaning.BLOCKED),  # an unknown code is Discord's own refusal
        (404, 999_999, Meaning.BLOCKED),
        (429, 999_999, Meaning.LATER),
        (418, 0, Meaning.BLOCKED),
        (415, 0, Meaning.BLOCKED),
        (413, 0, Meaning.TOO_LARGE),
        (408, 0, Meaning.UNCERTAIN),
        (304, 0, Meaning.UNCERTAIN),
        *((status, 0, Meaning.UNCERTAIN) for status in (500, 503, 504, 520, 522, 524, 599)),
        (500, 50013, Meaning.UNCERTAIN),  # whatever it says, it may have been carried out
        (521, 0, Meaning.LATER),  # the edge could not reach Discord
    ],
)
def test_the_code_decides_below_500_and_the_status_otherwise(
    status: int, code: int, outcome: Meaning
) -> None:
    assert of_answer(status, code) is outcome

"""Every error code that Discord documents has an outcome, or is marked as one that this bot cannot meet."""

import csv
from pathlib import Path

import pytest

from bot.discord_io.connection_errors import CLOSE_CODES, LOGIN_REFUSALS
from bot.discord_io.error_codes import CODES, SendOutcome, outcome_of_response
from sandbox.discord.rules.documented_errors import DOCUMENTED

ROWS = list(csv.DictReader((Path(__file__).parent / "discord_codes.csv").read_text("utf-8").splitlines()))
"""What Discord's page on opcodes and status codes lists (2026-08), in our words.

`not_met` names what the bot has nothing to do with, for a code that none of its calls can meet.
"""
GENERAL_ERROR = 0


def documented(kind: str, *, met: bool) -> set[int]:
    rows = [row for row in ROWS if row["kind"] == kind and bool(row["not_met"]) is not met]
    return {int(row["code"]) for row in rows if row["code"].isdigit()}


def test_every_documented_json_code_has_an_outcome_or_cannot_occur() -> None:
    assert len(documented("json", met=True) | documented("json", met=False)) == 240
    assert documented("json", met=True) - {GENERAL_ERROR} == set(CODES)
    assert set(LOGIN_REFUSALS) <= set(CODES)


def test_the_stand_in_can_answer_with_every_code_that_the_bot_can_meet() -> None:
    assert set(DOCUMENTED) == set(CODES)


def test_every_documented_close_code_has_an_outcome() -> None:
    assert documented("gateway", met=True) <= set(CLOSE_CODES)
    assert documented("gateway", met=False) == set()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, SendOutcome.REJECTED),
        (401, SendOutcome.RETRY),
        (403, SendOutcome.RETRY),
        (404, SendOutcome.RETRY),
        (405, SendOutcome.RETRY),
        (429, SendOutcome.RETRY),
        (502, SendOutcome.UNKNOWN),
    ],
)
def test_every_documented_status_without_a_code_has_an_outcome(status: int, outcome: SendOutcome) -> None:
    assert status in documented("http", met=True)
    assert outcome_of_response(status, GENERAL_ERROR) is outcome


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (403, 40333, SendOutcome.RETRY),
        (401, 50027, SendOutcome.REJECTED),
        (404, 10008, SendOutcome.REJECTED),
        (403, 999_999, SendOutcome.REJECTED),  # an unknown code is Discord's own refusal
        (404, 999_999, SendOutcome.REJECTED),
        (429, 999_999, SendOutcome.RETRY),
        (418, 0, SendOutcome.REJECTED),
        (415, 0, SendOutcome.REJECTED),
        (413, 0, SendOutcome.TOO_LARGE),
        (408, 0, SendOutcome.UNKNOWN),
        (304, 0, SendOutcome.UNKNOWN),
        *((status, 0, SendOutcome.UNKNOWN) for status in (500, 503, 504, 520, 522, 524, 599)),
        (500, 50013, SendOutcome.UNKNOWN),  # whatever it says, it may have been carried out
        (521, 0, SendOutcome.RETRY),  # the edge could not reach Discord
    ],
)
def test_the_code_decides_below_500_and_the_status_otherwise(
    status: int, code: int, outcome: SendOutcome
) -> None:
    assert outcome_of_response(status, code) is outcome

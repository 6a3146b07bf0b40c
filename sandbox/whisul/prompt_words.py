"""Words in square brackets in a prompt that make the simulator misbehave for that prompt's job."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.whisul.behaviour import (
    Behaviour,
    Planned,
    Reset,
    Respond,
    Silence,
    StatusWord,
    Truncate,
    failing,
    html_page,
    rate_limited,
)
from sandbox.whisul.jobs import ABSENT, JobPlan
from sandbox.whisul.script import Rule


@dataclass(frozen=True, slots=True)
class PromptWord:
    """A word, its effect in one line for people, and the behaviours that it causes.

    `submit` changes the first `times` submits of a prompt, `polls` the first polls of its job, one each, and `files`
    every request for the job's audio and cover.
    """

    word: str
    meaning: str
    submit: Behaviour | None = None
    times: float = math.inf
    polls: tuple[Behaviour, ...] = ()
    files: Behaviour | None = None


_REASON = "The model lost the beat. Please try another prompt."
_UNKNOWN = failing(404, message="Job not found")
_REFUSAL = {"error": "Invalid input", "message": "This prompt can't be turned into a song."}
_EVIL: dict[str, object] = {"song_url": "javascript:alert(1)", "image_url": "file:///etc/passwd"}
_ODD: dict[str, object] = {
    "title": "",
    "bpm": "about 140",
    "duration": 167.4,
    "tags": ["strange", None, 3],
    "mood": {"color": "plaid"},
    "image_url": ABSENT,
}

PROMPT_WORDS = (
    PromptWord("[fail]", "fails with a reason", Planned(JobPlan(status="failed", error=_REASON))),
    PromptWord("[fail-silent]", "fails without a reason", Planned(JobPlan(status="failed"))),
    PromptWord(
        "[refuse]", "Whisul refuses the prompt and creates nothing", Respond(status=400, body=_REFUSAL)
    ),
    PromptWord("[slow]", "takes eight times as long", Planned(JobPlan(slowness=8))),
    PromptWord("[stuck]", "never finishes", Planned(JobPlan(never_finishes=True))),
    PromptWord(
        "[no-audio]", "finishes without a link to the audio", Planned(JobPlan(result={"song_url": None}))
    ),
    PromptWord("[no-cover]", "finishes without a cover", Planned(JobPlan(result={"image_url": None}))),
    PromptWord("[odd]", "finishes with fields of unexpected types", Planned(JobPlan(result=_ODD))),
    PromptWord(
        "[evil]",
        "finishes with dangerous links that the bot must never show or open",
        Planned(JobPlan(result=_EVIL)),
    ),
    PromptWord("[dead-links]", "finishes, but the links to audio and cover are dead", files=failing(404)),
    PromptWord("[lost]", "is accepted but never found again (404)", Planned(JobPlan(lost=True))),
    PromptWord("[lag]", "isn't found by the first two polls (404)", polls=2 * (_UNKNOWN,)),
    PromptWord("[queued]", "has an unknown status at the first two polls", polls=2 * (StatusWord("queued"),)),
    PromptWord(
        "[flaky]",
        "the first polls get an error page, a broken answer and two resets",
        polls=(html_page(502), Truncate(20), Reset("after"), Reset("after")),
    ),
    PromptWord("[busy]", "Whisul is too busy at first (429, twice)", rate_limited(2), times=2),
    PromptWord(
        "[no-answer]", "Whisul creates the job, but the connection drops before it answers", Reset("after")
    ),
    PromptWord("[silence]", "Whisul creates the job but never answers", Silence("after")),
)
"""Every word, in the order in which a help text lists them."""


_ANY_WORD = re.compile("|".join(re.escape(each.word) for each in PROMPT_WORDS), re.IGNORECASE)


def without_words(prompt: str) -> str:
    """The prompt without its words: what describes the song."""
    return " ".join(_ANY_WORD.sub("", prompt).split())


def submit_behaviours(prompt: str, nth: int) -> tuple[Behaviour, ...]:
    """The behaviours for the nth submit of a prompt."""
    return tuple(each.submit for each in _words(prompt) if each.submit and nth <= each.times)


def job_rules(prompt: str, job_id: str) -> Iterator[Rule]:
    """The rules for requests about the job of a prompt."""
    for each in _words(prompt):
        for behaviour in each.polls:
            yield Rule(kind="poll", behaviours=(behaviour,), job_id=job_id)
        if each.files:
            yield Rule(kind="audio", behaviours=(each.files,), times=None, job_id=job_id)
            yield Rule(kind="cover", behaviours=(each.files,), times=None, job_id=job_id)


def _words(prompt: str) -> list[PromptWord]:
    present = {found.lower() for found in _ANY_WORD.findall(prompt)}
    return [each for each in PROMPT_WORDS if each.word in present]

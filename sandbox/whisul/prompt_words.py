"""Words in square brackets in a prompt that make the simulator misbehave for that prompt's job."""

import re
from collections import Counter
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
from sandbox.whisul.exchange import Kind
from sandbox.whisul.jobs import ABSENT, JobPlan

_BRACKETED = re.compile(r"\[[a-z-]+\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PromptRule:
    """Behaviours for the next `times` (None: all) requests of one kind about the job, or submits of this prompt."""

    kind: Kind
    behaviours: tuple[Behaviour, ...]
    times: int | None = None


@dataclass(frozen=True, slots=True)
class PromptWord:
    """A word, its effect in one line for people, and its rules."""

    word: str
    meaning: str
    rules: tuple[PromptRule, ...]


def _planned(word: str, meaning: str, plan: JobPlan) -> PromptWord:
    return PromptWord(word, meaning, (PromptRule("submit", (Planned(plan),)),))


_ODD_RESULT: dict[str, object] = {
    "title": "",
    "bpm": "about 140",
    "duration": 167.4,
    "tags": ["strange", None, 3],
    "mood": {"color": "plaid"},
    "image_url": ABSENT,
}
_REFUSAL: dict[str, object] = {
    "error": "Invalid input",
    "message": "This prompt can't be turned into a song.",
}

PROMPT_WORDS: tuple[PromptWord, ...] = (
    _planned(
        "[fail]",
        "fails with a reason",
        JobPlan(status="failed", error="The model lost the beat. Please try another prompt."),
    ),
    _planned("[fail-silent]", "fails without a reason", JobPlan(status="failed")),
    PromptWord(
        "[refuse]",
        "Whisul refuses the prompt and creates nothing",
        (PromptRule("submit", (Respond(status=400, body=_REFUSAL),)),),
    ),
    _planned("[slow]", "takes eight times as long", JobPlan(slowness=8)),
    _planned("[stuck]", "never finishes", JobPlan(never_finishes=True)),
    _planned("[no-audio]", "finishes without a link to the audio", JobPlan(result={"song_url": None})),
    _planned("[no-cover]", "finishes without a cover", JobPlan(result={"image_url": None})),
    _planned("[odd]", "finishes with fields of unexpected types", JobPlan(result=_ODD_RESULT)),
    _planned(
        "[evil]",
        "finishes with dangerous links that the bot must never show or open",
        JobPlan(result={"song_url": "javascript:alert(1)", "image_url": "file:///etc/passwd"}),
    ),
    PromptWord(
        "[dead-links]",
        "finishes, but the links to audio and cover are dead",
        (PromptRule("audio", (failing(404),)), PromptRule("cover", (failing(404),))),
    ),
    _planned("[lost]", "is accepted but never found again (404)", JobPlan(lost=True)),
    PromptWord(
        "[lag]",
        "isn't found by the first two polls (404)",
        (PromptRule("poll", (failing(404, message="Job not found"),), times=2),),
    ),
    PromptWord(
        "[queued]",
        "has an unknown status at the first two polls",
        (PromptRule("poll", (StatusWord("queued"),), times=2),),
    ),
    PromptWord(
        "[flaky]",
        "the first polls get an error page, a broken answer and two resets",
        (
            PromptRule("poll", (html_page(502),), times=1),
            PromptRule("poll", (Truncate(20),), times=1),
            PromptRule("poll", (Reset("after"),), times=2),
        ),
    ),
    PromptWord(
        "[busy]",
        "Whisul is too busy at first (429, twice)",
        (PromptRule("submit", (rate_limited(2),), times=2),),
    ),
    PromptWord(
        "[no-answer]",
        "Whisul creates the job, but the connection drops before it answers",
        (PromptRule("submit", (Reset("after"),)),),
    ),
    PromptWord(
        "[silence]",
        "Whisul creates the job but never answers",
        (PromptRule("submit", (Silence("after"),)),),
    ),
)
"""Every word, in the order in which a help text lists them."""


def without_words(prompt: str) -> str:
    """The prompt without its words: what describes the song."""
    known = {each.word for each in PROMPT_WORDS}
    without = _BRACKETED.sub(lambda found: "" if found[0].lower() in known else found[0], prompt)
    return " ".join(without.split())


class PromptWordReader:
    """Finds the rules of prompts, and counts for each prompt how often those with a limit were used."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, str]] = Counter()

    def submit_behaviours(self, prompt: str) -> tuple[Behaviour, ...]:
        """The behaviours for this submit, counted."""
        found: list[Behaviour] = []
        for each in self._words(prompt):
            for rule in each.rules:
                if rule.kind == "submit" and self._count_use(each, rule, prompt):
                    found.extend(rule.behaviours)
        return tuple(found)

    def job_rules(self, prompt: str) -> tuple[PromptRule, ...]:
        """The rules for requests about the job of this prompt."""
        return tuple(rule for each in self._words(prompt) for rule in each.rules if rule.kind != "submit")

    def _words(self, prompt: str) -> list[PromptWord]:
        present = {found.lower() for found in _BRACKETED.findall(prompt)}
        return [each for each in PROMPT_WORDS if each.word in present]

    def _count_use(self, word: PromptWord, rule: PromptRule, prompt: str) -> bool:
        if rule.times is None:
            return True
        self._used[word.word, prompt] += 1
        return self._used[word.word, prompt] <= rule.times

"""The page of the words in a prompt that make the simulated Whisul misbehave."""

from sandbox.whisul import PROMPT_WORDS
from scripts.reference.markdown import code, page, table

INTRODUCTION = (
    "In the [demo](../try.md), these words anywhere in a prompt make the simulated Whisul fail or misbehave. A prompt can "
    "contain several. The real Whisul ignores them."
)


def text() -> str:
    """The page."""
    rows = [[code(each.word), each.meaning] for each in PROMPT_WORDS]
    return page("# Prompt words of the demo", INTRODUCTION, table(["word", "effect"], rows))

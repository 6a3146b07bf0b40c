"""The words in a prompt by which the simulated Whisul has a bad day."""

from sandbox.whisul import PROMPT_WORDS
from scripts.reference.markdown import code, page, table

INTRODUCTION = (
    "In the [demo](../try.md), a word in brackets anywhere in the prompt makes the simulated Whisul behave as it says. "
    "Several may stand in one prompt. The real Whisul does not know them."
)


def text() -> str:
    """The page."""
    rows = [[code(each.word), each.meaning] for each in PROMPT_WORDS]
    return page("# Words for a bad day", INTRODUCTION, table(["word", "the song"], rows))

"""IDs of parametrised test cases."""

MAX_CHARS = 24


def short(value: object) -> str:
    """The first characters of a parameter: enough to tell the case, without a page of expected text."""
    text = str(value)
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 3]}..."

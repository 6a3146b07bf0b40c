"""The number of generated cases: all in `make fuzz`, a random part in the ordinary tests."""

import os

SHARE = 5
WHOLE = os.environ.get("FUZZ") == "whole"


def cases(number: int, *, share: int = SHARE) -> int:
    """So many, or their share."""
    return number if WHOLE else number // share

"""How many cases are made up: all in `make fuzz`, and a share of them in the ordinary tests, where the next run has others."""

import os

SHARE = 5
WHOLE = os.environ.get("FUZZ") == "whole"


def cases(number: int, *, share: int = SHARE) -> int:
    """So many, or their share."""
    return number if WHOLE else number // share

"""How many cases are made up: 10,000 of each kind in `make fuzz`, and a share of them in the ordinary tests."""

import os

SHARE = 5
WHOLE = os.environ.get("FUZZ") == "whole"


def cases(number: int) -> int:
    """So many of the 10,000, or their share."""
    return number if WHOLE else number // SHARE

"""Pure: what is known of the music API at one moment, as the leading process tells the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiStatus:
    """Whether Whisul refuses the key, says that there is no credit, or has asked for a pause, and how long that still lasts."""

    key_refused: bool = False
    no_credit: bool = False
    pause_s: float = 0.0

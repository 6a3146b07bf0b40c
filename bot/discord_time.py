"""Discord's time as this bot can know it, and how far the machine's own clock is from it."""

from collections import deque
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock

log = structlog.get_logger(__name__)

TOKEN_LIFE_S = 15 * 60 - 5.0
"""How long an interaction can be answered after it has reached the bot: Discord counts from a few seconds earlier."""

MOST_SKEW_S = 60.0
SAMPLES = 32
"""The newest times that are compared. The least delayed of them counts, and monotonic time drifts little meanwhile."""


class DiscordTime:
    """An estimate of Discord's clock, from the creation times of interactions that were acknowledged just now.

    Discord takes an acknowledgement within 3 seconds only, so each of them is at most so old. An interaction that a
    resumed session brings late is not acknowledged, and does not count.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets_s: deque[float] = deque(maxlen=SAMPLES)
        self._was_told = False

    def acknowledged(self, created_at: datetime) -> None:
        """Take in Discord's time of an interaction. Logs once when the machine's clock is far from it."""
        self._offsets_s.append(created_at.timestamp() - self._clock.monotonic())
        skew_s = self.skew_s
        if abs(skew_s) > MOST_SKEW_S and not self._was_told:
            self._was_told = True
            log.warning(
                "clock_is_off",
                what=f"this machine's clock is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} Discord's",
                effect="times that people are told are wrong by as much: when a song is ready, when a limit frees up",
                remedy="have the clock set from the network, for example with `timedatectl set-ntp true`",
            )

    @property
    def skew_s(self) -> float:
        """By how many seconds the machine's clock is ahead of Discord's; 0 while nothing is known."""
        if not self._offsets_s:
            return 0.0
        discords = max(self._offsets_s) + self._clock.monotonic()
        return self._clock.now().timestamp() - discords

    def at(self, moment: datetime) -> datetime:
        """Discord's time at a moment of the machine's clock, as long as that was not set in between."""
        return moment - timedelta(seconds=self.skew_s)

"""The one door to the Whisul music API."""

from bot.whisul.client import WhisulClient

__all__ = ["WhisulClient"]

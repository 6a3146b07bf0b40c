"""The client of the Whisul music API.

Imports the domain and the base modules.
"""

from bot.whisul.client import WhisulClient

__all__ = ["WhisulClient"]

"""A Discord bot in front of the Whisul music API."""

__version__ = "0.1.0"

"""A Discord bot in front of the Whisul music API."""

__version__ = "0.1.0"

USER_AGENT = f"whisul-discord-bot/{__version__}"
"""What this program calls itself to Whisul and to the hosts of songs."""

"""The bot in simcord, a Discord simulator by another author."""

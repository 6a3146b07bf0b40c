"""The bot's own program against simcord, another author's model of Discord."""

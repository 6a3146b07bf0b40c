"""The bot's application: its registered commands, its messages, and the life of its interactions.

Applies checked requests to the world. Imports `rules` and `world`.
"""

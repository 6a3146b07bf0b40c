"""The discord.py clients, one for each shard: cogs, commands, reconnects.

Imports the interactions and everything below them; used by `bot.app` and `bot.runtime`.
"""

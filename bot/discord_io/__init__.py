"""What Discord's protocol means: error codes, close codes, and permissions as the cache knows them.

Imports nothing of the bot.
"""

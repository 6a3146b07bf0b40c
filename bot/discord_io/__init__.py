"""What Discord's answers mean: tables of error codes and close codes, and permissions as the cache knows them.

Imports nothing of the bot.
"""

"""Pure: models and errors become text, embeds and components. All words for people live here, and nowhere else.

Imports the layers below for what they return and raise; of `bot.discord_io`, the message.
"""

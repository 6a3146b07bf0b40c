"""Turns models and errors into text, embeds and components, without side effects; all text for people is here.

Imports the models and errors of the layers below and, from `bot.discord_io`, messages, permissions and channel kinds.
"""

"""Discord's state: users, guilds, channels, messages, permissions and time, and a change event for whatever happens.

Imports nothing of the stand-in but `json_types`.
"""

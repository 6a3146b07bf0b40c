"""The routes by which an outcome reaches its requester, one module each; `base` says what a route has to do.

Imports the sending and the attachments of `bot.delivery`, and what these may import.
"""

"""Shared by the cogs: acknowledging and answering interactions, routing components, requesting songs, error answers.

Imports delivery, replies and services. Only the cogs, the client and the wiring import it.
"""

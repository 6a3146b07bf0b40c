"""From an interaction to a service call and its answer: everything that the cogs share.

Imports delivery, replies and services. Only the cogs, the client and the wiring import it.
"""

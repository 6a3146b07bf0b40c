"""The gateway: sessions, heartbeats, events, resuming, and closing with every documented code.

Imports `world` only.
"""

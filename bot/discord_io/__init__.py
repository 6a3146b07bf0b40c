"""Discord below its commands: session, messages and payloads, error and close codes, channels, permissions.

Imports the domain and the clock.
"""

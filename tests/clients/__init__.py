"""Tests of the Discord stand-in with two unmodified third-party libraries, discord.js and hikari."""

"""Runs with several bots on one PostgreSQL database, of which any may be killed, suspended or stopped at any moment."""

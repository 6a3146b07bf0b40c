"""A job's life at the music API: submitted in a fair order, polled on a learned schedule, within one budget.

Imports the adapters and the domain; knows nothing of Discord.
"""

"""The lifecycle of a job at the music API: submitted in a fair order, polled on a learned schedule, within one budget.

Imports the adapters and the domain; does not know Discord.
"""

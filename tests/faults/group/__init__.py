"""Runs with several bots on one PostgreSQL database, of which any may be killed, suspended or stopped at any moment.

At every request of a song's path the leader, another process or both are killed, suspended for 40 seconds or stopped by SIGTERM, or
the database crashes and recovers. Besides what is lost or done twice it counts songs beyond a limit, servers that wrongly count as
left, calls beyond the budget in any ten seconds, and calls during the wait that a 429 asks for; and it measures how soon others take
over. At the end all are restarted one after the other under load.
"""

"""What operators see of the running program: logs, error reports, health, notices to systemd, metrics.

Imports the errors of Whisul, the domain, and the base modules.
"""

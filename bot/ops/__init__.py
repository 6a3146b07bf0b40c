"""Operation: logs, error reports, health and readiness, systemd notifications, metrics, and membership among processes.

Imports the store, the errors of Whisul, the domain, and the base modules.
"""

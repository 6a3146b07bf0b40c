"""Observability for operators: logs, error reports, health and readiness, systemd notifications, metrics.

Imports the errors of Whisul, the domain, and the base modules.
"""

"""The REST API: the HTTP server, its routes, rate limits, faults on demand and content filters.

Imports `application` and what lies below it.
"""

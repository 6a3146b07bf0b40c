"""What members and admins can do, without Discord: requests, cancellation, search, privacy, server settings.

Imports generation, the adapters and the domain.
"""

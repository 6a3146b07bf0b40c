"""Downloads covers and audio; every URL is untrusted input.

Imports the domain, errors and settings.
"""

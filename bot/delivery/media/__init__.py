"""Downloads covers and audio; every URL is untrusted input.

Imports errors and `bot.http_calls`.
"""

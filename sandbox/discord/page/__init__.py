"""The demo page's server side: its API and event stream, its files, and uploaded attachments.

Imports `client` and what lies below it.
"""

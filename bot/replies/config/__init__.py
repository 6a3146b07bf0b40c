"""Replies of /config: the panel with its forms and selects, proposals, saved changes, refusals, and the doctor's report.

Imported by `cogs.config`; imports the other replies and the domain.
"""

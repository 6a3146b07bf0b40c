"""What /config shows: the panel, its forms and lists, changes before and after they are saved, refusals, and the check-up.

Imported by `cogs.config`; imports the other replies and the domain.
"""

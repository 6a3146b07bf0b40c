"""Discord's client in the hands of people: commands, buttons, lists and modals, refused where the client refuses them.

Imports `application` and what lies below it.
"""

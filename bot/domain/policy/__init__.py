"""Pure: the policy that a server's admins set, its edits, and the limits that follow from it.

Imports the rest of the domain and errors.
"""

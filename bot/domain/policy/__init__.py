"""What the admins of a server have set, how it is changed, and which limits follow from it: pure.

Imports the rest of the domain and errors.
"""

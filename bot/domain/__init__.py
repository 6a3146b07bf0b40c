"""Jobs, songs, searches and server policies: pure data and rules. Time is a parameter.

Imports nothing but errors.
"""

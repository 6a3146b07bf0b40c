"""Writes the pages of docs/reference from the code: commands, settings, the command line, metrics.

`make reference` writes them, `python -m scripts.reference --check` lists those that are not current; a test does the same.
"""

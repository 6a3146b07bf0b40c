"""Writes the pages of docs/reference from the code: commands, settings, the command line, metrics.

`make reference` writes them, `python -m scripts.reference --check` tells which are not current, and so do the tests.
"""

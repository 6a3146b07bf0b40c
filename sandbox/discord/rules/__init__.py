"""What Discord refuses: the form of commands, messages, embeds, components and mentions, and the errors it answers with.

Pure checks over JSON; imports `world` for its types only.
"""

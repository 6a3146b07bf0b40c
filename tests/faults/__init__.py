"""Kills the bot at every request of a song's path, and judges what Whisul and Discord have at the end.

Half of the 350 runs are special scenes (`scenes`): busy and crowded channels, direct messages, own installations, posts of
components, refused message parts, shares, erasures. A run is repeated by its name (`make faults ARGS="--only NAME"`).
"""

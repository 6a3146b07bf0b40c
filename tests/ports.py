"""Ports for servers that are started a moment later."""

import secrets
import socket

NEVER_GIVEN_AWAY = range(20_000, 32_000)
"""Below those that systems give to clients, and to servers that ask for any: nobody else gets one of these meanwhile."""


def free_port() -> int:
    """A port that is free now and, unless another test draws the same one, until its server starts."""
    while True:
        # The tests begin with the same random seed in every worker.
        port = secrets.choice(NEVER_GIVEN_AWAY)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

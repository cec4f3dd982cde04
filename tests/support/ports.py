"""Free ports on loopback."""

import random
import socket


def free_pair() -> int:
    """Find a port that is free together with the one after it.

    Below the range from which the system hands out ports, so that nobody is given
    one between this answer and its use.
    """
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(15_000, 30_000, 2)
        if is_free(port) and is_free(port + 1):
            return port


def is_free(port: int) -> bool:
    """Say whether a server could listen there."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

"""Free TCP ports on 127.0.0.1."""

import random
import socket
import time

# Below the range from which Linux gives ports to outgoing connections, so that a server finds its port free again
# after a restart.
_RANGE = range(20_000, 32_000)
_TRIES = 200
_PREFERRED_SECONDS = 3.0


def free_port(preferred: int | None = None) -> int:
    """A port that nobody listens on: the preferred one if it is free soon, else a random one."""
    if preferred is not None and _becomes_free(preferred):
        return preferred
    # Random, so that two clones that start together rarely choose the same one.
    chooser = random.SystemRandom()
    for _ in range(_TRIES):
        port = chooser.choice(_RANGE)
        if _is_free(port):
            return port
    raise RuntimeError(f"No free port among {_TRIES} tries in {_RANGE.start}–{_RANGE.stop}.")


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PREFERRED_SECONDS
    while not _is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

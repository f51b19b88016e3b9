"""Free TCP ports on 127.0.0.1."""

import random
import socket
import time

# Below the range from which Linux gives ports to outgoing connections, so that a server finds its port free again
# after a restart.
_RANGE = range(20_000, 32_000)
_TRIES = 200
_PREFERRED_SECONDS = 3.0
# Ports that this process gave out, each with a socket that keeps it for whom it was given to: see _claim.
_kept: dict[int, int] = {}


def free_port(preferred: int | None = None) -> int:
    """A port that nobody listens on: the preferred one if it is free soon, else a random one.

    Nobody who asks here, in whatever process, is given the same one until this process ends: between asking for a
    port and listening on it a server takes seconds to start.
    """
    if preferred is not None and _becomes_free(preferred):
        return preferred
    chooser = random.SystemRandom()
    for _ in range(_TRIES):
        port = chooser.choice(_RANGE)
        if _claim(port, exclusively=True):
            return port
    raise RuntimeError(f"No free port among {_TRIES} tries in {_RANGE.start}–{_RANGE.stop}.")


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PREFERRED_SECONDS
    # Not exclusively: connections of its last server may still be remembered, which a new server does not mind.
    while not _claim(port, exclusively=False):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _claim(port: int, *, exclusively: bool) -> bool:
    """Bind a socket that never listens, and keep it.

    Without SO_REUSEADDR a socket binds only where no other is bound, listening or not. With it, set afterwards, it is
    in nobody's way who listens with SO_REUSEADDR, as servers do.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as claim:
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(not exclusively))
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            return False
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if port not in _kept:
            _kept[port] = claim.detach()
    return True

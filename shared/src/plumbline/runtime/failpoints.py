"""Named places where a test can kill or freeze the process; without the setting they do nothing."""

import os
import signal
from pathlib import Path

# A folder; a file in it named after the failpoint holds the signal's name, and is used up by the first hit.
_FOLDER = os.environ.get("PLUMBLINE_FAILPOINTS")


def reach(name: str) -> None:
    """Send this process the signal that is laid out for ``name``, once."""
    if _FOLDER is None:
        return
    order = Path(_FOLDER) / name
    try:
        signal_name = order.read_text().strip()
        order.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.Signals[signal_name])

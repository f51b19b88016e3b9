"""Named places where a test can kill or freeze the process; without the setting they do nothing."""

import os
import signal
import sys
from pathlib import Path

# A folder; a file in it named ``<process>@<failpoint>`` holds the signal's name, and is used up by the first hit.
_FOLDER = os.environ.get("PLUMBLINE_FAILPOINTS")
# The process names its service last: ``python -m plumbline.runtime.run worker outcomes``.
_PROCESS = sys.argv[-1].rpartition("/")[2]


def reach(name: str) -> None:
    """Send this process the signal that is laid out for ``name``, once."""
    if _FOLDER is None:
        return
    order = Path(_FOLDER) / f"{_PROCESS}@{name}"
    try:
        signal_name = order.read_text().strip()
        order.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.Signals[signal_name])

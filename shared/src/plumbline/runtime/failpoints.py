"""Named places where a test can kill, freeze or pause the process; without the setting they do nothing."""

import asyncio
import os
import signal
import sys
from pathlib import Path

# A folder; a file in it named ``<process>@<failpoint>`` holds what happens there, and is used up by the first hit.
_FOLDER = os.environ.get("PLUMBLINE_FAILPOINTS")
_POLL_SECONDS = 0.05
# The process names its service last: ``python -m plumbline.runtime.run worker outcomes``.
_PROCESS = sys.argv[-1].rpartition("/")[2]


async def reach(name: str) -> None:
    """Do once what is laid out for ``name``: send this process a signal (``SIGKILL``), or ``pause``.

    A pause renames the file to ``….paused`` and lasts until somebody removes that.
    """
    if _FOLDER is None:
        return
    order = Path(_FOLDER) / f"{_PROCESS}@{name}"
    try:
        what = order.read_text().strip()
        order.unlink()
    except FileNotFoundError:
        return
    if what != "pause":
        os.kill(os.getpid(), signal.Signals[what])
        return
    paused = order.with_name(f"{order.name}.paused")
    paused.touch()
    while paused.exists():  # noqa: ASYNC110 - another process removes it
        await asyncio.sleep(_POLL_SECONDS)

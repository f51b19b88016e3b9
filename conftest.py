"""What every test of the workspace shares: the real servers, the terminal's width, and Ctrl-C."""

import os
import signal

pytest_plugins = ["plumbline_local.testing"]

# Tables are as wide as the terminal; the tests' is always the same.
os.environ["COLUMNS"] = "160"
os.environ.pop("LINES", None)

# A shell lets what it starts in the background ignore Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""What every test of the workspace shares: the real servers, and the width of the terminal."""

import os

pytest_plugins = ["plumbline_local.testing"]

# Tables are as wide as the terminal; the tests' is always the same.
os.environ["COLUMNS"] = "160"
os.environ.pop("LINES", None)

"""What every test of the workspace shares: the real servers, the terminal's width, Ctrl-C, and ``--alone``."""

import os
import signal
from importlib.util import find_spec

import pytest

pytest_plugins = ["plumbline_local.testing"]

# Tables are as wide as the terminal; the tests' is always the same.
os.environ["COLUMNS"] = "160"
os.environ.pop("LINES", None)

# A shell lets what it starts in the background ignore Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--alone goals`` claims that no other service is installed here."""
    parser.addoption("--alone", metavar="SERVICE", help="fail if another service than this can be imported")


def pytest_configure(config: pytest.Config) -> None:
    """End the run, in every process of it, when ``--alone`` is not true."""
    alone: str | None = config.getoption("alone")
    if alone is None:
        return
    services = {folder.parent.name for folder in config.rootpath.glob("services/*/pyproject.toml")}
    if alone not in services:
        raise pytest.UsageError(f"{alone} is no service")
    others = sorted(name for name in services - {alone} if find_spec(name) is not None)
    if others:
        raise pytest.UsageError(f"{alone} is not alone: {', '.join(others)} can be imported")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say who ran alone, and how much of it passed."""
    alone: str | None = config.getoption("alone")
    if alone is not None:
        passed = len(terminalreporter.stats.get("passed", ()))
        terminalreporter.write_line(f"{alone} ran alone: {passed} tests passed")

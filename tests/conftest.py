"""Fixtures for tests that cross services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plumbline_local.launch import Options, run_stack
from plumbline_local.state import StackState
from plumbline_local.testing import private_folder_in


@pytest.fixture(scope="module")
def stack(test_servers: Path) -> Iterator[StackState]:
    """A whole stack of its own, with every service and the declared topics, for one test module."""
    with (
        private_folder_in(test_servers) as folder,
        run_stack(folder, options=Options(durable=False)) as state,
    ):
        yield state

"""Fixtures for tests that cross services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plumbline_local.launch import Options, run_stack
from plumbline_local.state import StackState


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackState]:
    """A whole stack of its own, with every service and the declared topics, for one test module."""
    folder: Path = tmp_path_factory.mktemp("stack")
    with run_stack(folder, options=Options(durable=False)) as state:
        yield state

"""A stack whose processes the tests kill, freeze and restart."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumbline_local.launch import Options, run_stack
from plumbline_local.state import StackState
from plumbline_local.testing import private_folder_in

# So that the tests find the harness that they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
from harness import Outcomes


@pytest.fixture(scope="module")
def failpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a test lays out at which places processes die."""
    return tmp_path_factory.mktemp("failpoints")


@pytest.fixture(scope="module")
def faulty_stack(test_servers: Path, failpoints: Path) -> Iterator[StackState]:
    """The outcomes service on a PostgreSQL and a Kafka of its own, watched by its supervisor."""
    os.environ["PLUMBLINE_FAILPOINTS"] = str(failpoints)
    try:
        with (
            private_folder_in(test_servers) as folder,
            run_stack(folder, options=Options(services=("outcomes",), durable=False)) as state,
        ):
            yield state
    finally:
        del os.environ["PLUMBLINE_FAILPOINTS"]


@pytest.fixture
def outcomes(faulty_stack: StackState) -> Outcomes:
    """The outcomes service as the tests look at it."""
    return Outcomes(stack=faulty_stack)

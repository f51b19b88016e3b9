"""Stacks whose processes the tests kill, freeze and restart."""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plumbline_local.launch import Options, run_stack
from plumbline_local.state import StackState
from plumbline_local.testing import private_folder_in

# So that the tests find what they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
# So that their assertions say what differs, as a test's do.
pytest.register_assert_rewrite("acting", "oracle", "whole")
from oracle import Outcomes  # noqa: E402 - after its rewriting


@contextmanager
def _faulty(parent: Path, failpoints: Path, services: tuple[str, ...] | None) -> Generator[StackState]:
    told = {
        "PLUMBLINE_FAILPOINTS": str(failpoints),
        # Long enough for a database that restarts, short enough for one that stays away.
        "PLUMBLINE_GIVE_UP_SECONDS": "5",
        "PLUMBLINE_BATCH_SECONDS": "40",
        "PLUMBLINE_IDLE_TRANSACTION_SECONDS": "5",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in told.items():
            environment.setenv(name, value)
        options = Options(services=services, durable=False, restart_at_most=0.5)
        with private_folder_in(parent) as folder, run_stack(folder, options=options) as state:
            yield state


@pytest.fixture(scope="session")
def failpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a test lays out at which places processes die."""
    return tmp_path_factory.mktemp("failpoints")


@pytest.fixture(scope="session")
def faulty_stack(test_servers: Path, failpoints: Path) -> Iterator[StackState]:
    """The outcomes service on a PostgreSQL and a Kafka of its own, watched by its supervisor."""
    with _faulty(test_servers, failpoints, ("outcomes",)) as state:
        yield state


@pytest.fixture(scope="module")
def whole_failpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``failpoints``, for the stack with every service: the other one's process has the same name."""
    return tmp_path_factory.mktemp("whole-failpoints")


@pytest.fixture(scope="module")
def whole_faulty_stack(test_servers: Path, whole_failpoints: Path) -> Iterator[StackState]:
    """Every service, for the tests of one file."""
    with _faulty(test_servers, whole_failpoints, None) as state:
        yield state


@pytest.fixture
def outcomes(faulty_stack: StackState) -> Outcomes:
    """The outcomes service as the tests look at it."""
    return Outcomes(stack=faulty_stack)

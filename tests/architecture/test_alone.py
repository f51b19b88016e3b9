"""Services' tests also run where no other service is installed; this is where all are, so ``--alone`` is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.parent.name for folder in ROOT.glob("services/*/pyproject.toml"))


@pytest.mark.parametrize("service", ["people", "outcomes"])
def test_a_run_that_is_not_alone_fails_and_names_who_is_there(service: str) -> None:
    others = ", ".join(name for name in SERVICES if name != service)
    tests = str(ROOT / "services" / service / "tests")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", tests, "--collect-only", "--alone", service],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{service} is not alone: {others} can be imported" in done.stderr


def test_make_runs_every_service_alone() -> None:
    (named,) = (
        line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("SERVICES :=")
    )
    assert sorted(named.removeprefix("SERVICES :=").split()) == SERVICES

"""Ctrl-C ends the demo with everything that it started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from played import processes_of

_SECONDS = 120.0


def test_an_interrupt_in_the_middle_of_the_scenario_leaves_no_process_and_no_data(
    private_folder: Path,
) -> None:
    program = [str(Path(sys.executable).with_name("plumbline")), "demo", "--quarters", "1"]
    environment = {**os.environ, "PLUMBLINE_STATE": str(private_folder)}
    with subprocess.Popen(program, env=environment, stderr=subprocess.PIPE, start_new_session=True) as demo:
        deadline = time.monotonic() + _SECONDS
        while not list(private_folder.glob("demo-*/state.json")):
            assert demo.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert len(processes_of(private_folder)) > 5
        os.killpg(demo.pid, signal.SIGINT)
        _, said = demo.communicate(timeout=_SECONDS)
    assert demo.returncode == 130
    assert b"nothing is left running" in said
    assert processes_of(private_folder) == []
    assert list(private_folder.iterdir()) == []

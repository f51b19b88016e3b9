"""Whatever is killed, the rest goes on or nothing is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from plumbline_local import ports
from plumbline_local.child import Command, tail
from plumbline_local.ports import free_port
from plumbline_local.supervisor import Backoff, ServiceProcess, Supervisor

SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
OWNER = """
import sys, time
from pathlib import Path
from plumbline_local.child import Command
from plumbline_local.supervisor import ServiceProcess, Supervisor
supervisor = Supervisor()
for number in range(2):
    arguments = [sys.executable, "-c", "import time; time.sleep(600)"]
    log = Path(sys.argv[1]) / "child.log"
    supervisor.add(ServiceProcess(command=Command(name=str(number), arguments=arguments, log=log)))
time.sleep(float(sys.argv[2]))
print(*supervisor.pids().values(), flush=True)
supervisor.watch()
"""

OTHERS_PORT = """
import sys
from plumbline_local import ports
ports._RANGE = range(int(sys.argv[1]), int(sys.argv[1]) + 1)
try:
    print(ports.free_port())
except RuntimeError:
    print("none")
"""


def service(folder: Path, code: str, *, name: str = "dummy", patience: float = 5.0) -> ServiceProcess:
    arguments = [sys.executable, "-c", code]
    return ServiceProcess(
        command=Command(name=name, arguments=arguments, log=folder / f"{name}.log", patience=patience)
    )


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def killing_from_aside(action: Callable[[], None], supervisor: Supervisor) -> Generator[list[BaseException]]:
    """Run ``action`` beside the supervisor's loop, which ends after it; yields what went wrong in it."""
    errors: list[BaseException] = []

    def act() -> None:
        try:
            action()
        except BaseException as error:  # the main thread shows it
            errors.append(error)
        finally:
            supervisor.request_stop()

    thread = threading.Thread(target=act)
    thread.start()
    yield errors
    thread.join()


def test_a_killed_process_is_started_again_and_its_neighbour_left_alone(tmp_path: Path) -> None:
    pids: list[dict[str, int]] = []
    supervisor = Supervisor(backoff=Backoff(first=0.05), on_change=pids.append)
    supervisor.add(service(tmp_path, SLEEP, name="one"))
    supervisor.add(service(tmp_path, SLEEP, name="two"))
    before = supervisor.pids()

    def kill_one() -> None:
        os.kill(before["one"], signal.SIGKILL)
        assert eventually(lambda: len(pids) > 1)

    try:
        with killing_from_aside(kill_one, supervisor) as errors:
            supervisor.watch()
        assert not errors
        after = supervisor.pids()
        assert after["one"] != before["one"]
        assert after["two"] == before["two"]
        assert pids[-1] == after
    finally:
        supervisor.stop()
    assert eventually(lambda: gone(after["one"]) and gone(after["two"]))


def test_the_pause_before_a_restart_doubles_up_to_its_limit() -> None:
    backoff = Backoff(first=0.25, longest=10.0)
    assert [backoff.delay(n) for n in (1, 2, 3, 6, 7, 1000)] == [0.25, 0.5, 1.0, 8.0, 10.0, 10.0]


def test_a_process_that_always_dies_is_restarted_ever_more_slowly(tmp_path: Path) -> None:
    deaths: list[tuple[float, str]] = []
    restarts: list[float] = []
    looked = 0.0

    def note(event: str) -> None:
        if "again in" in event:
            deaths.append((looked, event.split("again in ")[1]))
        else:
            restarts.append(time.monotonic())

    def died_four_times() -> bool:
        nonlocal looked
        looked = time.monotonic()
        supervisor.look()
        return len(deaths) == 4

    supervisor = Supervisor(backoff=Backoff(first=0.1), on_event=note)
    try:
        supervisor.add(service(tmp_path, "raise SystemExit(1)"))
        assert eventually(died_four_times)
    finally:
        supervisor.stop()
    assert [pause for _, pause in deaths] == ["0.10 s", "0.20 s", "0.40 s", "0.80 s"]
    # However busy the machine is, nothing starts again before its pause is over.
    waited = [start - death for (death, _), start in zip(deaths[:3], restarts, strict=True)]
    assert all(seconds >= pause for seconds, pause in zip(waited, (0.1, 0.2, 0.4), strict=True))


@pytest.mark.parametrize("freeze", [False, True])
def test_what_does_not_listen_or_is_frozen_is_stopped_all_the_same(tmp_path: Path, freeze: bool) -> None:
    supervisor = Supervisor()
    part = service(tmp_path, DEAF, patience=0.3)
    supervisor.add(part)
    pid = part.pid
    assert pid is not None
    assert eventually(lambda: "deaf" in tail(part.command.log))
    if freeze:
        os.kill(pid, signal.SIGSTOP)
    supervisor.stop()
    assert gone(pid)


def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), "0"], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pids = [int(text) for text in owner.stdout.readline().split()]
        assert len(pids) == 2
        assert not any(gone(pid) for pid in pids)
        owner.kill()
    assert eventually(lambda: all(gone(pid) for pid in pids))


def test_a_port_in_use_is_not_given_out() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) != port
    assert free_port(port) == port


def test_a_port_is_given_out_once_before_anybody_listens_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(ports, "_RANGE", range(port, port + 1))
    with pytest.raises(RuntimeError, match="No free port"):
        free_port()
    other = subprocess.run(
        [sys.executable, "-c", OTHERS_PORT, str(port)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout == "none\n"
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as client:
        assert client.getpeername() == ("127.0.0.1", port)

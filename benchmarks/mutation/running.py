"""Runs the tests that execute a mutant's function, each mutant in a forked process of collected tests."""

import gc
import inspect
import json
import os
import resource
import select
import signal
import sys
import time
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from cProfile import Profile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from mutation.generating import Mutant
from mutation.loading import Replacing, code_named, compiled, forget, function_named, module_of

SURVIVED, KILLED, SAME, NEEDS_IMPORT = 0, 1, 2, 3
STATES = {SURVIVED: "survived", KILLED: "killed", SAME: "same"}
MEMORY = 6 << 30
# A mutant may take this many times what its tests took, and some seconds more, before it counts as endless.
PATIENCE, GRACE = 4, 4
NEEDS_A_SERVER = {"test_servers", "postgres", "kafka", "database"}
CLOCKS = {"perf_counter", "process_time", "monotonic"}
Report = Callable[[Mutant, str], None]


class Unsound(Exception):
    """The tests fail without a mutant, so nothing can be said about mutants."""


def in_a_fork(work: Callable[[], int], *, seconds: float, quiet: bool = True) -> int | None:
    """The exit status of ``work`` in a forked process; None if it was endless or ended by a signal."""
    pid = os.fork()
    if pid == 0:
        _run_and_leave(work, seconds, quiet=quiet)
    waiting = os.pidfd_open(pid)
    try:
        if not select.select([waiting], [], [], 15 * seconds + 30)[0]:
            os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(waiting)
    _, status = os.waitpid(pid, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else None


def _run_and_leave(work: Callable[[], int], seconds: float, *, quiet: bool) -> None:
    status = KILLED
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2) if quiet else ():
            os.dup2(nothing, stream)
        status = work()
    finally:
        os._exit(status)


@dataclass(slots=True, kw_only=True)
class Baseline:
    """What one test needs without a mutant: processor seconds, and the functions of the domain that it runs."""

    seconds: float
    functions: set[tuple[str, str]]


@dataclass(kw_only=True)
class WarmRun:
    """A pytest plugin: after the collection it forks once per test, then once per mutant."""

    service: str
    domain: Path
    mutants: Sequence[Mutant]
    report: Report
    at_import: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        gc.collect()
        gc.freeze()
        items = pure(session.items)
        baselines = {item: self._baseline(item) for item in items}
        everything = patience(baselines.values()) + 10
        sound = in_a_fork(lambda: self._try_anew(None, session, baselines), seconds=everything, quiet=False)
        if sound != SURVIVED:
            raise Unsound("the tests fail when they are collected a second time")
        for mutant in self.mutants:
            self.report(mutant, self._judge(mutant, session, baselines))
        return True

    def _baseline(self, item: pytest.Item) -> Baseline:
        reading, writing = os.pipe()

        def work() -> int:
            profile, begin = Profile(builtins=False), time.process_time()
            profile.enable()
            failed = run([item])
            profile.disable()
            found = {
                "seconds": time.process_time() - begin,
                "functions": sorted(places(profile, self.domain)),
            }
            with os.fdopen(writing, "w") as stream:
                json.dump(found, stream)
            return KILLED if failed else SURVIVED

        # Well below a pipe's buffer: a few hundred names at most.
        status = in_a_fork(work, seconds=300)
        os.close(writing)
        with os.fdopen(reading) as stream:
            text = stream.read()
        if status != SURVIVED:
            raise Unsound(f"{item.nodeid} fails without a mutant")
        answer = json.loads(text)
        return Baseline(seconds=answer["seconds"], functions={(a, b) for a, b in answer["functions"]})

    def _judge(
        self, mutant: Mutant, session: pytest.Session, baselines: Mapping[pytest.Item, Baseline]
    ) -> str:
        place = (str(mutant.path), mutant.function or "")
        chosen = sorted_by_cost(
            [item for item, known in baselines.items() if place in known.functions], baselines
        )
        status: int | None = NEEDS_IMPORT
        if chosen:
            seconds = patience(baselines[item] for item in chosen)
            status = in_a_fork(lambda: self._try(mutant, chosen), seconds=seconds)
        elif mutant.function and place not in self.at_import:
            return "uncovered"
        if status == NEEDS_IMPORT or (status == SURVIVED and place in self.at_import):
            seconds = patience(baselines.values()) + 10
            status = in_a_fork(lambda: self._try_anew(mutant, session, baselines), seconds=seconds)
        return "endless" if status is None else STATES[status]

    def _try(self, mutant: Mutant, items: Sequence[pytest.Item]) -> int:
        """Put the mutant's code into the function that is loaded."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        assert mutant.function
        new = code_named(compiled(mutant.source(), mutant.path), mutant.function)
        old = code_named(compiled(mutant.tree.code, mutant.path), mutant.function)
        if new is None or old is None:
            return NEEDS_IMPORT
        if new == old:
            return SAME
        function = function_named(sys.modules[module_of(mutant.path, self.service)], mutant.function)
        if function is None or function.__code__.co_freevars != new.co_freevars:
            return NEEDS_IMPORT
        function.__code__ = new
        return KILLED if run(items) else SURVIVED

    def _try_anew(
        self, mutant: Mutant | None, session: pytest.Session, baselines: Mapping[pytest.Item, Baseline]
    ) -> int:
        """Import the service and collect its tests anew, with the mutant's file if there is a mutant."""
        if mutant:
            if compiled(mutant.source(), mutant.path) == compiled(mutant.tree.code, mutant.path):
                return SAME
            sys.meta_path.insert(0, Replacing(mutant, self.service))
        forget(self.service, self.domain.parents[2])
        session.perform_collect(sorted({str(item.path) for item in baselines}))
        if session.testsfailed:
            return KILLED
        known = {item.nodeid: baseline for item, baseline in baselines.items()}
        near = {
            name
            for name, each in known.items()
            if mutant and str(mutant.path) in {a for a, _ in each.functions}
        }

        def order(item: pytest.Item) -> tuple[bool, float]:
            return item.nodeid not in near, known[item.nodeid].seconds

        return (
            KILLED
            if run(sorted((item for item in session.items if item.nodeid in known), key=order))
            else SURVIVED
        )


def patience(baselines: Iterable[Baseline]) -> float:
    """After how many processor seconds a mutant counts as endless."""
    return PATIENCE * sum(each.seconds for each in baselines) + GRACE


def sorted_by_cost(
    items: Sequence[pytest.Item], baselines: Mapping[pytest.Item, Baseline]
) -> list[pytest.Item]:
    return sorted(items, key=lambda item: baselines[item].seconds)


def run(items: Sequence[pytest.Item]) -> bool:
    """Whether a test fails; stops at the first."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        log = item.config.hook
        failures = _Failures()
        item.config.pluginmanager.register(failures)
        log.pytest_runtest_protocol(item=item, nextitem=following)
        item.config.pluginmanager.unregister(failures)
        if failures.any:
            print(f"{item.nodeid} fails", failures.text, flush=True)
            return True
    return False


class _Failures:
    def __init__(self) -> None:
        self.any = False
        self.text = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.any = self.any or report.failed
        self.text += report.longreprtext


def pure(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests that need no server and measure no time."""
    return [item for item in items if not _fixtures(item) & NEEDS_A_SERVER and not _names(item) & CLOCKS]


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _names(item: pytest.Item) -> set[str]:
    function = inspect.unwrap(getattr(item, "function", lambda: None))
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return set(inner.__code__.co_names)


def places(profile: Profile, domain: Path) -> set[tuple[str, str]]:
    """File and outermost function of each call inside the domain."""
    codes = [each.code for each in profile.getstats() if isinstance(each.code, types.CodeType)]
    return {
        (code.co_filename, code.co_qualname.split(".<locals>")[0])
        for code in codes
        if code.co_filename.startswith(f"{domain}/")
    }


def judge_all(
    mutants: Sequence[Mutant], *, service: str, domain: Path, arguments: Sequence[str], into: IO[str]
) -> None:
    """Judge all mutants; writes a line of JSON each."""

    def report(mutant: Mutant, state: str) -> None:
        into.write(json.dumps([mutant.name, state]) + "\n")
        into.flush()

    plugin = WarmRun(service=service, domain=domain, mutants=mutants, report=report)
    profile = Profile(builtins=False)
    collected = _Collected(profile, lambda: plugin.at_import.update(places(profile, domain)))
    profile.enable()
    status = pytest.main([*arguments], plugins=[plugin, collected])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise Unsound(f"pytest ended with {status}")


class _Collected:
    """A pytest plugin that stops listening to calls when the first collection is finished."""

    def __init__(self, profile: Profile, then: Callable[[], None]) -> None:
        self._profile = profile
        self._then: Callable[[], None] | None = then

    def pytest_collection_finish(self) -> None:
        self._profile.disable()
        if self._then:
            self._then()
        self._then = None

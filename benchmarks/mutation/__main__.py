"""Mutation testing of the services' domain packages, at the last commit, in a private copy of the tree."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from mutation.generating import Mutant, mutants_of
from mutation.running import Unsound, judge_all
from mutation.selecting import Options, choose, keep, selections
from mutation.table import PACKAGES, PARTS, Verdict, render

SERVICES = ("outcomes", "goals", "feedback", "people", "reviews", "calibration")
RESULTS = Path(".plumbline/mutants")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("services", nargs="*", default=SERVICES, metavar="SERVICE")
    parser.add_argument("--survivors", action="store_true", help="only what survived the last time")
    parser.add_argument(
        "--sample", type=int, help="at most so many mutants of a package or part, drawn with a fixed seed"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="a part: mutants whose name contains this (repeatable)"
    )
    parser.add_argument("--since", help="only mutants of lines that were changed after this commit")
    parser.add_argument("--into", type=Path, help="a page between whose markers the table is written")
    given = parser.parse_args()
    options = Options(
        survivors=given.survivors, sample=given.sample, only=tuple(given.only), since=given.since
    )
    results = RESULTS.resolve()
    page: Path | None = given.into and given.into.resolve()
    with tempfile.TemporaryDirectory(prefix="plumbline-mutants-") as folder:
        root = Path(folder)
        commit = copy_last_commit(root)
        prepare(root)
        measured = [
            file
            for service in given.services
            for file in measure(service, root, commit=commit, results=results, options=options)
        ]
    if page:
        render(measured, PARTS if options.only or options.since else PACKAGES, into=page)


def copy_last_commit(root: Path) -> str:
    """Unpack the tree of the last commit into ``root``; gives its short name."""
    archive = subprocess.run(["git", "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(root)], input=archive, check=True)
    shown = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    )
    return shown.stdout.strip()


def prepare(root: Path) -> None:
    """Import from the copy instead of the working tree, and let nothing depend on chance or on the clock."""
    sources = [str(each) for each in [*root.glob("*/src"), *root.glob("*/*/src")]]
    sys.path[:0] = sources
    sys.path[:] = [each for each in sys.path if each in sources or not each.endswith("/src")]
    os.environ |= {"PYTHONPATH": os.pathsep.join(sources), "COLUMNS": "120", "OPENBLAS_NUM_THREADS": "1"}
    settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


def measure(service: str, root: Path, *, commit: str, results: Path, options: Options) -> list[Path]:
    """Judge a service's mutants and keep the verdicts as lines of JSON, in the files that it names."""
    begin = time.monotonic()
    domain = root / "services" / service / "src" / service / "domain"
    everything = [each for path in sorted(domain.rglob("*.py")) for each in mutants_of(path, root=root)]
    asked = selections(service, everything, root=root, commit=commit, results=results, options=options)
    drawn = {each.name for selection in asked for each in choose(selection, options)}
    chosen = [each for each in everything if each.name in drawn]
    with chdir(root):
        states = judge(chosen, service, root, domain)
    verdicts = {each.name: verdict(each, states[each.name]) for each in chosen}
    for selection in asked:
        keep(selection, verdicts, commit=commit, options=options)
    survivors = [each for each in verdicts.values() if not each.killed]
    for each in survivors:
        print(f"{each.state:9} {each.name} line {each.line} {each.operator}: {each.before} → {each.after}")
    seconds = time.monotonic() - begin
    print(f"{service}: {len(survivors)} of {len(chosen)} survived in {seconds:.0f} s", flush=True)
    return [selection.file for selection in asked]


def judge(mutants: Sequence[Mutant], service: str, root: Path, domain: Path) -> dict[str, str]:
    """The state of each mutant by its name."""
    arguments = [f"services/{service}/tests", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    # hypothesis is imported before its plugin, to hold its settings.
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    found = root / f"{service}.found"
    pid = os.fork()
    if pid == 0:
        judge_and_leave(mutants, service, domain, arguments, found)
    if os.waitpid(pid, 0)[1]:
        print(found.with_suffix(".log").read_text()[-4000:], file=sys.stderr)
        raise SystemExit(f"the tests of {service} cannot be measured")
    return dict(json.loads(line) for line in found.read_text().splitlines())


def judge_and_leave(
    mutants: Sequence[Mutant], service: str, domain: Path, arguments: Sequence[str], found: Path
) -> None:
    log = os.open(found.with_suffix(".log"), os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)  # pytest's own words
    try:
        with found.open("w") as stream:
            judge_all(mutants, service=service, domain=domain, arguments=arguments, into=stream)
    except Unsound as unsound:
        print(unsound, file=sys.stderr, flush=True)
        os._exit(1)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def verdict(mutant: Mutant, state: str) -> Verdict:
    return Verdict(
        name=mutant.name,
        state=state,
        line=mutant.line,
        operator=mutant.operator,
        before=mutant.before,
        after=mutant.after,
    )


if __name__ == "__main__":
    main()

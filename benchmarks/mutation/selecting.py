"""Which mutants a run judges, and where its verdicts are kept: a package, files of it, or what changed in it."""

import random
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutation.generating import Mutant
from mutation.table import Verdict, read_verdicts, write_verdicts

# Another one after tests were written for survivors: on the sample that taught them a score says nothing.
SEED = 20262
CHANGED = re.compile(r"^@@ .*\+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which mutants of a package are judged; ``only`` names parts of it, ``since`` narrows to changed lines."""

    survivors: bool
    sample: int | None
    only: tuple[str, ...]
    since: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The mutants of a line of a table, and the file that keeps the verdicts on them."""

    name: str
    mutants: Sequence[Mutant]
    file: Path


def selections(
    service: str, everything: Sequence[Mutant], *, root: Path, commit: str, results: Path, options: Options
) -> list[Selection]:
    """The whole package, or parts of it, whose verdicts never enter the package's draw."""
    if not options.only and not options.since:
        return [Selection(name=f"{service}.domain", mutants=everything, file=results / f"{service}.jsonl")]
    if options.since:
        files = {each.path: str(each.path.relative_to(root)) for each in everything}
        lines = {
            path: changed_lines(file, since=options.since, commit=commit) for path, file in files.items()
        }
        everything = [each for each in everything if each.line in lines[each.path]]
    changed = f", lines since {options.since}" if options.since else ""
    parts = {f"{service}: {only}{changed}": only for only in options.only}
    parts = parts or {f"{service}.domain{changed}": ""}
    found = {name: [each for each in everything if only in each.name] for name, only in parts.items()}
    return [
        Selection(
            name=name, mutants=mutants, file=results / "parts" / re.sub(r"[^\w.]+", "-", f"{name}.jsonl")
        )
        for name, mutants in found.items()
        if mutants
    ]


def changed_lines(file: str, *, since: str, commit: str) -> set[int]:
    """The lines of a file of ``commit`` that stand otherwise, or not at all, in the commit ``since``."""
    command = ["git", "diff", "--unified=0", since, commit, "--", file]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [match for match in map(CHANGED.match, shown.splitlines()) if match]
    starts = [(int(each[1]), int(each[2] or 1)) for each in found]
    return {line for start, count in starts for line in range(start, start + count)}


def choose(selection: Selection, options: Options) -> list[Mutant]:
    """All of a selection, or what survived the last time, or a draw."""
    chosen = list(selection.mutants)
    if options.survivors:
        known = read_verdicts(selection.file)
        chosen = [each for each in chosen if each.name in known and not known[each.name].killed]
    if options.sample is not None and options.sample < len(chosen):
        drawn = set(random.Random(SEED).sample(range(len(chosen)), options.sample))
        chosen = [each for index, each in enumerate(chosen) if index in drawn]
    return chosen


def keep(selection: Selection, verdicts: Mapping[str, Verdict], *, commit: str, options: Options) -> None:
    """Write the verdicts on a selection; those on survivors go among the ones that are known."""
    names = {each.name for each in selection.mutants}
    known = read_verdicts(selection.file) if options.survivors else {}
    kept = {name: each for name, each in {**known, **verdicts}.items() if name in names}
    write_verdicts(
        selection.file,
        kept,
        name=selection.name,
        commit=commit,
        of=len(names),
        sampled=options.sample,
    )

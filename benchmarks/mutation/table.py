"""The verdicts on mutants, kept as lines of JSON, and the table that a page shows of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path

# What stands before and after a table in a page; a run judges packages, or parts of them.
PACKAGES = ("<!-- measured by make mutants: begin -->", "<!-- measured by make mutants: end -->")
PARTS = ("<!-- measured parts: begin -->", "<!-- measured parts: end -->")
HEAD = (
    "| measured | commit | mutants | judged | killed | endless | survived | not run by a test | score |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|",
)
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant: killed, endless (which counts as killed), survived, uncovered, or same."""

    name: str
    state: str
    line: int
    operator: str
    before: str
    after: str

    @property
    def killed(self) -> bool:
        return self.state in ("killed", "endless", "same")


def write_verdicts(
    path: Path, verdicts: Mapping[str, Verdict], *, name: str, commit: str, of: int, sampled: int | None
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {"name": name, "commit": commit, "of": of, "sampled": sampled}
    lines = [json.dumps(each, ensure_ascii=False) for each in [head, *map(asdict, verdicts.values())]]
    path.write_text("\n".join(lines) + "\n")


def read_verdicts(path: Path) -> dict[str, Verdict]:
    lines = path.read_text().splitlines()[1:] if path.exists() else []
    verdicts = [Verdict(**json.loads(line)) for line in lines]
    return {each.name: each for each in verdicts}


def render(measured: Sequence[Path], markers: tuple[str, str], *, into: Path) -> None:
    """Write lines of the table between the page's markers; a line that was not measured now stays as it is."""
    begin, end = markers
    before, rest = into.read_text().split(begin)
    old, after = rest.split(end)
    rows = {line.split("|")[1]: line for line in old.splitlines()[3:]}
    rows |= {line.split("|")[1]: line for line in map(row, measured)}
    into.write_text("\n".join([f"{before}{begin}", *HEAD, *rows.values(), f"{end}{after}"]))


def row(path: Path) -> str:
    """A line of the table."""
    head = json.loads(path.read_text().splitlines()[0])
    states = [each.state for each in read_verdicts(path).values() if each.state != "same"]
    killed, endless, survived, uncovered = map(states.count, ("killed", "endless", "survived", "uncovered"))
    share = (killed + endless) / len(states)
    shown = f"{100 * share:.1f} %"
    if len(states) < 0.9 * head["of"]:
        low, high = wilson(share, len(states))
        shown += f" ({100 * low:.1f}–{100 * high:.1f})"
    cells = (f"`{head['name']}`", f"`{head['commit']}`", head["of"], len(states))
    return "| " + " | ".join(map(str, (*cells, killed, endless, survived, uncovered, shown))) + " |"


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share of ``n`` draws."""
    centre, width = share + Z95**2 / (2 * n), Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return (centre - width) / (1 + Z95**2 / n), (centre + width) / (1 + Z95**2 / n)

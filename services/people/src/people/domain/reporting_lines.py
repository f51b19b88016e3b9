"""Who may report to whom: every manager is known, and nobody reports to oneself through any chain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from people.domain.person import BadRow, Entry

COLUMNS = ("manager_id", "dotted_line_manager_id")
_IN_THIS_FILE = "Correct the manager's own row, which is rejected, and import both."
_UNKNOWN = "Name somebody who has a row in the file or was imported before."
Rows = Mapping[str, Entry]
Managers = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The rows that go in, and those that do not with their reasons."""

    accepted: tuple[Entry, ...]
    rejected: tuple[BadRow, ...]


def settle_reporting_lines(
    entries: Sequence[Entry], *, stored: Managers, rejected_already: Collection[str] = ()
) -> Settled:
    """Take out the rows whose manager is unknown and those that stand in a cycle, until neither is left.

    ``stored`` gives the manager of everybody who is known already; a rejected row leaves it as it was, so
    that afterwards no manager is unknown and no chain of managers comes back to where it began. A good row
    whose manager is new and whose manager's row is bad goes out with it. ``rejected_already`` are people
    whose rows other rules refused. No two entries tell of the same person.
    """
    rows = {entry.person.person_id: entry for entry in entries}
    refused = set(rejected_already)
    rejected: list[BadRow] = []
    while True:
        found = find_unknown_managers(rows, stored=stored, refused=refused) or find_cycles(
            rows, stored=stored
        )
        if not found:
            return Settled(accepted=tuple(rows.values()), rejected=tuple(rejected))
        rejected += found.values()
        refused.update(found)
        rows = {person_id: entry for person_id, entry in rows.items() if person_id not in found}


def find_unknown_managers(rows: Rows, *, stored: Managers, refused: set[str]) -> dict[str, BadRow]:
    """The rows, by person, with a manager who is neither stored nor in a row that goes in."""
    reports: dict[str, list[tuple[str, str]]] = {}
    for person_id, entry in rows.items():
        for column in COLUMNS:
            manager: str | None = getattr(entry.person, column)
            if manager is not None and manager not in stored:
                reports.setdefault(manager, []).append((person_id, column))
    found: dict[str, BadRow] = {}
    unknown = [manager for manager in reports if manager not in rows]
    while unknown:
        manager = unknown.pop()
        for person_id, column in reports.get(manager, ()):
            if person_id not in found:
                in_file = manager in rows or manager in refused
                fix = _IN_THIS_FILE if in_file else _UNKNOWN
                found[person_id] = BadRow(line=rows[person_id].line, column=column, value=manager, fix=fix)
                unknown.append(person_id)
    return found


def find_cycles(rows: Rows, *, stored: Managers) -> dict[str, BadRow]:
    """The rows, by person, of those who would report to themselves through a chain of managers."""
    managers = {**stored, **{person_id: entry.person.manager_id for person_id, entry in rows.items()}}
    found: dict[str, BadRow] = {}
    for cycle in cycles_of(managers):
        fix = explain_cycle(cycle)
        for person_id in cycle:
            if person_id in rows:
                value = managers[person_id] or ""
                found[person_id] = BadRow(
                    line=rows[person_id].line, column="manager_id", value=value, fix=fix
                )
    return found


def cycles_of(managers: Managers) -> list[tuple[str, ...]]:
    """Every cycle in a mapping from people to their managers, each once, along the chain of managers."""
    settled: set[str] = set()
    cycles: list[tuple[str, ...]] = []
    for start in managers:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in settled and at not in path:
            path[at] = len(path)
            at = managers.get(at)
        if at is not None and at in path:
            cycles.append(tuple(path)[path[at] :])
        settled.update(path)
    return cycles


def explain_cycle(cycle: Sequence[str]) -> str:
    """What to do about a cycle; a long one is shortened."""
    if len(cycle) == 1:
        return "Nobody manages oneself; leave the cell empty at the top."
    shown = cycle if len(cycle) <= 5 else (*cycle[:4], "…")
    return f"Break the cycle {' → '.join([*shown, *cycle[:1]])}: one of them reports to somebody else."

"""The rules of recorded leave: spans of days that do not overlap for one person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from people.domain.person import BadRow


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Days away, first and last day included."""

    starts_on: date
    ends_on: date
    unpaid: bool
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveEntry:
    """A readable row of a leave file."""

    line: int
    person_id: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLeave:
    """The rows that go in, the rejected ones, and the complete leave of each person whose leave changes."""

    accepted: tuple[LeaveEntry, ...]
    rejected: tuple[BadRow, ...]
    changed: Mapping[str, tuple[Span, ...]]


Stored = Mapping[str, tuple[Span, ...]]


def settle_leave(
    entries: Sequence[LeaveEntry],
    *,
    stored: Stored,
    known: Collection[str],
    snapshot: bool,
    mentioned: Collection[str],
) -> SettledLeave:
    """Merge a leave file into what is recorded.

    A row replaces the stored span with the same first day; other stored spans stay, unless the file is a
    full snapshot. People in ``mentioned`` whose rows were rejected keep what is stored, even then. All rows
    of a person whose spans overlap are bad.
    """
    rejected = [reject_unknown_person(entry) for entry in entries if entry.person_id not in known]
    rows: dict[str, list[LeaveEntry]] = {}
    for entry in entries:
        if entry.person_id in known:
            rows.setdefault(entry.person_id, []).append(entry)
    told: dict[str, tuple[Span, ...]] = {}
    for person_id, found in rows.items():
        kept = () if snapshot else stored.get(person_id, ())
        spans = merge_spans(kept, [entry.span for entry in found])
        if len({entry.span.starts_on for entry in found}) < len(found) or overlap(spans):
            rejected += [reject_overlap(entry) for entry in found]
        else:
            told[person_id] = spans
    gone = {person_id: () for person_id in stored if snapshot and person_id not in mentioned}
    return SettledLeave(
        accepted=tuple(entry for entry in entries if entry.person_id in told),
        rejected=tuple(rejected),
        changed={key: spans for key, spans in {**gone, **told}.items() if spans != stored.get(key, ())},
    )


def merge_spans(stored: Sequence[Span], told: Sequence[Span]) -> tuple[Span, ...]:
    """Stored and told spans in the order of their first days; a told one replaces a stored one of its day."""
    return tuple(sorted({span.starts_on: span for span in (*stored, *told)}.values()))


def overlap(spans: Sequence[Span]) -> bool:
    """Whether two of these spans, in the order of their first days, share a day."""
    return any(later.starts_on <= earlier.ends_on for earlier, later in pairwise(spans))


def reject_unknown_person(entry: LeaveEntry) -> BadRow:
    """Leave is recorded for people who were imported."""
    fix = "Import this person first; leave is recorded for known people only."
    return BadRow(line=entry.line, column="employee_id", value=entry.person_id, fix=fix)


def reject_overlap(entry: LeaveEntry) -> BadRow:
    """A person is away once on any day."""
    fix = (
        "Give this person spans that share no day with each other or with recorded ones "
        "(a full snapshot replaces what is recorded)."
    )
    return BadRow(line=entry.line, column="starts_on", value=str(entry.span.starts_on), fix=fix)

"""Effective dating: which salary holds on which day, corrections, and the retroactive difference."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.eligibility import days_of_year
from outcomes.domain.rules.money import round_half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryStatement:
    """One entry of the append-only record: from ``start`` up to but not on ``end`` the salary is this.

    ``sequence`` counts the entries of a person from 1; ``end`` None: until further notice. Annual, minor units.
    """

    sequence: int
    start: date
    end: date | None
    salary: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryInterval:
    """A half-open interval [start, end) of the timeline and the statement that holds in it."""

    start: date
    end: date | None
    salary: int
    sequence: int


def salary_timeline(statements: Iterable[SalaryStatement]) -> tuple[SalaryInterval, ...]:
    """Non-overlapping intervals in order of time: where statements overlap, the later one supersedes.

    Nothing is edited: the statements stay as they were, and the timeline is derived from them.

    Raises:
        Rejected: ``interval_empty`` when a statement ends before it begins or on the same day.
    """
    timeline: tuple[SalaryInterval, ...] = ()
    for each in sorted(statements, key=lambda statement: statement.sequence):
        if each.end is not None and each.end <= each.start:
            raise Rejected("interval_empty", "an interval ends after the day on which it begins")
        fresh = SalaryInterval(start=each.start, end=each.end, salary=each.salary, sequence=each.sequence)
        kept = [part for old in timeline for part in remains_beside(old, fresh)]
        timeline = tuple(sorted([*kept, fresh], key=lambda interval: interval.start))
    return timeline


def remains_beside(old: SalaryInterval, fresh: SalaryInterval) -> Iterator[SalaryInterval]:
    """The parts of an interval that a fresh one leaves: before it, after it, both or neither."""
    before_end = fresh.start if old.end is None else min(old.end, fresh.start)
    if old.start < before_end:
        yield SalaryInterval(start=old.start, end=before_end, salary=old.salary, sequence=old.sequence)
    if fresh.end is None:
        return
    after_start = max(old.start, fresh.end)
    if old.end is None or after_start < old.end:
        yield SalaryInterval(start=after_start, end=old.end, salary=old.salary, sequence=old.sequence)


def salary_on(timeline: Sequence[SalaryInterval], day: date) -> int | None:
    """The annual salary in minor units that holds on a day; None where no interval covers it."""
    for interval in timeline:
        if interval.start <= day and (interval.end is None or day < interval.end):
            return interval.salary
    return None


def retroactive_difference(
    before: Sequence[SalaryInterval], after: Sequence[SalaryInterval], *, start: date, end: date
) -> int:
    """What a correction owes for the days [start, end): pay by the new timeline minus pay by the old.

    A day's pay is the annual salary over the days of its year. Minor units, rounded half-up once; negative
    when the correction lowers the pay.
    """
    return round_half_up(pay_between(after, start=start, end=end) - pay_between(before, start=start, end=end))


def pay_between(timeline: Sequence[SalaryInterval], *, start: date, end: date) -> Fraction:
    """The exact pay for the days [start, end), in minor units."""
    total = Fraction(0)
    for interval in timeline:
        first, last = max(start, interval.start), min(end, interval.end or end)
        for year in range(first.year, last.year + 1):
            opens, closes = max(first, date(year, 1, 1)), min(last, date(year + 1, 1, 1))
            if opens < closes:
                total += Fraction(interval.salary * (closes - opens).days, days_of_year(year))
    return total

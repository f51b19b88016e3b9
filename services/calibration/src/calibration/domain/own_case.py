"""What somebody may learn of a group in which the own case lies, whose rating nobody has told them yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from calibration.domain.checks import CheckPolicy, CheckResult, On, Period, RatedPerson, run_grouped_checks
from calibration.domain.checks.run import KINDS
from calibration.domain.guideline import RATINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and whether the cycle's results are released, so that the own final rating is no secret any more."""

    person_id: str
    released: bool


def is_released(released_on: date | None, *, on: date) -> bool:
    """From the day of the release on everybody may know the own final rating."""
    return released_on is not None and released_on <= on


def run_checks_without_own(
    people: Sequence[RatedPerson], own: str, *, period: Period, policy: CheckPolicy, on: On
) -> list[CheckResult]:
    """The checks as somebody may know them who is one of the people: no answer depends on the own rating.

    The own case is left out. Of the final ratings, a flag that some own rating would raise stands among them as a flag,
    with the supposed rating in its sentence: so whoever has to justify every flag can do so without learning which of
    them are real, and every real one is among them.
    """
    others = [person for person in people if person.employee_id != own]
    results = run_grouped_checks(others, period=period, policy=policy, on=on)
    if on != "final":
        return list(results)
    return add_supposed_flags(
        results,
        [
            (rating, run_grouped_checks(supposed, period=period, policy=policy, on=on))
            for rating in RATINGS
            if (supposed := suppose(people, own, rating))
        ],
    )


def suppose(people: Sequence[RatedPerson], own: str, rating: int) -> list[RatedPerson]:
    """The same people with another rating of one of them."""
    return [replace(each, rating=rating) if each.employee_id == own else each for each in people]


def add_supposed_flags(
    results: Sequence[CheckResult], supposed: Sequence[tuple[int, Sequence[CheckResult]]]
) -> list[CheckResult]:
    """The results, with the flags of the supposed own ratings in place of what they say of the same subjects."""
    flagged = {(each.check, subject) for each in results if each.state == "flag" for subject in each.subjects}
    kept = [each for each in results if each.state == "flag"]
    for rating, found in supposed:
        for each in found:
            new = [subject for subject in each.subjects if (each.check, subject) not in flagged]
            if each.state == "flag" and new:
                flagged |= {(each.check, subject) for subject in new}
                said = f"Supposing that your own case is rated {rating}: {each.sentence}"
                kept.append(replace(each, subject=new[0], others=tuple(new[1:]), sentence=said))
    for each in results:
        left = [subject for subject in each.subjects if (each.check, subject) not in flagged]
        if left:
            kept.append(replace(each, subject=left[0], others=tuple(left[1:])))
    order = list(KINDS)
    return sorted(kept, key=lambda each: order.index(each.check))

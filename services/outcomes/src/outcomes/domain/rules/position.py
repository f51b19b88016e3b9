"""Where a salary stands in its range, judged on the annual full-time salary."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import ANY_LOCATION, SalaryRange

RangeKey = tuple[str, str, str]


def salary_range_of(
    ranges: Mapping[RangeKey, SalaryRange], *, level: str, location: str, currency: str
) -> SalaryRange | None:
    """The range of a level at a location in a currency; the location ``*`` serves where none is named.

    None when the policy names no such range: a range is never invented, and neither converted.
    """
    return ranges.get((level, location, currency)) or ranges.get((level, ANY_LOCATION, currency))


def index_ranges(ranges: Iterable[SalaryRange]) -> dict[RangeKey, SalaryRange]:
    """The ranges by level, location and currency.

    Raises:
        Rejected: ``range_empty`` when a maximum is not above its minimum, ``range_twice``.
    """
    found: dict[RangeKey, SalaryRange] = {}
    for each in ranges:
        key = (each.level, each.location, each.currency)
        if not 0 <= each.minimum < each.maximum:
            raise Rejected("range_empty", f"the maximum of {' '.join(key)} must be above its minimum")
        if key in found:
            raise Rejected("range_twice", f"the range of {' '.join(key)} stands there twice")
        found[key] = each
    return found


def compa_ratio(salary: int, salary_range: SalaryRange) -> Fraction:
    """Salary over the range's midpoint; 1 is the midpoint."""
    return Fraction(2 * salary, salary_range.minimum + salary_range.maximum)


def range_penetration(salary: int, salary_range: SalaryRange) -> Fraction:
    """(salary − minimum) / (maximum − minimum); below 0 and above 1 outside the range."""
    return Fraction(salary - salary_range.minimum, salary_range.maximum - salary_range.minimum)


def range_quartile(salary: int, salary_range: SalaryRange) -> int:
    """Penetration [0, ¼) is 1, [¼, ½) 2, [½, ¾) 3, from ¾ on 4; below the range counts as 1."""
    width = salary_range.maximum - salary_range.minimum
    return 1 + min(3, max(0, 4 * (salary - salary_range.minimum) // width))

"""Pay changes: what payroll has to hear of an approved award."""

from typing import NamedTuple


class Pay(NamedTuple):
    """What a cycle makes of somebody's pay: the annual full-time salary, and what is paid once; minor units."""

    salary: int
    lump_sum: int


def pay_changes(approved: Pay, *, salary: int, told: Pay | None) -> bool:
    """Whether payroll holds anything else than what is approved.

    It holds what it was told last in the cycle, and before that the ``salary`` that the award was computed from.
    So a correction down to nothing is told where an award was, and an award of nothing is not where none was.
    """
    return approved != (Pay(salary=salary, lump_sum=0) if told is None else told)

"""Exceptions to the matrix: what each must state, and how many there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ExceptionKind(StrEnum):
    """Why an award departs from the rule."""

    HIGH_PERFORMER_IN_UNDERPERFORMING_UNIT = "high_performer_in_underperforming_unit"
    OFF_MATRIX = "off_matrix"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardException:
    """One departure from the rule, with its reason, approver and context."""

    kind: ExceptionKind
    reason: str
    approver: str
    context: str


def exception_lacks(exception: AwardException) -> tuple[str, ...]:
    """Which of reason, approver and context an exception leaves out; empty when it may stand."""
    stated = (
        ("reason", exception.reason),
        ("approver", exception.approver),
        ("context", exception.context),
    )
    return tuple(name for name, text in stated if not text.strip())


def count_exceptions(exceptions: Iterable[AwardException]) -> dict[ExceptionKind, int]:
    """How many exceptions of each kind a cycle has, kinds without any included."""
    found = Counter(each.kind for each in exceptions)
    return {kind: found[kind] for kind in ExceptionKind}

"""What somebody may learn of a group whose cases they may not read: nothing that gives a rating away."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from calibration.domain.checks import CheckResult
from calibration.domain.rules import MINIMUM_GROUP, State, group_is_too_small

Tally = Mapping[tuple[int, int], int]
"""(proposed rating, rating as it stands) → people."""
K = TypeVar("K")
NOT_OF_RATINGS = "recency"
TELLS_EVERYBODYS = "no_differentiation"
"""A flag of it says that everybody is rated 3."""
SHORT: Mapping[State, str] = {
    "insufficient_data": "Not judged.",
    "clear": "No flag.",
    "flag": "A flag: a named person has to justify it.",
    "justified": "A flag that a named person has justified.",
}
NOT_SHOWN = f"fewer than {MINIMUM_GROUP} people, or all of them rated alike"


def may_be_counted(tally: Tally) -> bool:
    """Whether a session's counts may be shown to who may not read its cases: five people, not all rated alike.

    Source: "a proposed rating before release never reaches a person who has no right".
    """
    proposed, current = {before for before, _ in tally}, {now for _, now in tally}
    return not group_is_too_small(sum(tally.values())) and len(proposed) > 1 and len(current) > 1


def leave_small_out(tallies: Mapping[K, Tally], *, known: Iterable[K]) -> dict[K, Tally]:
    """The sessions of which somebody reads counts: those whose cases they may read, and those that may be counted.

    Every total is made of these alone. So no total minus other ones, and no total minus what it was before another
    session opened, gives a session away that is left out.
    """
    kept = frozenset(known)
    return {key: tally for key, tally in tallies.items() if key in kept or may_be_counted(tally)}


def states_only(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The checks as somebody may know them who may not read the cases: states, without a number to count back from.

    Nothing of teams under five people, nor whether everybody of a manager is rated 3. Recency is about dates.
    """
    return [each if each.check == NOT_OF_RATINGS else _state_of(each) for each in results if not _tells(each)]


def _tells(result: CheckResult) -> bool:
    small = result.kind == "threshold" and any(n is None or group_is_too_small(n) for n in result.n.values())
    return small or result.check == TELLS_EVERYBODYS


def _state_of(result: CheckResult) -> CheckResult:
    return replace(
        result,
        statistic=None,
        effect=None,
        p_value=None,
        p_mid=None,
        p_adjusted=None,
        standard_error=None,
        four_fifths=None,
        heterogeneity_p=None,
        levels=(),
        # That nobody has a top rating would be a reason, too.
        reason=None if result.reason is None else "too little to judge by",
        sentence=SHORT[result.state],
    )

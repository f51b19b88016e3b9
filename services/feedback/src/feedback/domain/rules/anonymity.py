"""What of anonymous answers may be shown, and how coarsely."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import TypeVar

from feedback.domain.rules.isolation import isolates_fewer_than

LOWEST_SCORE = Fraction(1)
HIGHEST_SCORE = Fraction(5)
BAND = Fraction(1, 2)

T = TypeVar("T")


class Reason(StrEnum):
    """Why a group is suppressed."""

    TOO_FEW = "too_few"
    DIFFERENCING = "differencing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymityPolicy:
    """Fewest responses before something is shown; fixed once a round opens. *Policy*, save the distribution's."""

    scores_from: int = 3
    verbatims_from: int = 5
    distribution_from: int = 5


DEFAULT_ANONYMITY = AnonymityPolicy()


def respondents_who_count(group: Collection[str], *, readers: Collection[str]) -> frozenset[str]:
    """Without those who may read the result: they know their own answer and hide nobody."""
    return frozenset(group) - frozenset(readers)


def reasons_for_suppression(
    groups: Mapping[str, Collection[str]],
    *,
    threshold: int,
    readers: Collection[str] = (),
    published_before: Sequence[Collection[str]] = (),
) -> dict[str, Reason | None]:
    """For every group why it is suppressed, or ``None`` when it is shown.

    Groups are taken from the largest to the smallest (ties by name), and one is shown when it holds at least
    ``threshold`` respondents and isolates no fewer together with all that is shown already, earlier rounds included
    (a person counts as the same in every round). So the smaller group is suppressed, the next smallest with it where
    needed, and no suppressed group could be added back. Source: domain rules, Feedback, "anonymity" and
    "no differencing".
    """
    counted = {name: respondents_who_count(group, readers=readers) for name, group in groups.items()}
    shown = [respondents_who_count(group, readers=readers) for group in published_before]
    reasons: dict[str, Reason | None] = {}
    for name in sorted(counted, key=lambda each: (-len(counted[each]), each)):
        if len(counted[name]) < threshold:
            reasons[name] = Reason.TOO_FEW
        elif isolates_fewer_than(threshold, groups=[*shown, counted[name]]):
            reasons[name] = Reason.DIFFERENCING
        else:
            reasons[name] = None
            shown.append(counted[name])
    return {name: reasons[name] for name in groups}


def half_point_band(scores: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The band of half a point on the scale 1 to 5 that holds the mean: low ≤ mean < high, 5 in the last band.

    Source: domain rules, Feedback, "published means".

    Raises:
        ValueError: there is no score, or one lies outside 1 to 5.
    """
    if not scores or not all(LOWEST_SCORE <= score <= HIGHEST_SCORE for score in scores):
        raise ValueError("a band needs scores from 1 to 5")
    mean = sum(scores, Fraction(0)) / len(scores)
    low = min(floor(mean / BAND) * BAND, HIGHEST_SCORE - BAND)
    return low, low + BAND


def shuffled(items: Mapping[str, T], *, seed: str, label: str) -> tuple[T, ...]:
    """The values in an order that depends on the round's secret seed and the label alone, never on arrival.

    Another label (another question) gives another order, so that one person's answers cannot be matched by place.
    The seed must be unguessable: whoever knows it and the keys knows the order.
    """
    ordered = sorted(items, key=lambda key: sha256(f"{seed}\0{label}\0{key}".encode()).digest())
    return tuple(items[key] for key in ordered)

"""Money and consequences of ratings as the rules say them, worked out without the product's code."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

HALF = Fraction(1, 2)


class Claim(NamedTuple):
    """What a pool owes somebody at least and at most, in cents."""

    floor: int
    guideline: int


class Follows(NamedTuple):
    """One consequence of a rating, and what tells it from another of its kind."""

    component: str
    state: str
    told: object


ASSIGNMENT = Follows("assignment", "offered", "stretch_assignment")
PROMOTION = Follows("promotion_case", "open", "L5")
NINETY_DAYS = Follows("development_plan", "draft", "ninety_day")
EVERY_ITEM = (
    "two_contemporaneous_concerns",
    "delivered_and_acknowledged",
    "fourteen_days_apart",
    "first_thirty_days_before_proposal",
    "resource_offered",
    "hr_attestation",
)
OF_RATING: Mapping[str, tuple[Follows, ...]] = {
    "5": (ASSIGNMENT, Follows("equity", "granted", 4500), PROMOTION),
    "4": (ASSIGNMENT, Follows("equity", "granted", 3000)),
    "3": (Follows("development_plan", "draft", "growth"),),
    "2": (NINETY_DAYS,),
}
OF_RATING_1: Mapping[tuple[bool, bool], tuple[Follows, ...]] = {
    (True, True): (Follows("pip", "proposed", ()),),
    (True, False): (Follows("pip", "refused", ("hr_attestation",)), NINETY_DAYS),
    (False, True): (Follows("pip", "refused", EVERY_ITEM[:-1]), NINETY_DAYS),
    (False, False): (Follows("pip", "refused", EVERY_ITEM), NINETY_DAYS),
}


def follows(rating: str, *, documented: bool, attested: bool) -> tuple[Follows, ...]:
    """Everything but merit that a rating leads to; evidence and attestation count for the lowest one."""
    return OF_RATING_1[documented, attested] if rating == "1" else OF_RATING[rating]


def shared(claims: Mapping[str, Claim], budget: int) -> dict[str, int]:
    """Everybody's award in cents: floors, a share of what lies above them, the rest by largest remainder."""
    floors = sum(claim.floor for claim in claims.values())
    above = sum(claim.guideline for claim in claims.values()) - floors
    factor = min(Fraction(1), Fraction(budget - floors, above)) if above else Fraction(1)
    exact = {person: floor + factor * (most - floor) for person, (floor, most) in claims.items()}
    awards = {person: int(amount) for person, amount in exact.items()}
    owed = sorted(exact, key=lambda person: (awards[person] - exact[person], person))
    for person in owed[: min(budget, floors + above) - sum(awards.values())]:
        awards[person] += 1
    return awards


def half_up(amount: Fraction) -> int:
    """Whole cents of an amount that is not negative."""
    return int(amount + HALF)

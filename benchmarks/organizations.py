"""Made-up organizations whose unfairness is known: fair ones, and ones with a planted difference."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import exp

from calibration.domain.checks import Period, RatedPerson
from outcomes.domain.pay_gap import PaidPerson

TEAM = 7
SHARES = {5: 7.5, 4: 25.0, 3: 55.0, 2: 10.0, 1: 2.5}
"""Percent of people by rating in a fair organization: inside the guideline of domain rules."""
WOMEN, MEAN_TENURE_MONTHS = 0.4, 30
PERIOD = Period(start=date(2026, 7, 1), end=date(2026, 9, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is unfair in an organization: odds of a top rating are multiplied for women and for new hires.

    ``recent_odds`` multiplies the odds that an evidence event of every fifth person falls into the last 14 days;
    ``lenient`` adds a rating point to everybody in the first team; ``women_pay`` multiplies women's salaries.
    """

    women_odds: float = 1.0
    new_hire_odds: float = 1.0
    recent_odds: float = 1.0
    lenient: bool = False
    women_pay: float = 1.0


FAIR = World()
PLANTED = frozenset({"m0000", *(f"e{index:05}" for index in range(0, 2000, 5))})
"""The team that is rated higher where ``lenient`` is planted, and whose evidence is recent under ``recent_odds``."""


def shift_top_box(odds: float) -> dict[int, float]:
    """The shares with the odds of 4–5 multiplied; each side keeps its inner proportions."""
    top = (SHARES[4] + SHARES[5]) / 100
    shifted = odds * top / (1 - top + odds * top)
    scale = {True: shifted / top, False: (1 - shifted) / (1 - top)}
    return {rating: share * scale[rating >= 4] for rating, share in SHARES.items()}


def rate(draw: random.Random, odds: float) -> int:
    shares = shift_top_box(odds)
    return draw.choices(list(shares), weights=list(shares.values()))[0]


def make_evidence(draw: random.Random, odds: float) -> tuple[date, ...]:
    recent = 14 / PERIOD.days
    recent = odds * recent / (1 - recent + odds * recent)
    before = PERIOD.days - 14
    return tuple(
        PERIOD.start
        + timedelta(days=before + draw.randrange(14) if draw.random() < recent else draw.randrange(before))
        for _ in range(draw.randint(8, 16))
    )


def make_person(draw: random.Random, index: int, world: World) -> RatedPerson:
    gender = "F" if draw.random() < WOMEN else "M"
    tenure = min(240, int(draw.expovariate(1 / MEAN_TENURE_MONTHS)))
    odds = (world.women_odds if gender == "F" else 1.0) * (world.new_hire_odds if tenure < 12 else 1.0)
    manager = f"m{index // TEAM:04}"
    rating = rate(draw, odds)
    raised = world.lenient and index // TEAM == 0
    return RatedPerson(
        employee_id=f"e{index:05}",
        manager_id=manager,
        team=manager,
        level=f"L{draw.randint(3, 6)}",
        gender=gender,
        tenure_months=Fraction(tenure),
        rating=min(5, rating + 1) if raised else rating,
        evidence_dates=make_evidence(draw, world.recent_odds if index % 5 == 0 else 1.0),
    )


def make_organizations(size: int, count: int, world: World, seed: int) -> Iterator[list[RatedPerson]]:
    for number in range(count):
        draw = random.Random(f"{seed}/{size}/{number}")
        yield [make_person(draw, index, world) for index in range(size)]


def make_salaries(draw: random.Random, people: Sequence[RatedPerson], world: World) -> list[PaidPerson]:
    """Log-normal around each level's middle with a spread of 12 %, two locations 8 % apart."""
    return [make_salary(draw, person, world) for person in people]


def make_salary(draw: random.Random, person: RatedPerson, world: World) -> PaidPerson:
    location = draw.choice(("Berlin", "Munich"))
    middle = 60_000 * 1.2 ** int(person.level[1:]) * (1.08 if location == "Munich" else 1.0)
    factor = world.women_pay if person.gender == "F" else 1.0
    salary = Fraction(round(100 * middle * factor * exp(draw.gauss(0, 0.12))), 100)
    return PaidPerson(
        gender=person.gender, level=person.level, location=location, salary=salary, currency="EUR"
    )

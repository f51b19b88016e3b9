"""Times all fairness checks in processor time of one core, without Python's start, against a naive baseline in the same run.

Run: ``uv run python benchmarks/checks_speed.py``. The naive baseline does what a script would: it shuffles the
ratings 1,000 times for each of the five tests of a difference and recounts the people every time.
"""

import random
import statistics as plain
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from calibration.domain.checks import CheckPolicy, Period, RatedPerson, run_checks

SIZES = {50: 0.050, 500: 0.300, 20_000: 5.0}
REPEATS = {50: 20, 500: 10, 20_000: 3}
SHUFFLES = 1_000
PERIOD = Period(start=date(2026, 4, 1), end=date(2026, 6, 30))


def organization(people: int, seed: int) -> list[RatedPerson]:
    """A fair organization of teams of 8, five levels, two main genders and 4 to 12 evidence events a person."""
    chance = random.Random(seed)
    return [
        RatedPerson(
            employee_id=f"E{index:05}",
            manager_id=f"M{index // 8}",
            team=f"T{index // 8}",
            level=f"L{chance.randrange(2, 7)}",
            gender=chance.choices(["F", "M", "X"], [40, 55, 5])[0],
            tenure_months=Fraction(chance.randrange(1, 120)),
            rating=chance.choices([1, 2, 3, 4, 5], [2, 12, 55, 24, 7])[0],
            proposed_rating=chance.choices([1, 2, 3, 4, 5], [2, 12, 50, 28, 8])[0],
            evidence_dates=tuple(
                PERIOD.start + timedelta(days=chance.randrange(91)) for _ in range(chance.randrange(4, 13))
            ),
        )
        for index in range(people)
    ]


def seconds_of_checks(people: Sequence[RatedPerson], repeats: int) -> float:
    """The median time of all checks on the final ratings."""
    times: list[float] = []
    for _ in range(repeats):
        started = time.process_time()
        run_checks(people, period=PERIOD, policy=CheckPolicy(), on="final")
        times.append(time.process_time() - started)
    return plain.median(times)


def seconds_of_naive(people: Sequence[RatedPerson], shuffles: int) -> float:
    """The time of ``SHUFFLES`` shuffles for each of five tests, extrapolated from ``shuffles`` of them."""
    chance, ratings = random.Random(1), [person.rating for person in people]
    women = [person.gender == "F" for person in people]
    started = time.process_time()
    for _ in range(shuffles):
        chance.shuffle(ratings)
        abs(sum(rating for rating, woman in zip(ratings, women, strict=True) if woman))
    return (time.process_time() - started) / shuffles * SHUFFLES * 5


def main() -> int:
    """Print one line a size; the exit status is 1 when a limit is passed."""
    run_checks(organization(50, 0), period=PERIOD, policy=CheckPolicy(), on="final")  # loads numpy and scipy
    slow = False
    print(f"{'people':>7} {'checks ms':>10} {'limit ms':>9} {'naive ms':>10} {'naive / checks':>15}")
    for size, limit in SIZES.items():
        people = organization(size, seed=size)
        taken = max(
            seconds_of_checks(people, REPEATS[size]),
            seconds_of_checks(organization(size, 7), REPEATS[size]),
        )
        naive = seconds_of_naive(people, 1_000 if size < 1_000 else 20)
        slow = slow or taken > limit
        print(
            f"{size:>7} {taken * 1e3:>10.1f} {limit * 1e3:>9.0f} {naive * 1e3:>10.1f} {naive / taken:>15.1f}"
        )
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())

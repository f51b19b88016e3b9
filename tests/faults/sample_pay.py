"""What merit the demo's organization gets, worked out from its two files and the ratings alone."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from by_hand import Claim, half_up, shared

YEAR = 2026
DAYS = 365
BUDGET_PERCENT = Fraction("5.5")


class Pay(NamedTuple):
    """Cents: what is awarded, what of it is paid once, and the new full-time salary."""

    award: int
    lump_sum: int
    new_salary: int


@dataclass(frozen=True, kw_only=True)
class SamplePay:
    """The sample's people with a rating, under the sample's policy."""

    people: Mapping[str, Mapping[str, str]]
    policy: Mapping[str, Any]
    ratings: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, ratings: Mapping[str, str]) -> "SamplePay":
        with (folder / "people.csv").open() as file:
            people = {row["employee_id"]: row for row in csv.DictReader(file)}
        policy = tomllib.loads((folder / "engineering-policy.toml").read_text())
        return cls(people={person: people[person] for person in ratings}, policy=policy, ratings=ratings)

    def by_hand(self) -> dict[str, Pay]:
        awards = shared({person: self._claim(person) for person in self.people}, self._budget())
        return {person: self._split(person, award) for person, award in awards.items()}

    def _budget(self) -> int:
        paid = sum((self._salary(person) * self._fte(person) for person in self.people), Fraction(0))
        return half_up(paid * BUDGET_PERCENT / 100)

    def _claim(self, person: str) -> Claim:
        low, high = self._range(person)
        quarter = min(3, max(0, int(4 * (self._salary(person) - low) / (high - low))))
        rating = self.ratings[person]
        percent = Fraction(self.policy["merit"]["matrix"][rating][quarter])
        least = min(percent, Fraction(self.policy["merit"]["floors"][rating]))
        base = self._salary(person) * self._fte(person) * self._days(person) / DAYS / 100
        return Claim(half_up(base * least), half_up(base * percent))

    def _split(self, person: str, award: int) -> Pay:
        salary, fte = self._salary(person), self._fte(person)
        base = min(award, int(max(Fraction(0), self._range(person)[1] - salary) * fte))
        return Pay(award, award - base, int(salary) + half_up(base / fte))

    def _salary(self, person: str) -> Fraction:
        return 100 * Fraction(self.people[person]["salary"])

    def _fte(self, person: str) -> Fraction:
        return Fraction(self.people[person]["fte"])

    def _days(self, person: str) -> int:
        hired = date.fromisoformat(self.people[person]["hire_date"])
        return (date(YEAR, 12, 31) - max(hired, date(YEAR, 1, 1))).days + 1

    def _range(self, person: str) -> tuple[Fraction, Fraction]:
        level = self.people[person]["level"]
        (found,) = [each for each in self.policy["ranges"] if each["level"] == level]
        return 100 * Fraction(found["minimum"]), 100 * Fraction(found["maximum"])

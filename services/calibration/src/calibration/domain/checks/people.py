"""What the checks look at: rated people, the period, and the policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from calibration.domain.guideline import DEFAULT_GUIDELINE, Guideline
from calibration.domain.rules import ALPHA, TOP_BOX

On = Literal["proposed", "final", "change"]
"""Which number is checked: the proposed rating, the final one, or final minus proposed."""


class EvidenceCounts(NamedTuple):
    """How many evidence events a person has in the period, and how many of them are recent."""

    events: int
    recent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPerson:
    """One person of the calibrated group; ratings are 1 to 5, an empty gender means that it is not known.

    ``evidence_dates`` are the dates of the person's evidence events, without those that the review itself created;
    ``evidence_counts`` stands in their place where somebody counted them already.
    """

    employee_id: str
    manager_id: str
    team: str
    level: str
    gender: str
    tenure_months: Fraction | None
    rating: int
    proposed_rating: int | None = None
    evidence_dates: tuple[date, ...] = ()
    evidence_counts: EvidenceCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The reviewed period, both days included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """The days of the period."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """What an organization may set: the guideline, which ratings are "Exceeds", and the minimum service.

    ``version`` and ``digest`` are the published policy's; the built-in numbers, which the code's version fixes, have none.
    ``seed`` starts the Monte Carlo draws of tables too large to enumerate, so that the same people give the same answer.
    """

    version: str = "default-1"
    digest: str | None = None
    guideline: Guideline = DEFAULT_GUIDELINE
    exceeds: tuple[int, ...] = TOP_BOX
    minimum_service_days: int = 90
    alpha: Fraction = ALPHA
    seed: int = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A person with the number that is checked: a rating, or the change from the proposed to the final one."""

    person: RatedPerson
    value: int


def score_people(people: Sequence[RatedPerson], on: On) -> list[Scored]:
    """The people who have the number in question; who has no proposed rating has no change either."""
    if on == "final":
        return [Scored(person=person, value=person.rating) for person in people]
    return [
        Scored(person=person, value=proposed if on == "proposed" else person.rating - proposed)
        for person in people
        if (proposed := person.proposed_rating) is not None
    ]


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """The people of one run of the checks, with the number that is checked and the policy."""

    scored: Sequence[Scored]
    on: On
    policy: CheckPolicy

    @cached_property
    def values_by_gender(self) -> Mapping[str, Sequence[int]]:
        """Everybody's number, by gender."""
        values: dict[str, list[int]] = {}
        for scored in self.scored:
            values.setdefault(scored.person.gender, []).append(scored.value)
        return values

    def is_favourable(self, value: int) -> bool:
        """The outcome that the top box counts: rated 4 or 5; among changes, raised."""
        return value > 0 if self.on == "change" else value in TOP_BOX

    @property
    def noun(self) -> str:
        """What is compared, for sentences."""
        return {"proposed": "proposed ratings", "final": "final ratings", "change": "changes in calibration"}[
            self.on
        ]

    @property
    def title(self) -> str:
        """What is compared, at the start of a sentence."""
        return self.noun.capitalize()

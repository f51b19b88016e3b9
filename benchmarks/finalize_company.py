"""A made-up company as the events that calibration consumes, and the one session of each of its cycles."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from plumbline.contracts.cycle import (
    CycleOpenedV1,
    DepartmentReviewsCompletedV1,
    FrozenPolicyV1,
    PlannedSessionV1,
    proposals_digest,
)
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.goals import CheckInRecordedV1
from plumbline.contracts.people import DemographicsStateV1, PersonStateV1
from plumbline.contracts.policy import MeritPolicyV1, PolicyDocumentV1, PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1

DIVISION, DEPARTMENT = "Engineering", "Everybody"
FACILITATOR = "facilitator"
POLICY = f"{DIVISION}/2026.1"
TEAM = 8
PERIOD = (date(2026, 10, 1), date(2026, 12, 31))
SUBMITTED_ON = date(2027, 1, 10)
RATINGS: dict[Rating, int] = {"5": 7, "4": 24, "3": 55, "2": 12, "1": 2}
GENDERS = {"F": 40, "M": 55, "X": 5}
NAMESPACE = UUID("0c1f6b0e-9f57-4b9f-8a51-4a1d1f0d9a55")


def names(people: int) -> list[str]:
    """The people's ids; the first of every eight leads the others' team."""
    return [f"e{index:05}" for index in range(people)]


def state(people: int) -> Iterable[Event]:
    """The directory, everybody's gender, and the division's policy."""
    draw = random.Random(people)
    yield _policy()
    yield _person(FACILITATOR, division="HQ", team="Office", manager=None, hired=date(2018, 1, 1))
    for index, name in enumerate(names(people)):
        hired = PERIOD[1] - timedelta(days=draw.randrange(30, 3_650))
        team, manager = f"T{index // TEAM}", f"m{index // TEAM:04}"
        level = f"L{draw.randrange(2, 7)}"
        yield _person(name, division=DIVISION, team=team, manager=manager, hired=hired, level=level)
        yield DemographicsStateV1(
            person_id=name, gender=draw.choices(list(GENDERS), weights=list(GENDERS.values()))[0]
        )


def evidence(people: int) -> Iterable[Event]:
    """4 to 12 check-ins a person, on days of the period."""
    draw, days = random.Random(people + 1), (PERIOD[1] - PERIOD[0]).days + 1
    for name in names(people):
        objective = uuid5(NAMESPACE, name)
        for number in range(draw.randrange(4, 13)):
            yield CheckInRecordedV1(
                objective_id=objective,
                cycle_id=NAMESPACE,
                person_id=name,
                check_in_id=uuid5(objective, str(number)),
                key_result_id=objective,
                status="on_track",
                occurred_on=PERIOD[0] + timedelta(days=draw.randrange(days)),
            )


def _person(
    name: str, *, division: str, team: str, manager: str | None, hired: date, level: str = "L6"
) -> PersonStateV1:
    return PersonStateV1(
        person_id=name,
        manager_id=manager,
        division=division,
        department=DEPARTMENT,
        team=team,
        level=level,
        hire_date=hired,
    )


def _policy() -> PolicyStateV1:
    guideline = {"5": (5, 10), "4": (20, 30), "3": (50, 60), "2": (10, 15), "1": (0, 5)}
    document = PolicyDocumentV1.model_validate(
        {
            "version": "2026.1",
            "merit": MeritPolicyV1(matrix={}, floors={}),
            "guideline": {rating: (Decimal(low), Decimal(high)) for rating, (low, high) in guideline.items()},
        }
    )
    return PolicyStateV1(
        policy_id=POLICY, division=DIVISION, digest="d1", effective_from=date(2026, 1, 1), document=document
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The session of a cycle's first ``people`` people; the same cycle always proposes the same ratings."""

    people: int
    cycle_id: UUID = field(default_factory=uuid4)

    @property
    def session_id(self) -> UUID:
        """As reviews names it."""
        return uuid5(self.cycle_id, f"{DIVISION}/{DEPARTMENT}")

    def inputs(self) -> Iterable[Event]:
        """The cycle, everybody's proposed rating, and that the department is complete."""
        yield self._cycle()
        proposals = self._proposals()
        for index, (name, rating) in enumerate(proposals):
            yield self._assessment(name, manager=f"m{index // TEAM:04}", rating=rating)
        yield DepartmentReviewsCompletedV1(
            cycle_id=self.cycle_id,
            session_id=self.session_id,
            division=DIVISION,
            department=DEPARTMENT,
            people=self.people,
            digest=proposals_digest([(name, str(rating)) for name, rating in proposals]),
        )

    def _proposals(self) -> list[tuple[str, Rating]]:
        draw = random.Random(self.people + 2)
        rated = draw.choices(list(RATINGS), weights=list(RATINGS.values()), k=self.people)
        return list(zip(names(self.people), rated, strict=True))

    def _cycle(self) -> CycleOpenedV1:
        planned = PlannedSessionV1(
            session_id=self.session_id,
            division=DIVISION,
            department=DEPARTMENT,
            facilitator_id=FACILITATOR,
        )
        return CycleOpenedV1(
            cycle_id=self.cycle_id,
            name="Q4 2026",
            divisions=(DIVISION,),
            period_start=PERIOD[0],
            period_end=PERIOD[1],
            phases=(),
            sessions=(planned,),
            policies=(FrozenPolicyV1(division=DIVISION, policy_id=POLICY, digest="d1"),),
            template_version="v1",
        )

    def _assessment(self, name: str, *, manager: str, rating: Rating) -> Event:
        return ManagerAssessmentSubmittedV1(
            review_id=uuid5(self.cycle_id, f"review/{name}"),
            cycle_id=self.cycle_id,
            person_id=name,
            session_id=self.session_id,
            manager_id=manager,
            proposed_rating=rating,
            on_time=True,
            submitted_on=SUBMITTED_ON,
        )

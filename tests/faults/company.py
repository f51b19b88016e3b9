"""A company of its own for each test: everything that the other services would say about it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4, uuid5

from plumbline.contracts.calibration import FinalRatingV1, RatingsFinalizedV1, chunk_key, ratings_digest
from plumbline.contracts.cycle import CycleOpenedV1, FrozenPolicyV1, PlannedSessionV1, PoolV1
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import LeaveStateV1, PayStateV1, PersonStateV1
from plumbline.contracts.policy import MeritPolicyV1, PolicyDocumentV1, PolicyStateV1, SalaryRangeV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
MATRIX = {"4": ("9", "8", "7", "5"), "3": ("5", "4.5", "4", "3"), "2": ("2", "1.5", "1", "0")}
FLOORS = {"4": "5", "3": "3", "2": "0"}
LOW, HIGH = 100_000, 200_000
RATINGS: tuple[Rating, ...] = ("3", "4", "3", "2", "3")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One record to send: the event with its place in its aggregate's order."""

    event: Event
    sequence: int | None
    payload: bytes | None = None


@dataclass(kw_only=True)
class Company:
    """A company of its own for one test: a cycle, departments and people with names that nobody else uses."""

    departments: int = 3
    people_each: int = 20
    chunk_size: int = 7
    name: str = field(default_factory=lambda: uuid4().hex[:8])
    sequences: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def division(self) -> str:
        return f"division-{self.name}"

    @property
    def cycle_id(self) -> UUID:
        return uuid5(UUID(int=1), self.name)

    @property
    def pool_id(self) -> UUID:
        return uuid5(self.cycle_id, "pool")

    def people(self) -> list[str]:
        return [
            f"{self.name}-{department}-{number}"
            for department in range(self.departments)
            for number in range(self.people_each)
        ]

    @property
    def head(self) -> str:
        """The managers' manager."""
        return f"{self.name}-head"

    @property
    def hr_partner(self) -> str:
        return f"{self.name}-hr"

    def managers(self) -> list[str]:
        """One a department; they and those above them are not rated."""
        return [f"{self.name}-{department}-manager" for department in range(self.departments)]

    def manager(self, person: str) -> str | None:
        if person == self.head:
            return None
        if person in (self.hr_partner, *self.managers()):
            return self.head
        return f"{person.rpartition('-')[0]}-manager"

    def salary(self, person: str) -> int:
        """Whole dollars, between the ends of the range."""
        return LOW + 1_037 * self.people().index(person)

    def rating(self, person: str) -> Rating:
        return RATINGS[self.people().index(person) % len(RATINGS)]

    def number(self, *events: Event) -> list[Sent]:
        sent: list[Sent] = []
        for event in events:
            place = (event.TOPIC.name, event.aggregate)
            self.sequences[place] += 1
            sent.append(Sent(event=event, sequence=self.sequences[place]))
        return sent

    def background(self) -> list[Sent]:
        """Everything that outcomes need before ratings: people, pay, policy, cycle, assessments."""
        return self.number(
            *[self._person(person) for person in self.people()],
            *[self._pay(person) for person in self.people()],
            *[self._person(person) for person in (self.head, self.hr_partner, *self.managers())],
            LeaveStateV1(person_id=self.people()[0]),
            self._concern(),
            self._policy(),
            self._cycle(),
            *[self._assessment(person) for person in self.people()],
        )

    def ratings(self) -> list[Sent]:
        """The finalized ratings of every department, in chunks."""
        return self.number(
            *[chunk for department in range(self.departments) for chunk in self._chunks(department)]
        )

    def budget(self) -> int:
        """Cents; between the floors and the guideline, so that the sharing rule has work to do."""
        floors, guidelines = self._sums()
        return (floors + guidelines) // 2

    def awards_by_hand(self) -> dict[str, int]:
        """Every award in cents, worked out without the product's code."""
        floors, guidelines = self._sums()
        factor = Fraction(self.budget() - floors, guidelines - floors)
        exact = {p: f + factor * (g - f) for p, (f, g) in self._claims().items()}
        awards = {person: int(amount) for person, amount in exact.items()}
        owed = sorted(exact, key=lambda person: (awards[person] - exact[person], person))
        for person in owed[: self.budget() - sum(awards.values())]:
            awards[person] += 1
        return awards

    def pay_changes_by_hand(self) -> dict[str, int]:
        """The new salary in cents of everybody whose pay changes."""
        awards = self.awards_by_hand()
        return {person: 100 * self.salary(person) + award for person, award in awards.items() if award}

    def _claims(self) -> dict[str, tuple[int, int]]:
        return {person: self._claim(person) for person in self.people()}

    def _claim(self, person: str) -> tuple[int, int]:
        cents, rating = 100 * self.salary(person), self.rating(person)
        quarter = min(3, 4 * (self.salary(person) - LOW) // (HIGH - LOW))
        percent = Fraction(MATRIX[rating][quarter])
        half = Fraction(1, 2)
        least = min(percent, Fraction(FLOORS[rating]))
        return int(cents * least / 100 + half), int(cents * percent / 100 + half)

    def _sums(self) -> tuple[int, int]:
        claims = self._claims().values()
        return sum(floor for floor, _ in claims), sum(guideline for _, guideline in claims)

    def _session(self, department: int) -> UUID:
        return uuid5(self.cycle_id, f"{self.division}/{department}")

    def _person(self, person: str) -> PersonStateV1:
        rated = person in self.people()
        return PersonStateV1(
            person_id=person,
            manager_id=self.manager(person),
            division=self.division,
            department=person.split("-")[1] if rated else "management",
            team="team",
            level="L4",
            hire_date=date(2020, 1, 1),
            roles=(f"hr_partner:{self.division}",) if person == self.hr_partner else (),
        )

    def _pay(self, person: str) -> PayStateV1:
        return PayStateV1(
            person_id=person,
            salary=Decimal(self.salary(person)),
            currency="USD",
            fte=Decimal(1),
            bonus_target_percent=Decimal(0),
        )

    def _policy(self) -> PolicyStateV1:
        decimals = {rating: tuple(map(Decimal, row)) for rating, row in MATRIX.items()}
        document = PolicyDocumentV1(
            version="1",
            merit=MeritPolicyV1(
                matrix=decimals,  # type: ignore[arg-type]
                floors={rating: Decimal(text) for rating, text in FLOORS.items()},  # type: ignore[misc]
            ),
            ranges=(SalaryRangeV1(level="L4", currency="USD", minimum=Decimal(LOW), maximum=Decimal(HIGH)),),
            guideline={},
        )
        return PolicyStateV1(
            policy_id=f"{self.division}/1",
            division=self.division,
            digest="digest",
            effective_from=date(2026, 1, 1),
            document=document,
        )

    def _cycle(self) -> CycleOpenedV1:
        pool = PoolV1(
            pool_id=self.pool_id,
            division=self.division,
            currency="USD",
            budget_amount=Decimal(self.budget()) / 100,
        )
        sessions = [
            PlannedSessionV1(
                session_id=self._session(department),
                division=self.division,
                department=str(department),
                facilitator_id="coordinator",
            )
            for department in range(self.departments)
        ]
        frozen = FrozenPolicyV1(division=self.division, policy_id=f"{self.division}/1", digest="digest")
        return CycleOpenedV1(
            cycle_id=self.cycle_id,
            name=self.name,
            divisions=(self.division,),
            period_start=date(2026, 10, 1),
            period_end=date(2026, 12, 31),
            phases=(),
            sessions=tuple(sessions),
            policies=(frozen,),
            pools=(pool,),
            merit=True,
            template_version="v1",
        )

    def _concern(self) -> ConcernChangedV1:
        return ConcernChangedV1(
            concern_id=uuid5(self.cycle_id, "concern"),
            cycle_id=self.cycle_id,
            person_id=self.people()[0],
            gap="delivery",
            occurred_on=date(2026, 11, 2),
            recorded_on=date(2026, 11, 3),
        )

    def _assessment(self, person: str) -> ManagerAssessmentSubmittedV1:
        return ManagerAssessmentSubmittedV1(
            review_id=uuid5(self.cycle_id, person),
            cycle_id=self.cycle_id,
            person_id=person,
            session_id=self._session(int(person.split("-")[1])),
            manager_id="manager",
            proposed_rating=self.rating(person),
            on_time=True,
            submitted_on=date(2026, 12, 1),
        )

    def _chunks(self, department: int) -> list[RatingsFinalizedV1]:
        people = [person for person in self.people() if person.split("-")[1] == str(department)]
        parts = [people[start : start + self.chunk_size] for start in range(0, len(people), self.chunk_size)]
        session = self._session(department)
        return [
            RatingsFinalizedV1(
                chunk_key=chunk_key(session, 1, number),
                session_id=session,
                cycle_id=self.cycle_id,
                division=self.division,
                department=str(department),
                revision=1,
                chunk=number,
                chunks=len(parts),
                people=len(people),
                digest=ratings_digest([(person, 1, self.rating(person)) for person in people]),
                finalized_on=NOW.date(),
                ratings=tuple(
                    FinalRatingV1(person_id=person, rating=self.rating(person), revision=1) for person in part
                ),
            )
            for number, part in enumerate(parts, 1)
        ]

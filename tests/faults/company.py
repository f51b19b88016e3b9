"""A company of its own for each test: everything that the other services would say about it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4, uuid5

from by_hand import Claim, Follows, follows, half_up, shared
from merit_policy import FLOORS, HIGH, LOW, MATRIX, policy_of

from plumbline.contracts.calibration import FinalRatingV1, RatingsFinalizedV1, chunk_key, ratings_digest
from plumbline.contracts.cycle import CycleOpenedV1, FrozenPolicyV1, PlannedSessionV1, PoolV1
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import LeaveStateV1, PayStateV1, PersonStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
RATINGS: tuple[Rating, ...] = ("3", "4", "3", "2", "1", "5", "3", "1")
# Of the two in each eight who are rated 1, the first was told in time and offered help.
DOCUMENTED = 4


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
    # How often each person and each salary is announced; all but the last time with what is not so any more.
    versions: int = 1
    # Whether HR attested that nothing stands against a PIP of those rated 1.
    attested: bool = False
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
        return f"{self.name}-head"

    @property
    def hr_partner(self) -> str:
        return f"{self.name}-hr"

    def managers(self) -> list[str]:
        """One a department; they, their head and HR are not rated."""
        return [f"{self.name}-{department}-manager" for department in range(self.departments)]

    def manager(self, person: str) -> str | None:
        if person == self.head:
            return None
        if person in (self.hr_partner, *self.managers()):
            return self.head
        return f"{person.rpartition('-')[0]}-manager"

    def salary(self, person: str) -> int:
        return LOW + 1_037 * self.people().index(person)

    def rating(self, person: str) -> Rating:
        return RATINGS[self.people().index(person) % len(RATINGS)]

    def rated(self, *ratings: Rating) -> list[str]:
        return [person for person in self.people() if self.rating(person) in ratings]

    def documented(self) -> list[str]:
        """Those rated 1 whose manager did what a PIP asks for."""
        return self.people()[DOCUMENTED :: len(RATINGS)]

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
            *[each for person in self.people() for each in self._person_versions(person)],
            *[each for person in self.people() for each in self._pay_versions(person)],
            *[self._person(person) for person in (self.head, self.hr_partner, *self.managers())],
            LeaveStateV1(person_id=self.people()[0]),
            self._concern(self.people()[0], 2),
            *[each for person in self.documented() for each in self._told_in_time(person)],
            policy_of(self.division),
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
        return shared(self._claims(), self.budget())

    def follows_by_hand(self) -> dict[str, list[Follows]]:
        """What everybody's rating leads to beside merit, sorted."""
        told, attested = self.documented(), self.attested
        return {
            person: sorted(follows(self.rating(person), documented=person in told, attested=attested))
            for person in self.people()
        }

    def pay_changes_by_hand(self) -> dict[str, int]:
        """The new salary in cents of everybody whose pay changes."""
        awards = self.awards_by_hand()
        return {person: 100 * self.salary(person) + award for person, award in awards.items() if award}

    def _claims(self) -> dict[str, Claim]:
        return {person: self._claim(person) for person in self.people()}

    def _claim(self, person: str) -> Claim:
        cents, rating = 100 * self.salary(person), self.rating(person)
        quarter = min(3, 4 * (self.salary(person) - LOW) // (HIGH - LOW))
        percent = Fraction(MATRIX[rating][quarter])
        least = min(percent, Fraction(FLOORS[rating]))
        return Claim(half_up(cents * least / 100), half_up(cents * percent / 100))

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

    def _person_versions(self, person: str) -> list[PersonStateV1]:
        """Levels without a salary range and another manager, then what is so."""
        new = self._person(person)
        old = [
            new.model_copy(update={"level": f"L{9 - number}", "manager_id": self.hr_partner})
            for number in range(1, self.versions)
        ]
        return [*old, new]

    def _pay_versions(self, person: str) -> list[PayStateV1]:
        """Lower salaries and half of the time, then what is so."""
        new = self._pay(person)
        old = [
            new.model_copy(update={"salary": Decimal(LOW - number), "fte": Decimal("0.5")})
            for number in range(1, self.versions)
        ]
        return [*old, new]

    def _pay(self, person: str) -> PayStateV1:
        return PayStateV1(
            person_id=person,
            salary=Decimal(self.salary(person)),
            currency="USD",
            fte=Decimal(1),
            bonus_target_percent=Decimal(0),
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

    def _concern(self, person: str, day: int) -> ConcernChangedV1:
        """Recorded in November, the day after it happened."""
        return ConcernChangedV1(
            concern_id=uuid5(self.cycle_id, f"concern/{person}/{day}"),
            cycle_id=self.cycle_id,
            person_id=person,
            gap="delivery",
            occurred_on=date(2026, 11, day),
            recorded_on=date(2026, 11, day + 1),
        )

    def _told_in_time(self, person: str) -> list[ConcernChangedV1]:
        """Two concerns 14 days apart, each recorded, then delivered with help, then acknowledged."""
        told: list[ConcernChangedV1] = []
        for day in (2, 16):
            recorded = self._concern(person, day)
            given = {"delivered_on": date(2026, 11, day + 2), "resource_offered_on": date(2026, 11, day + 2)}
            delivered = recorded.model_copy(update=given)
            told += [
                recorded,
                delivered,
                delivered.model_copy(update={"acknowledged_on": date(2026, 11, 20)}),
            ]
        return told

    def _assessment(self, person: str) -> ManagerAssessmentSubmittedV1:
        return ManagerAssessmentSubmittedV1(
            review_id=uuid5(self.cycle_id, person),
            cycle_id=self.cycle_id,
            person_id=person,
            session_id=self._session(int(person.split("-")[1])),
            manager_id="manager",
            proposed_rating=self.rating(person),
            promotion_recommended=self.rating(person) == "5",
            promotion_target_level="L5" if self.rating(person) == "5" else None,
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

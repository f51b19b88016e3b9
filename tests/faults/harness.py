"""Feeds the bus as other services would, waits until everything is healed, and holds it against the oracle."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4, uuid5

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy.engine import make_url

from plumbline.contracts.calibration import FinalRatingV1, RatingsFinalizedV1, chunk_key, ratings_digest
from plumbline.contracts.cycle import CycleOpenedV1, FrozenPolicyV1, PlannedSessionV1, PoolV1
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.people import PayStateV1, PersonStateV1
from plumbline.contracts.policy import MeritPolicyV1, PolicyDocumentV1, PolicyStateV1, SalaryRangeV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline_local.state import StackState

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
MATRIX = {"4": ("9", "8", "7", "5"), "3": ("5", "4.5", "4", "3"), "2": ("2", "1.5", "1", "0")}
FLOORS = {"4": "5", "3": "3", "2": "0"}
LOW, HIGH = 100_000, 200_000
RATINGS: tuple[Rating, ...] = ("3", "4", "3", "2", "3")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One record to send: the event with its place in its aggregate's order."""

    event: Event
    sequence: int
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
        return PersonStateV1(
            person_id=person,
            manager_id=None,
            division=self.division,
            department=person.split("-")[1],
            team="team",
            level="L4",
            hire_date=date(2020, 1, 1),
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


async def send(bootstrap: str, sent: Iterable[Sent]) -> None:
    """Put records on their topics, as their producers' relays would."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for each in sent:
            headers = {
                "ce_id": str(uuid5(UUID(int=2), f"{each.event.aggregate}/{each.sequence}")),
                "ce_type": each.event.TYPE,
                "ce_sequence": str(each.sequence),
                "ce_time": NOW.isoformat(),
                "ce_division": "any",
            }
            await producer.send(
                each.event.TOPIC.name,
                each.payload if each.payload is not None else each.event.model_dump_json().encode(),
                key=each.event.aggregate.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )
        await producer.flush()
    finally:
        await producer.stop()


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The outcomes service as the tests look at it: its database and its topics."""

    stack: StackState

    @property
    def database(self) -> str:
        (service,) = [each for each in self.stack.services if each.name == "outcomes"]
        return service.database_url

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        url = make_url(self.database).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=5)
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    async def awarded(self, company: Company, *, seconds: float = 60) -> None:
        """Wait until the company's pool is awarded and the outbox is empty; processes may die meanwhile."""
        query = "SELECT state FROM pool WHERE pool_id = $1 AND NOT EXISTS (SELECT FROM outbox)"
        await self.until(query, company.pool_id, expected=[("awarded",)], seconds=seconds)

    async def until(
        self, query: str, *values: object, expected: Sequence[tuple[object, ...]], seconds: float = 60
    ) -> None:
        """Wait until a query answers as expected; the database may be away meanwhile."""
        last: object = None
        try:
            async with asyncio.timeout(seconds):
                while last != list(expected):
                    try:
                        last = [tuple(row) for row in await self.fetch(query, *values)]
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                        last = error
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"after {seconds} s: {last!r}, not {expected!r}") from None

    async def check(self, company: Company, *, parked: int = 0) -> None:
        """The oracle: everybody decided once, awards to the cent, published once and in order."""
        people = company.people()
        query = "SELECT person_id, award FROM award WHERE cycle_id = $1 AND state = 'awarded'"
        stored = await self.fetch(query, company.cycle_id)
        assert {row["person_id"]: row["award"] for row in stored} == company.awards_by_hand()
        assert len(stored) == len(people)
        query = "SELECT count(*) FROM rating WHERE cycle_id = $1 AND state = 'decided'"
        assert (await self.fetch(query, company.cycle_id))[0][0] == len(people)
        query = "SELECT count(*) FROM inbox_parked WHERE settled_at IS NULL AND aggregate LIKE $1"
        assert (await self.fetch(query, f"{company.name}%"))[0][0] == parked
        assert (await self.fetch("SELECT count(*) FROM outbox"))[0][0] == 0
        await self.check_topic(company)

    async def check_topic(self, company: Company) -> None:
        """Per person the sequences 1 … n, none missing and none out of order; each event once but for repeats."""
        records = await read_topic(self.stack.kafka, "pm.outcomes.events.v1", company.name)
        by_person: dict[str, list[int]] = defaultdict(list)
        awards: dict[str, int] = {}
        for key, sequence, payload in records:
            if sequence not in by_person[key]:
                by_person[key].append(sequence)
            if "award" in payload:
                awards[key] = int(Decimal(str(payload["award"])) * 100)
        assert set(by_person) == set(company.people())
        assert all(sequences == [1, 2] for sequences in by_person.values()), by_person
        assert awards == company.awards_by_hand()


async def read_topic(bootstrap: str, topic: str, prefix: str) -> list[tuple[str, int, dict[str, object]]]:
    """What a consumer of committed records reads of one company: key, sequence and payload, in order."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        group_id=None,
    )
    await consumer.start()
    found: list[tuple[str, int, dict[str, object]]] = []
    try:
        idle = 0
        while idle < 2:
            batches = await consumer.getmany(timeout_ms=500)
            idle = 0 if batches else idle + 1
            for records in batches.values():
                for record in records:
                    key = (record.key or b"").decode()
                    if key.startswith(prefix):
                        sequence = int(dict(record.headers)["ce_sequence"])
                        found.append((key, sequence, json.loads(record.value or b"null")))
    finally:
        await consumer.stop()
    return found

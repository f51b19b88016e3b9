"""Events as other services publish them, for the outcomes service's database tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.inbound.kafka import HANDLERS
from plumbline.contracts.calibration import (
    FinalRatingV1,
    RatingsFinalizedV1,
    chunk_key,
    ratings_digest,
)
from plumbline.contracts.cycle import CycleOpenedV1, FrozenPolicyV1, PlannedSessionV1, PoolV1
from plumbline.contracts.event import Event, Rating
from plumbline.contracts.people import PayStateV1, PersonStateV1
from plumbline.contracts.policy import (
    EquityGrantV1,
    MeritPolicyV1,
    PolicyDocumentV1,
    PolicyStateV1,
    SalaryRangeV1,
)
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.message import Message
from plumbline_local.testing_events import Numbering, quarter_opened

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
CYCLE = UUID("018f0000-0000-7000-8000-000000000001")
POOL = UUID("018f0000-0000-7000-8000-000000000002")
DIVISION = "Engineering"
POLICY = f"{DIVISION}/2026.1"
LEVELS = {"L3": ("110000", "170000"), "L4": ("145000", "215000")}


def decimals(*texts: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    first, second, third, fourth = map(Decimal, texts)
    return first, second, third, fourth


DOCUMENT = PolicyDocumentV1(
    version="2026.1",
    merit=MeritPolicyV1(
        matrix={
            "5": decimals("10", "9", "8", "7"),
            "4": decimals("9", "8", "7", "5"),
            "3": decimals("5", "4.5", "4", "3"),
            "2": decimals("2", "1.5", "1", "0"),
            "1": decimals("0", "0", "0", "0"),
        },
        floors={
            "5": Decimal(5),
            "4": Decimal(5),
            "3": Decimal(3),
            "2": Decimal(0),
            "1": Decimal(0),
        },
    ),
    ranges=tuple(
        SalaryRangeV1(level=level, currency="USD", minimum=Decimal(low), maximum=Decimal(high))
        for level, (low, high) in LEVELS.items()
    ),
    guideline={},
    equity=(EquityGrantV1(level="L4", rating="4", shares=3000),),
)


def session_of(department: str) -> UUID:
    return uuid5(CYCLE, f"{DIVISION}/{department}")


def told() -> Numbering:
    return Numbering(division=DIVISION, at=NOW)


@dataclass
class Bus:
    """Numbers events as the outbox does, and hands them to the service's inbox."""

    engine: AsyncEngine
    log: list[Message] = field(default_factory=list)
    numbering: Numbering = field(default_factory=told)

    def number(self, *events: Event) -> list[Message]:
        numbered = [
            self.numbering.message(event, offset=offset) for offset, event in enumerate(events, len(self.log))
        ]
        self.log += numbered
        return numbered

    async def publish(self, *events: Event) -> None:
        await self.deliver(self.number(*events))

    async def deliver(self, messages: Sequence[Message]) -> None:
        inbox = Inbox(self.engine, consumer="pm.outcomes", handlers=HANDLERS)
        await inbox.receive(messages)


def policy() -> PolicyStateV1:
    return PolicyStateV1(
        policy_id=POLICY,
        division=DIVISION,
        digest="d1",
        effective_from=date(2026, 1, 1),
        document=DOCUMENT,
    )


def opened(*departments: str, budget: str | None = None, reserve: str | None = None) -> CycleOpenedV1:
    sessions = [
        PlannedSessionV1(
            session_id=session_of(name), division=DIVISION, department=name, facilitator_id="coordinator"
        )
        for name in departments
    ]
    pool = PoolV1(
        pool_id=POOL,
        division=DIVISION,
        currency="USD",
        budget_amount=None if budget is None else Decimal(budget),
        reserve=None if reserve is None else Decimal(reserve),
    )
    policies = [FrozenPolicyV1(division=DIVISION, policy_id=POLICY, digest="d1")]
    return quarter_opened(CYCLE, DIVISION, quarter=4, sessions=sessions, policies=policies, pools=[pool])


def person(
    person_id: str,
    *,
    manager: str | None = "boss",
    department: str = "Payments",
    roles: tuple[str, ...] = (),
    level: str = "L4",
) -> PersonStateV1:
    return PersonStateV1(
        person_id=person_id,
        manager_id=manager,
        division=DIVISION,
        department=department,
        team=department,
        level=level,
        hire_date=date(2024, 1, 15),
        roles=roles,
    )


def pay(person_id: str, salary: str = "182000") -> PayStateV1:
    return PayStateV1(
        person_id=person_id,
        salary=Decimal(salary),
        currency="USD",
        fte=Decimal(1),
        bonus_target_percent=Decimal(0),
    )


def assessed(person_id: str, *, promotion: bool = False) -> ManagerAssessmentSubmittedV1:
    return ManagerAssessmentSubmittedV1(
        review_id=uuid5(CYCLE, f"review/{person_id}"),
        cycle_id=CYCLE,
        person_id=person_id,
        session_id=session_of("Payments"),
        manager_id="boss",
        proposed_rating="3",
        promotion_recommended=promotion,
        promotion_target_level="L5" if promotion else None,
        on_time=True,
        submitted_on=date(2026, 12, 10),
    )


def finalized(
    department: str, ratings: dict[str, Rating], *, chunk_size: int = 500, revision: int = 1
) -> list[RatingsFinalizedV1]:
    session_id = session_of(department)
    people = sorted(ratings)
    digest = ratings_digest([(each, revision, ratings[each]) for each in people])
    chunks = [people[start : start + chunk_size] for start in range(0, len(people), chunk_size)]
    return [
        RatingsFinalizedV1(
            chunk_key=chunk_key(session_id, revision, number),
            session_id=session_id,
            cycle_id=CYCLE,
            division=DIVISION,
            department=department,
            revision=revision,
            chunk=number,
            chunks=len(chunks),
            people=len(people),
            digest=digest,
            finalized_on=NOW.date(),
            ratings=tuple(
                FinalRatingV1(person_id=each, rating=ratings[each], revision=revision) for each in chunk
            ),
        )
        for number, chunk in enumerate(chunks, 1)
    ]

"""A made-up company as the events that outcomes consumes, and a publisher that numbers them as the outbox does."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

from aiokafka import AIOKafkaProducer

from plumbline.contracts.calibration import (
    CHUNK_LIMIT,
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

DIVISION = "Engineering"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
POLICY = f"{DIVISION}/2026.1"
LEVELS = ("L2", "L3", "L4", "L5", "L6")
# 7.5 % rated 5, 25 % rated 4, 55 % rated 3, 10 % rated 2, 2.5 % rated 1: inside the guideline.
SHARES: dict[Rating, int] = {"5": 3, "4": 10, "3": 22, "2": 4, "1": 1}
RATINGS: tuple[Rating, ...] = tuple(rating for rating, count in SHARES.items() for _ in range(count))
_years = count(2026)


def names(people: int) -> list[str]:
    return [f"e{index:05}" for index in range(people)]


def state(people: int) -> Iterable[Event]:
    """The people with their pay, and the division's policy; everybody is eligible for merit."""
    yield _policy()
    for index, name in enumerate(names(people)):
        level = index % len(LEVELS)
        yield PersonStateV1(
            person_id=name,
            manager_id=f"e{index // 8:05}" if index else None,
            division=DIVISION,
            department="Everybody",
            team=f"T{index // 8}",
            level=LEVELS[level],
            hire_date=date(2024, 1, 15),
        )
        yield PayStateV1(
            person_id=name,
            salary=Decimal(90_000 + 25_000 * level + index % 30_000),
            currency="USD",
            fte=Decimal(1),
            bonus_target_percent=Decimal(0),
        )


def _policy() -> PolicyStateV1:
    quartiles = {"5": "10 9 8 7", "4": "9 8 7 5", "3": "5 4.5 4 3", "2": "2 1.5 1 0", "1": "0 0 0 0"}
    document = PolicyDocumentV1.model_validate(
        {
            "version": "2026.1",
            "merit": MeritPolicyV1.model_validate(
                {
                    "matrix": {rating: text.split() for rating, text in quartiles.items()},
                    "floors": {"5": "5", "4": "5", "3": "3", "2": "0", "1": "0"},
                }
            ),
            "ranges": [
                SalaryRangeV1(
                    level=level,
                    currency="USD",
                    minimum=Decimal(85_000 + 25_000 * place),
                    maximum=Decimal(125_000 + 25_000 * place),
                )
                for place, level in enumerate(LEVELS)
            ],
            "guideline": {},
            "equity": [
                EquityGrantV1(level=level, rating=rating, shares=1000 * (place + 1))
                for place, level in enumerate(LEVELS)
                for rating in ("4", "5")
            ],
        }
    )
    return PolicyStateV1(
        policy_id=POLICY, division=DIVISION, digest="d1", effective_from=date(2026, 1, 1), document=document
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One cycle of the first ``people`` people, calibrated in one session.

    Each is of another year, since nobody has merit twice in one.
    """

    people: int
    cycle_id: UUID = field(default_factory=uuid4)
    year: int = field(default_factory=lambda: next(_years))

    @property
    def finalized_on(self) -> date:
        return date(self.year, 12, 20)

    @property
    def session_id(self) -> UUID:
        return uuid5(self.cycle_id, f"{DIVISION}/Everybody")

    def opening(self) -> Iterable[Event]:
        """The cycle with a budget of 4 % of the payroll, and everybody's manager assessment."""
        yield CycleOpenedV1(
            cycle_id=self.cycle_id,
            name=f"Q4 {self.year}",
            divisions=(DIVISION,),
            period_start=date(self.year, 10, 1),
            period_end=date(self.year, 12, 31),
            phases=(),
            sessions=(
                PlannedSessionV1(
                    session_id=self.session_id,
                    division=DIVISION,
                    department="Everybody",
                    facilitator_id="e00000",
                ),
            ),
            policies=(FrozenPolicyV1(division=DIVISION, policy_id=POLICY, digest="d1"),),
            pools=(
                PoolV1(
                    pool_id=uuid5(self.cycle_id, "pool"),
                    division=DIVISION,
                    currency="USD",
                    budget_percent=Decimal(4),
                ),
            ),
            merit=True,
            template_version="v1",
        )
        for index, name in enumerate(names(self.people)):
            yield ManagerAssessmentSubmittedV1(
                review_id=uuid5(self.cycle_id, f"review/{name}"),
                cycle_id=self.cycle_id,
                person_id=name,
                session_id=self.session_id,
                manager_id="e00000",
                proposed_rating=RATINGS[index % len(RATINGS)],
                promotion_recommended=index % 20 == 0,
                promotion_target_level="L5" if index % 20 == 0 else None,
                on_time=True,
                submitted_on=self.finalized_on,
            )

    def chunks(self) -> list[RatingsFinalizedV1]:
        """The finalized ratings in chunks of at most 500."""
        rated: list[tuple[str, Rating]] = [
            (name, RATINGS[index % len(RATINGS)]) for index, name in enumerate(names(self.people))
        ]
        digest = ratings_digest([(name, 1, str(rating)) for name, rating in rated])
        parts = [rated[start : start + CHUNK_LIMIT] for start in range(0, len(rated), CHUNK_LIMIT)]
        return [
            RatingsFinalizedV1(
                chunk_key=chunk_key(self.session_id, 1, number),
                session_id=self.session_id,
                cycle_id=self.cycle_id,
                division=DIVISION,
                department="Everybody",
                revision=1,
                chunk=number,
                chunks=len(parts),
                people=len(rated),
                digest=digest,
                finalized_on=self.finalized_on,
                ratings=tuple(
                    FinalRatingV1(person_id=name, rating=rating, revision=1) for name, rating in part
                ),
            )
            for number, part in enumerate(parts, 1)
        ]


class Envelope(NamedTuple):
    """A record as the outbox holds it: all that sending needs."""

    topic: str
    key: bytes
    payload: bytes
    headers: list[tuple[str, bytes]]


class Publisher:
    """Publishes events of other services with the envelope and the sequences that their outbox would give."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._last: dict[tuple[str, str], int] = {}

    async def publish(self, events: Iterable[Event]) -> None:
        """Return when the broker has all of them."""
        await self.send(self.encode(event) for event in events)

    async def send(self, encoded: Iterable[Envelope]) -> None:
        """``publish`` for events that are encoded already."""
        sent = [
            await self._producer.send(each.topic, each.payload, key=each.key, headers=each.headers)
            for each in encoded
        ]
        await asyncio.gather(*sent)

    def encode(self, event: Event) -> Envelope:
        """The event with its next sequence."""
        headers = [(name, value.encode()) for name, value in self._headers(event).items()]
        return Envelope(event.TOPIC.name, event.aggregate.encode(), event.model_dump_json().encode(), headers)

    def _headers(self, event: Event) -> dict[str, str]:
        place = (event.TOPIC.name, event.aggregate)
        self._last[place] = self._last.get(place, 0) + 1
        return {
            "ce_id": str(uuid4()),
            "ce_type": event.TYPE,
            "ce_subject": event.aggregate,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_sequence": str(self._last[place]),
            "ce_division": DIVISION,
            "ce_correlationid": "benchmark",
            "ce_traceparent": TRACEPARENT,
        }

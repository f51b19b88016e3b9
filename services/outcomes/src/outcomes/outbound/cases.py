"""Loads the rated cases that can be decided now."""

import json
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.cases import RatedCase
from outcomes.domain.rules.eligibility import merit_is_due
from outcomes.domain.rules.leave import LeaveSpan, leave_days_in_year
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.position import salary_range_of
from outcomes.outbound.frames import Frame, FrameKey, load_frames
from outcomes.outbound.merit_years import any_year_has_two, who_had_merit
from outcomes.outbound.pip_evidence import concern_of, resource_of
from outcomes.outbound.policies import ratio, thaw
from plumbline.runtime.database import raw

# What cannot be computed with keeps those waiting who need it, and nobody else.
# A policy that bears the frozen id but another digest is not the frozen one; who needs it waits for it.
# A later revision reuses the inputs that the first one froze, so nothing of today enters a correction. Of two
# revisions of one person that could be decided, the earlier one is decided first.
_AS_WRITTEN = "SET LOCAL join_collapse_limit = 1"
_READY = """
SELECT r.cycle_id, r.session_id, r.session_revision, r.division, r.person_id, r.revision, r.rating, r.finalized_on,
       r.ctid::text AS place, d.level, d.location, d.hire_date, d.manager_id, m.promotion, m.target_level,
       y.salary, y.currency, y.fte, l.spans, f.inputs AS frozen,
       n.person_id IS NOT NULL AND f.inputs IS NULL AS without_pay, t.attestation_id
FROM waiting_rating AS r
JOIN rating_chunk AS k
    ON k.session_id = r.session_id AND k.revision = r.session_revision AND k.chunk = 1 AND k.released
JOIN cycle AS c ON c.cycle_id = r.cycle_id AND c.problem IS NULL
JOIN cycle_policy AS cp ON cp.cycle_id = r.cycle_id AND cp.division = r.division
JOIN policy AS p ON p.policy_id = cp.policy_id AND p.digest = cp.digest AND p.problem IS NULL
JOIN directory AS d ON d.person_id = r.person_id
JOIN recommendation AS m ON m.cycle_id = r.cycle_id AND m.person_id = r.person_id
LEFT JOIN pay AS y ON y.person_id = r.person_id AND y.problem IS NULL
LEFT JOIN leave AS l ON l.person_id = r.person_id
LEFT JOIN without_pay AS n ON n.cycle_id = r.cycle_id AND n.person_id = r.person_id
LEFT JOIN attestation AS t ON r.rating = 1 AND t.cycle_id = r.cycle_id AND t.person_id = r.person_id
LEFT JOIN LATERAL (
    SELECT a.inputs FROM award AS a
    WHERE r.revision > 1 AND a.cycle_id = r.cycle_id AND a.person_id = r.person_id AND a.revision < r.revision
    ORDER BY a.revision LIMIT 1
) AS f ON true
WHERE (y.person_id IS NOT NULL OR n.person_id IS NOT NULL OR NOT c.merit)
  AND (r.revision = 1 OR NOT EXISTS (
    SELECT FROM waiting_rating AS e
    WHERE e.cycle_id = r.cycle_id AND e.person_id = r.person_id AND e.revision < r.revision))
"""
_IN_TURN = f"{_READY}  AND r.cycle_id <> ALL($1::uuid[])"
# Another text, so that it has a plan of its own.
_IN_TURN_MANY = f"{_IN_TURN}-- many"
_READY_AMONG = f"{_READY}  AND r.cycle_id = $1 AND r.person_id = ANY($2::text[])"
_HOW_MANY = "SELECT count(*) FROM waiting_rating"
_BY_HASH = "SET LOCAL enable_nestloop = off"
MANY = 2000
_CONCERNS = "SELECT * FROM concern WHERE person_id = ANY($1::text[]) ORDER BY occurred_on, concern_id"


class ReadyCase(NamedTuple):
    """A case that can be decided, what it shares with the others of its session's revision, and the place of the
    rating's row, which holds as long as the turn to decide."""

    case: RatedCase
    frame: Frame
    place: str


def frames_of(ready: Iterable[ReadyCase]) -> list[Frame]:
    """The frames of these cases, each once, in the cases' order."""
    return [*{id(each.frame): each.frame for each in ready}.values()]


class _Row(NamedTuple):
    """A row of ``_READY``, column by column."""

    cycle_id: UUID
    session_id: UUID
    session_revision: int
    division: str
    person_id: str
    revision: int
    rating: int
    finalized_on: date
    place: str
    level: str
    location: str
    hire_date: date
    manager_id: str | None
    promotion: bool
    target_level: str | None
    salary: int | None
    currency: str | None
    fte: str | None
    spans: str | None
    frozen: str | None
    without_pay: bool
    attestation_id: UUID | None

    @property
    def frame_key(self) -> FrameKey:
        """Whose frame is this row's."""
        return self[:4]


async def ready_cases(
    tx: AsyncConnection, *, at_once: int, without: Sequence[UUID] = ()
) -> AsyncGenerator[list[ReadyCase]]:
    """The cases whose inputs have all arrived, ``at_once`` in memory; the others keep waiting.

    ``without``: cycles that stand back now.

    One query for all, read in parts: asked again for each part, it would join the whole company every time.
    """
    driver = await raw(tx)
    # Joined in the order in which it is written: what the planner knows of ratings is old, since all of them have
    # just arrived, and its own order was quadratic. By primary keys for a few, by reading whole tables for many.
    await driver.execute(_AS_WRITTEN)
    many = await driver.fetchval(_HOW_MANY) > MANY
    if many:
        await driver.execute(_BY_HASH)
    portal = await driver.cursor(_IN_TURN_MANY if many else _IN_TURN, without)
    frames: dict[FrameKey, Frame] = {}
    once = not await any_year_has_two(driver)
    while rows := await portal.fetch(at_once):
        yield await _complete_cases(driver, rows, frames, merit_once=once)


async def ready_among(tx: AsyncConnection, cycle_id: UUID, people: Sequence[str]) -> list[ReadyCase]:
    """The cases of these people whose inputs have all arrived; of several revisions the earliest."""
    driver = await raw(tx)
    await driver.execute(_AS_WRITTEN)
    rows = await driver.fetch(_READY_AMONG, cycle_id, people)
    return await _complete_cases(driver, rows, {}, merit_once=False)


async def _complete_cases(
    driver: asyncpg.Connection, records: Sequence[Any], frames: dict[FrameKey, Frame], *, merit_once: bool
) -> list[ReadyCase]:
    """Add frames, who had merit, and for the lowest rating what a PIP's gate asks for.

    ``frames`` holds the known ones; ``merit_once``: no year has two merit cycles, so nobody had merit in another.
    """
    rows = [*map(_Row._make, records)]
    keys = [row.frame_key for row in rows]
    frames |= await load_frames(driver, set(keys) - frames.keys())
    framed = [frames[key] for key in keys]
    had = set[tuple[str, int]]()
    if not merit_once:
        paying = [row for row, frame in zip(rows, framed, strict=True) if frame.merit]
        people = [row.person_id for row in paying]
        had = await who_had_merit(driver, {row.cycle_id for row in paying}, people)
    lowest = [row.person_id for row in rows if row.rating == 1]
    concerns: dict[tuple[UUID, str], list[Any]] = {}
    if lowest:
        for each in await driver.fetch(_CONCERNS, lowest):
            concerns.setdefault((each["cycle_id"], each["person_id"]), []).append(each)
    return [_ready(row, frame, concerns, had) for row, frame in zip(rows, framed, strict=True)]


def _ready(
    row: _Row,
    frame: Frame,
    concerns: Mapping[tuple[UUID, str], Sequence[Any]],
    had: Collection[tuple[str, int]],
) -> ReadyCase:
    without_pay = frame.merit and row.without_pay
    mine = concerns.get((row.cycle_id, row.person_id), ())
    case = RatedCase(
        cycle_id=row.cycle_id,
        session_id=row.session_id,
        person_id=row.person_id,
        division=row.division,
        level=row.level,
        manager_id=row.manager_id,
        revision=row.revision,
        rating=row.rating,
        finalized_on=row.finalized_on,
        cycle_start=frame.period_start,
        promotion_recommended=row.promotion,
        target_level=row.target_level,
        merit=_merit_inputs(row, frame, had) if frame.merit and not without_pay else None,
        concerns=tuple(map(concern_of, mine)),
        resources=tuple([resource_of(each) for each in mine if each["resource_offered_on"]]) if mine else (),
        attestation=None if row.attestation_id is None else str(row.attestation_id),
        without_pay=without_pay,
    )
    return ReadyCase(case, frame, row.place)


def _merit_inputs(row: _Row, frame: Frame, had: Collection[tuple[str, int]]) -> MeritInputs:
    if row.frozen is not None:
        return thaw(row.person_id, row.frozen)._replace(rating=row.rating)
    year, currency = frame.period_end.year, row.currency
    # Whose pay is missing or cannot be computed with is not ready.
    assert row.salary is not None
    assert row.fte is not None
    assert currency is not None
    unpaid, protected = leave_days_in_year(_spans(row.spans), year=year) if row.spans else (0, 0)
    return MeritInputs(
        employee_id=row.person_id,
        rating=row.rating,
        currency=currency,
        salary=row.salary,
        fte=ratio(row.fte),
        salary_range=salary_range_of(frame.ranges, level=row.level, location=row.location, currency=currency),
        hire_date=row.hire_date,
        year=year,
        unpaid_leave_days=unpaid,
        protected_leave_days=protected,
        merit_had=not merit_is_due(row.person_id, year, paid=had),
    )


def _spans(text: str) -> list[LeaveSpan]:
    return [
        LeaveSpan(
            starts_on=date.fromisoformat(span["starts_on"]),
            ends_on=date.fromisoformat(span["ends_on"]),
            unpaid=span["unpaid"],
            protected=span["protected"],
        )
        for span in json.loads(text)
    ]

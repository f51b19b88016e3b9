"""Recomputes everything that was decided from its frozen inputs, and names each stored value that differs."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import RATINGS
from outcomes.domain.recheck_pay import recheck_pay
from outcomes.domain.recheck_pool import POOL, StoredPool, recheck_award, recheck_pool
from outcomes.domain.redecide import redecide
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.stored import MERIT, Difference, StoredAward, StoredPerson, difference
from outcomes.outbound.pay_changes import read_pay
from outcomes.outbound.policies import thaw
from outcomes.outbound.stored_rows import (
    Policies,
    read_moves,
    read_people,
    read_policies,
    read_pools,
    read_undecided,
    read_wrong_digests,
)

_UNREADABLE = (Rejected, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many outcomes and awards, pools and follow-ups were recomputed, and which values differ."""

    recomputed: int
    pools: int
    follow_ups: int
    differences: tuple[Difference, ...]


async def verify_outcomes(tx: AsyncConnection) -> Verified:
    """Decide every stored rating and compute every pool again, and compare with what payroll was told, in an open
    transaction that sees one instant.

    What is missing, and what should not be there, differs too. Today's people, pay and leave take no part.
    """
    policies = await read_policies(tx)
    recomputed, found = 0, [*await _origins(tx)]
    async for people in read_people(tx):
        for person in people:
            recomputed += len(person.outcomes) + (person.award is not None)
            found += _person(person, policies)
    pools = 0
    async for pool, frozen, awards in read_pools(tx):
        pools += 1
        found += _pool(pool, frozen, awards, policies)
    async for paid in read_pay(tx):
        found += recheck_pay(paid)
    follow_ups = 0
    async for each in _follow_ups(tx):
        follow_ups += 1
        found += each
    return Verified(recomputed=recomputed, pools=pools, follow_ups=follow_ups, differences=tuple(found))


async def _origins(tx: AsyncConnection) -> list[Difference]:
    """Ratings that are not those that calibration finalized, and outcomes without a rating."""
    wrong = [
        difference(
            f"{row['session_id']}/{row['revision']}", "ratings", "digest", row["stored"], row["recomputed"]
        )
        for row in await read_wrong_digests(tx)
    ]
    orphans = [
        difference(row["outcome_id"], row["component"], row["kind"], row["state"], None)
        for row in await read_undecided(tx)
    ]
    return [*wrong, *orphans]


def _person(person: StoredPerson, policies: Policies) -> list[Difference]:
    rating = person.rating
    found = policies.get((rating.policy_id, rating.policy_digest))
    if found is None or rating.rating not in RATINGS or not rating.known:
        return [difference(rating.outcome_id("*"), "rating", "decided", rating.rating, None)]
    policy, ranges = found
    differences = redecide(person, policy)
    if person.award is None:
        return differences
    inputs = _thaw(person.award)
    if inputs is None:
        return [*differences, _unreadable(person.award)]
    first = None if person.first_inputs is None else _thaw(person.award, person.first_inputs)
    return [*differences, *recheck_award(person, inputs, policy, ranges, first=first)]


def _pool(
    pool: StoredPool, frozen: tuple[str, str] | None, awards: Sequence[StoredAward], policies: Policies
) -> list[Difference]:
    found = None if frozen is None else policies.get(frozen)
    if found is None:
        return [difference(pool.pool_id, POOL, "policy", None, None)] if awards else []
    read = [(row, inputs) for row in awards if (inputs := _thaw(row)) is not None]
    return recheck_pool(pool, read, found[0])


def _thaw(row: StoredAward, text: str | None = None) -> MeritInputs | None:
    """An award's frozen inputs; None where they are none that a rule could compute with."""
    try:
        inputs = thaw(row.person_id, row.inputs if text is None else text)
    except _UNREADABLE:
        return None
    sound = inputs.rating in RATINGS and inputs.fte > 0 and inputs.year > 0
    place = inputs.salary_range
    return inputs if sound and (place is None or place.minimum < place.maximum) else None


def _unreadable(row: StoredAward) -> Difference:
    return difference(row.outcome_id, MERIT, "inputs", row.inputs, None)


async def _follow_ups(tx: AsyncConnection) -> AsyncGenerator[list[Difference]]:
    async for rows in read_moves(tx):
        for row in rows:
            yield [*_chain(row)]


def _chain(row: Any) -> Iterator[Difference]:  # noqa: ANN401 - a database row
    """Each move begins where the one before ended, the first where the rating led, and the last ends where it stands."""
    moves = [(start, to) for start, to in zip(row["froms"], row["tos"], strict=True) if to is not None]
    states = [(None, row["decided_as"]), *moves]
    for (_, before), (start, _) in pairwise(states):
        if start != before:
            yield difference(row["outcome_id"], str(row["component"]), "moved_from", start, before)
    if row["current"] != states[-1][1]:
        yield difference(
            row["outcome_id"], str(row["component"]), "current_state", row["current"], states[-1][1]
        )

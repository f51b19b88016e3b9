"""Computes stored awards and pools again, and names every stored value that does not follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from outcomes.domain.cases import DivisionPolicy
from outcomes.domain.policy import SalaryRange
from outcomes.domain.rules.merit import MeritInputs, MeritSplit, recommend_merit
from outcomes.domain.rules.pool import AwardedPool, Member, award_at_factor, award_pool, member_of
from outcomes.domain.rules.position import RangeKey
from outcomes.domain.stored import MERIT, Difference, StoredAward, StoredPerson, compare, difference

POOL = "pool"
_SUMS = ("people", "budget", "guideline", "floor", "award", "shortfall", "factor")
_SPLIT = ("award", "base_increase", "lump_sum", "new_salary")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPool:
    """A pool's row as it is; ``budget_amount`` and the sums are minor units, None until it is computed.

    ``revisions``: who took part at a later revision than the first.
    """

    pool_id: UUID
    state: str
    budget_amount: int | None
    budget_percent: Fraction | None
    people: int | None
    budget: int | None
    guideline: int | None
    floor: int | None
    award: int | None
    shortfall: int | None
    factor: str | None
    revisions: Mapping[str, int]


def recheck_award(
    person: StoredPerson,
    inputs: MeritInputs,
    policy: DivisionPolicy,
    ranges: Mapping[RangeKey, SalaryRange],
    *,
    first: MeritInputs | None,
) -> list[Difference]:
    """An award's own row: what its frozen ``inputs`` recommend, and that these are the rating's, the policy's and the
    cycle's; those of a later revision are those of the ``first`` award."""
    row, rating = person.award, person.rating
    if row is None:
        return []
    recommended, place = recommend_merit(inputs, policy.merit), inputs.salary_range
    wanted = {
        "outcome_id": rating.outcome_id(MERIT),
        "pool_id": person.pools.get(inputs.currency),
        "division": rating.division,
        "currency": inputs.currency,
        "refusal": recommended.refusal,
        "salary": inputs.salary,
        "fte": str(inputs.fte),
        "maximum": None if place is None else place.maximum,
        "guideline": recommended.guideline,
        "floor": recommended.floor,
    }
    found = compare(row.outcome_id, MERIT, row, wanted)
    frozen = inputs if first is None else first._replace(rating=rating.rating)
    named = None if place is None else ranges.get((place.level, place.location, place.currency))
    right = frozen._replace(rating=rating.rating, year=rating.period_end.year, salary_range=named)
    found += [
        difference(row.outcome_id, MERIT, f"inputs.{name}", getattr(inputs, name), getattr(right, name))
        for name in MeritInputs._fields
        if getattr(inputs, name) != getattr(right, name)
    ]
    return found


def recheck_pool(
    pool: StoredPool, awards: Sequence[tuple[StoredAward, MeritInputs]], policy: DivisionPolicy
) -> list[Difference]:
    """A pool's sums and factor, and everybody's share; who is in ``awards`` stands there once a revision."""
    members = [(row, _member(inputs, policy)) for row, inputs in awards]
    if pool.state == "open":
        unset = {name: None for name in _SUMS}
        pairs = [(row, None) for row, _ in members]
        return [*compare(pool.pool_id, POOL, pool, unset), *_recheck_splits(pairs)]
    took_part = [each for each in members if _took_part(pool, each[0])]
    if pool.budget_amount is not None and pool.budget_percent is not None:
        return [difference(pool.pool_id, POOL, "budget_percent", str(pool.budget_percent), None)]
    computed = award_pool(
        [member for _, member in took_part],
        budget=pool.budget_amount,
        budget_percent=pool.budget_percent,
    )
    found = compare(pool.pool_id, POOL, pool, _sums([member for _, member in took_part], computed))
    return [*found, *_recheck_splits(_splits(pool, members, computed))]


def _member(inputs: MeritInputs, policy: DivisionPolicy) -> Member:
    return member_of(inputs, recommend_merit(inputs, policy.merit))


def _took_part(pool: StoredPool, row: StoredAward) -> bool:
    """At this revision, when the pool was computed; whoever was rated after an award of the pool has none of it."""
    at = pool.revisions.get(row.person_id, 1)
    return row.revision == at and (pool.state == "refused" or row.award is not None)


def _sums(members: Sequence[Member], computed: AwardedPool) -> dict[str, object]:
    splits = computed.splits
    return {
        "state": "refused" if splits is None else "awarded",
        "people": sum(each.eligible for each in members),
        "budget": computed.budget,
        "guideline": sum(each.guideline for each in members),
        "floor": sum(each.floor for each in members),
        "award": None if splits is None else sum(each.award for each in splits),
        "shortfall": computed.shortfall,
        "factor": None if computed.factor is None else str(computed.factor),
    }


def _splits(
    pool: StoredPool, members: Iterable[tuple[StoredAward, Member]], computed: AwardedPool
) -> list[tuple[StoredAward, MeritSplit | None]]:
    """Everybody's share; a later revision's is at the factor, and nobody has one before it is awarded."""
    shares = iter(computed.splits or ())
    pairs: list[tuple[StoredAward, MeritSplit | None]] = []
    for row, member in members:
        if computed.factor is None:
            pairs.append((row, None))
        elif _took_part(pool, row):
            pairs.append((row, next(shares)))
        elif row.award is None:
            pairs.append((row, None))
        else:
            pairs.append((row, award_at_factor(member, computed.factor)))
    return pairs


def _recheck_splits(pairs: Iterable[tuple[StoredAward, MeritSplit | None]]) -> list[Difference]:
    everybody = list(pairs)
    newest: dict[str, int] = {}
    for row, split in everybody:
        if split is not None:
            newest[row.person_id] = max(row.revision, newest.get(row.person_id, 0))
    found: list[Difference] = []
    for row, split in everybody:
        wanted: dict[str, object] = {name: None for name in _SPLIT}
        if split is not None:
            wanted |= split._asdict()
        states = _states(row, split, newest=newest.get(row.person_id, 0))
        if row.state not in states:
            wanted["state"] = states[0]
        found += compare(row.outcome_id, MERIT, row, wanted)
    return found


def _states(row: StoredAward, split: MeritSplit | None, *, newest: int) -> tuple[str, ...]:
    """Where an award can stand: signatures move it on from awarded."""
    if row.revision < newest:
        return ("superseded",)
    if split is None:
        return ("provisional",)
    return ("awarded", "approved") if row.refusal is None else ("ineligible",)

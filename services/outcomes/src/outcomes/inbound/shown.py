"""What of a row reaches whom: who may not read final ratings gets the amounts, and nothing that tells the rating.

Fields are named, so that one that is added later stays hidden until somebody decides about it. An amount is computed
from the rating, and who may see it can guess: that is the price of paying and budgeting at all.
"""

from collections.abc import Collection, Mapping
from typing import Any

from outcomes.usecases.rights import reads_final_rating
from plumbline.runtime.access import Action, Relation, Resource, State, may

Row = dict[str, Any]

# Below this a sum is nearly somebody's own.
SMALLEST_POOL = 5
# Guideline and floor over the salary are the matrix' percent for a rating; the inputs name it.
AWARD = frozenset(
    (
        "outcome_id",
        "cycle_id",
        "pool_id",
        "person_id",
        "division",
        "revision",
        "currency",
        "state",
        "refusal",
        "award",
        "base_increase",
        "lump_sum",
        "new_salary",
        "signed",
        "released_on",
    )
)
SALARY = frozenset({"salary", "fte"})
OUTCOME = frozenset(
    (
        "outcome_id",
        "cycle_id",
        "session_id",
        "person_id",
        "division",
        "revision",
        "component",
        "state",
        "decided_as",
        "superseded",
        "policy_id",
        "policy_digest",
        "text",
        "version",
        "content",
        "schedule",
        "starts_on",
        "suspended_on",
        "acknowledged_at",
        "panel",
        "checks",
        "approvals",
    )
)
# By component: what of the inputs, and what of the result.
DETAIL = {
    "merit": ({"without_pay"}, {"reason"}),
    "equity": (set[str](), {"shares", "vesting", "reason"}),
    "promotion_case": (set[str](), {"from_level", "target_level"}),
    "assignment": (set[str](), {"kind"}),
    "development_plan": (set[str](), {"starts_on", "checkpoints", "ends_on", "extension_ends_on"}),
    "pip": ({"proposed_on", "concerns", "attestation", "after_plan"}, {"gap", "missing", "evidence"}),
}
POOL_SUMS = frozenset({"guideline", "floor", "factor"})
# Beside what the pool was awarded with they tell what a correction paid, which is mostly one person's.
CORRECTED_SUMS = frozenset({"spent", "reserve_drawn"})


def shown_award(row: Row, held: Collection[Relation], *, released: bool) -> Row:
    """An award as it is shown to somebody who may read it: the salary to whom pay is, the way to it with the rating."""
    if reads_final_rating(held, released=released):
        return row
    paid = may(held, action=Action.READ, resource=Resource.PAY)
    return _only(row, AWARD | SALARY if paid else AWARD)


def shown_outcome(row: Row, held: Collection[Relation], *, released: bool) -> Row:
    """Another outcome as it is shown to somebody who may read it."""
    if reads_final_rating(held, released=released):
        return row
    inputs, result = DETAIL[row["component"]]
    return {
        **_only(row, OUTCOME),
        "inputs": _only(row["inputs"], inputs),
        "result": _only(row["result"], result),
    }


def shown_pool(row: Row, held: Collection[Relation]) -> Row:
    """A pool as it is shown to somebody who may read it; sums of few people are null, like a factor made of them, and
    what corrections paid to whom no award is shown.

    ``held``: how the viewer stands to the pool's division.
    """
    hidden = set[str]()
    if not may(held, action=Action.READ, resource=Resource.AWARD, state=State.BEFORE_RELEASE):
        hidden |= CORRECTED_SUMS
    of_few = row["people"] is None or row["people"] < SMALLEST_POOL
    if of_few and not reads_final_rating(held, released=False):
        hidden |= POOL_SUMS
    return {**row, **dict.fromkeys(hidden)}


def _only(row: Mapping[str, Any], names: Collection[str]) -> Row:
    return {name: value for name, value in row.items() if name in names}

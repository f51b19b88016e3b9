"""What is stored of a decided rating, as the recomputation of everything reads it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5

from outcomes.domain.rules.pip_gate import Concern, ResourceOffer

MERIT = "merit"
_IN_JSON = (str, int, bool, dict, list, type(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stored value that its frozen inputs do not give; amounts in minor units, None: it should not be, or is not."""

    outcome_id: str
    component: str
    field: str
    stored: object
    recomputed: object


class StoredRating(NamedTuple):
    """A decided rating with what its cycle, its recommendation and HR say, where both are ``known``.

    ``superseded``: a later one is decided.
    """

    cycle_id: UUID
    person_id: str
    revision: int
    session_id: UUID
    division: str
    rating: int
    finalized_on: date
    superseded: bool
    period_start: date
    period_end: date
    merit: bool
    policy_id: str
    policy_digest: str
    promotion: bool
    target_level: str | None
    without_pay: bool
    known: bool

    def outcome_id(self, component: str) -> str:
        """The id that this component of the person's outcomes has."""
        return str(uuid5(self.session_id, f"{self.person_id}/{self.revision}/{component}"))


class StoredOutcome(NamedTuple):
    """An outcome's row as it is, ``inputs`` and ``result`` as JSON text.

    ``current``: where people moved it, None when nobody did; ``ended_on``: when it ended without improvement.
    """

    outcome_id: str
    session_id: UUID
    division: str
    rating: int
    component: str
    state: str
    policy_id: str
    policy_digest: str
    superseded: bool
    inputs: str
    result: str
    current: str | None
    ended_on: date | None


class StoredAward(NamedTuple):
    """An award's row as it is; amounts in minor units, None until its pool is awarded."""

    outcome_id: str
    pool_id: UUID
    person_id: str
    division: str
    revision: int
    currency: str
    inputs: str
    refusal: str | None
    salary: int
    fte: str
    maximum: int | None
    guideline: int
    floor: int
    state: str
    award: int | None
    base_increase: int | None
    lump_sum: int | None
    new_salary: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPerson:
    """All that is stored of one decided rating.

    ``award`` is this revision's, ``first_inputs`` those of the person's first award of the cycle; ``pools``: currency
    → pool of the division. The evidence is what is documented by today.
    """

    rating: StoredRating
    outcomes: Sequence[StoredOutcome]
    award: StoredAward | None = None
    first_inputs: str | None = None
    pools: Mapping[str, UUID] = field(default_factory=dict[str, UUID])
    concerns: Mapping[str, Concern] = field(default_factory=dict[str, Concern])
    offers: Mapping[str, ResourceOffer] = field(default_factory=dict[str, ResourceOffer])
    attestation: str | None = None


def difference(
    outcome_id: object, component: str, name: str, stored: object, recomputed: object
) -> Difference:
    """A difference in a field; what JSON does not know is text."""
    return Difference(
        outcome_id=str(outcome_id),
        component=component,
        field=name,
        stored=_plain(stored),
        recomputed=_plain(recomputed),
    )


def _plain(value: object) -> object:
    return value if type(value) in _IN_JSON else str(value)


def compare(
    outcome_id: object, component: str, stored: object, wanted: Mapping[str, object]
) -> list[Difference]:
    """The fields of a row that are not as wanted."""
    return [
        difference(outcome_id, component, name, getattr(stored, name), value)
        for name, value in wanted.items()
        if getattr(stored, name) != value
    ]


def read_stored(text: str) -> object:
    """What a stored JSON text says; the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def same(stored: object, recomputed: object) -> bool:
    """Whether two plain values are written alike: a tuple is a list, and true is not 1."""
    return json.dumps(stored, sort_keys=True) == json.dumps(recomputed, sort_keys=True)

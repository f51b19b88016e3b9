"""A finalized rating with everything that its outcomes are computed from, frozen as one value."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from outcomes.domain.policy import EquityPolicy, MeritPolicy
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.pip_gate import Concern, ResourceOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionPolicy:
    """The policy version that a cycle froze for a division."""

    policy_id: str
    digest: str
    merit: MeritPolicy
    equity: EquityPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedCase:
    """One person's rating and the inputs of its outcomes; ``merit`` is None in a cycle without merit.

    ``concerns``, ``resources`` and ``attestation`` matter to a PIP's gate only.
    """

    cycle_id: UUID
    session_id: UUID
    person_id: str
    division: str
    level: str
    manager_id: str | None
    revision: int
    rating: int
    finalized_on: date
    cycle_start: date
    promotion_recommended: bool
    target_level: str | None
    merit: MeritInputs | None
    concerns: tuple[Concern, ...] = ()
    resources: tuple[ResourceOffer, ...] = ()
    attestation: str | None = None


def outcome_id(case: RatedCase, component: str) -> UUID:
    """The id of an outcome: the same session, person, revision and component always give the same one."""
    return uuid5(case.session_id, f"{case.person_id}/{case.revision}/{component}")

"""A finalized rating with everything that its outcomes are computed from, frozen as one value."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

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


class Profile(NamedTuple):
    """What a rating's outcomes beside a merit award depend on.

    ``concerns``, ``resources`` and ``attestation`` matter to a PIP's gate only.
    """

    rating: int
    level: str
    finalized_on: date
    cycle_start: date
    promotion_recommended: bool
    target_level: str | None
    concerns: tuple[Concern, ...]
    resources: tuple[ResourceOffer, ...]
    attestation: str | None
    without_pay: bool


class RatedCase(NamedTuple):
    """One person's rating and the inputs of its outcomes.

    ``merit`` is None in a cycle without merit, and of who goes on ``without_pay`` in one with merit.
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
    without_pay: bool = False

    @property
    def profile(self) -> Profile:
        """What decides, beside pay, what the rating leads to; most people share theirs with many."""
        return Profile(
            self.rating,
            self.level,
            self.finalized_on,
            self.cycle_start,
            self.promotion_recommended,
            self.target_level,
            self.concerns,
            self.resources,
            self.attestation,
            self.without_pay,
        )

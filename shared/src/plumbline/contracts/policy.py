"""A policy: the versioned numbers of a division, owned by reviews and frozen by each cycle."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from plumbline.contracts.event import Contract, Currency, DecimalText, Event, Rating
from plumbline.contracts.topics import POLICY, Topic

Quartiles = tuple[DecimalText, DecimalText, DecimalText, DecimalText]


class MeritPolicyV1(Contract):
    """Merit in percent of salary: rating × quartile, floors, and the cut-off day (``MM-DD``) for hires."""

    hire_cut_off: Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")] = "09-30"
    matrix: dict[Rating, Quartiles]
    floors: dict[Rating, DecimalText]


class SalaryRangeV1(Contract):
    """Annual full-time pay of a level in a location; ``*`` stands for every location."""

    level: str
    location: str = "*"
    currency: Currency
    minimum: DecimalText
    maximum: DecimalText


class EquityGrantV1(Contract):
    """An equity refresh in shares for a level and rating."""

    level: str
    rating: Rating
    shares: int


class CheckPolicyV1(Contract):
    """Limits of the fairness checks."""

    minimum_service_days: int = 90
    concentration_counts_only_4: bool = False


class PolicyDocumentV1(Contract):
    """All the numbers that an organization may change for a division."""

    version: str
    merit: MeritPolicyV1
    ranges: tuple[SalaryRangeV1, ...] = ()
    guideline: dict[Rating, tuple[DecimalText, DecimalText]]
    equity: tuple[EquityGrantV1, ...] = ()
    vesting_parts: int = 16
    checks: CheckPolicyV1 = CheckPolicyV1()


class PolicyStateV1(Event):
    """A published policy version; ``policy_id`` is ``division/version`` and ``digest`` its SHA-256."""

    TOPIC: ClassVar[Topic] = POLICY
    TYPE: ClassVar[str] = "pm.policy.policy.v1"
    KEY: ClassVar[str] = "policy_id"

    policy_id: str
    division: str
    digest: str
    effective_from: date
    document: PolicyDocumentV1

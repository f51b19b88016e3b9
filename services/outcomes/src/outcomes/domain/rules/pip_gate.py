"""The PIP gate: which evidence a PIP needs before it may be proposed, and where it goes without it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

PIP_GATE_RULE_VERSION = "pip-gate.2"
CONTEMPORANEOUS_DAYS = 7
CONCERNS_NEEDED = 2
DAYS_APART = 14
DAYS_BEFORE_PROPOSAL = 30


class PipRoute(StrEnum):
    """Where a proposal goes: to a PIP, or to a 90-day plan for want of evidence."""

    PIP = "pip"
    PLAN = "plan"


class GateItem(StrEnum):
    """The gate's items, by the names under which a missing one is reported."""

    TWO_CONCERNS = "two_contemporaneous_concerns"
    DELIVERED = "delivered_and_acknowledged"
    APART = "fourteen_days_apart"
    EARLY_ENOUGH = "first_thirty_days_before_proposal"
    RESOURCE = "resource_offered"
    HR_ATTESTATION = "hr_attestation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A dated concern about a named gap; ``event_id`` is what the gate cites.

    ``refusal_witnessed_on``: the employee refused to acknowledge, and HR witnessed it.
    """

    event_id: str
    gap: str
    occurred_on: date
    recorded_on: date
    delivered_on: date | None = None
    acknowledged_on: date | None = None
    refusal_witnessed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceOffer:
    """Help that was offered for a gap: mentoring, training, time."""

    event_id: str
    gap: str
    offered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GateProposal:
    """What a PIP proposal rests on.

    ``hr_attestation``: the event by which HR attests that no accommodation, leave or complaint stands against
    it. ``cycle_start`` None: all concerns belong to the cycle.
    """

    concerns: tuple[Concern, ...]
    resources: tuple[ResourceOffer, ...]
    proposed_on: date
    hr_attestation: str | None
    cycle_start: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The gate's answer: route, the gap it rests on, missing items, and the event ids that each item cites."""

    route: PipRoute
    gap: str | None
    missing: tuple[GateItem, ...]
    evidence: dict[GateItem, tuple[str, ...]]

    @property
    def allowed(self) -> bool:
        """Whether the PIP may be proposed."""
        return self.route is PipRoute.PIP


def pip_gate(proposal: GateProposal) -> GateVerdict:
    """A PIP only with every item evidenced, all about the same gap; else a 90-day plan, and what was missing.

    Of several gaps the one with the fewest missing items is judged, ties by name.
    """
    gaps = sorted({each.gap for each in proposal.concerns})
    verdicts = [gate_for_gap(proposal, gap) for gap in gaps] or [gate_for_gap(proposal, None)]
    return min(verdicts, key=lambda verdict: len(verdict.missing))


def gate_for_gap(proposal: GateProposal, gap: str | None) -> GateVerdict:
    """The gate's items for one gap; evidence that is dated after the proposal does not count."""
    recorded = [each for each in proposal.concerns if each.gap == gap and counts(each, proposal)]
    delivered = [each for each in recorded if delivered_and_answered(each, by=proposal.proposed_on)]
    judged = delivered if len(delivered) >= CONCERNS_NEEDED else recorded
    resources = [
        each for each in proposal.resources if each.gap == gap and each.offered_on <= proposal.proposed_on
    ]
    found = {
        GateItem.TWO_CONCERNS: ids_of(recorded) if len(recorded) >= CONCERNS_NEEDED else (),
        GateItem.DELIVERED: ids_of(delivered) if len(delivered) >= CONCERNS_NEEDED else (),
        GateItem.APART: ids_of(judged) if far_enough_apart(judged) else (),
        GateItem.EARLY_ENOUGH: early_enough(judged, proposed_on=proposal.proposed_on),
        GateItem.RESOURCE: tuple(each.event_id for each in resources),
        GateItem.HR_ATTESTATION: (proposal.hr_attestation,) if proposal.hr_attestation else (),
    }
    missing = tuple(item for item, ids in found.items() if not ids)
    route = PipRoute.PLAN if missing else PipRoute.PIP
    return GateVerdict(route=route, gap=gap, missing=missing, evidence=found)


def counts(concern: Concern, proposal: GateProposal) -> bool:
    """A concern of this cycle, recorded in time and before the proposal."""
    in_cycle = proposal.cycle_start is None or concern.occurred_on >= proposal.cycle_start
    return in_cycle and concern.recorded_on <= proposal.proposed_on and is_contemporaneous(concern)


def is_contemporaneous(concern: Concern) -> bool:
    """Recorded, by the server's clock, at most 7 days after it happened."""
    return 0 <= (concern.recorded_on - concern.occurred_on).days <= CONTEMPORANEOUS_DAYS


def delivered_and_answered(concern: Concern, *, by: date) -> bool:
    """Recorded, then delivered, then acknowledged or the refusal witnessed by HR, all by a day."""
    delivered = concern.delivered_on
    if delivered is None or not concern.recorded_on <= delivered <= by:
        return False
    answers = (concern.acknowledged_on, concern.refusal_witnessed_on)
    return any(answer is not None and delivered <= answer <= by for answer in answers)


def far_enough_apart(concerns: Sequence[Concern]) -> bool:
    """The first and the last happened 14 or more days apart."""
    days = sorted(each.occurred_on for each in concerns)
    return bool(days) and (days[-1] - days[0]).days >= DAYS_APART


def early_enough(concerns: Collection[Concern], *, proposed_on: date) -> tuple[str, ...]:
    """The concerns that happened at least 30 days before the proposal."""
    return tuple(
        each.event_id for each in concerns if (proposed_on - each.occurred_on).days >= DAYS_BEFORE_PROPOSAL
    )


def ids_of(concerns: Sequence[Concern]) -> tuple[str, ...]:
    """The events that a set of concerns cites."""
    return tuple(each.event_id for each in concerns)


GATE_SENTENCES = {
    GateItem.TWO_CONCERNS: "at least 2 concerns about the same gap, each recorded within 7 days of what happened",
    GateItem.DELIVERED: "at least 2 of them delivered, and acknowledged or the refusal witnessed by HR",
    GateItem.APART: "concerns that happened 14 or more days apart",
    GateItem.EARLY_ENOUGH: "a first concern at least 30 days before the proposal",
    GateItem.RESOURCE: "a resource offered for this gap",
    GateItem.HR_ATTESTATION: "HR's attestation that no accommodation, leave or complaint stands against it",
}


def missing_in_words(verdict: GateVerdict) -> tuple[str, ...]:
    """Each missing item as the sentence that the manager reads."""
    return tuple(GATE_SENTENCES[item] for item in verdict.missing)

"""What follows from a 90-day plan that ended without improvement: facts, without any I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from outcomes.domain.decisions import describe_gate, timetable
from outcomes.domain.gate_inputs import freeze_gate
from outcomes.domain.rules.pip_gate import GateProposal, pip_gate
from outcomes.domain.rules.plans import ninety_day_plan_dates


@dataclass(frozen=True, slots=True, kw_only=True)
class LedTo:
    """An outcome that a plan led to: its component, state, and the inputs and result in plain values."""

    outcome_id: UUID
    component: str
    state: str
    inputs: Mapping[str, object]
    result: Mapping[str, object]


def propose_after_plan(plan_id: UUID, *, rating: int, proposal: GateProposal) -> tuple[LedTo, ...]:
    """A PIP proposal where its gate is passed; else the refusal with what was missing, and another 90-day plan.

    The same plan always gives the same ids.
    """
    verdict = pip_gate(proposal)
    pip = LedTo(
        outcome_id=uuid5(plan_id, "pip"),
        component="pip",
        state="proposed" if verdict.allowed else "refused",
        inputs={"after_plan": str(plan_id), **freeze_gate(proposal)},
        result=describe_gate(verdict),
    )
    if verdict.allowed:
        return (pip,)
    dates = timetable(ninety_day_plan_dates(proposal.proposed_on))
    because = "the PIP's gate lacks evidence"
    plan = LedTo(
        outcome_id=uuid5(plan_id, "development_plan"),
        component="development_plan",
        state="draft",
        inputs={"rating": rating, "starts_on": proposal.proposed_on.isoformat(), "after_plan": str(plan_id)},
        result={"kind": "ninety_day", "because": because, **dates},
    )
    return (pip, plan)

"""From a finalized rating to what follows from it: facts, without any I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from outcomes.domain.cases import DivisionPolicy, Profile, RatedCase
from outcomes.domain.errors import Rejected
from outcomes.domain.gate_inputs import freeze_gate
from outcomes.domain.rules.development import Outcome, outcomes_of_rating
from outcomes.domain.rules.equity import equity_refresh, vesting_parts
from outcomes.domain.rules.merit import NO_PAY_RECORD, MeritRecommendation, recommend_merit
from outcomes.domain.rules.pip_gate import GateProposal, GateVerdict, pip_gate
from outcomes.domain.rules.plans import Timetable, ninety_day_plan_dates

Plain = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One thing that follows from a rating: its component, state, and the inputs and result in plain values."""

    component: str
    state: str
    inputs: Plain = field(default_factory=dict[str, object])
    result: Plain = field(default_factory=dict[str, object])


class Decision(NamedTuple):
    """All that follows from one person's rating; ``merit`` stays provisional until its pool is complete.

    Who goes on without pay has no ``merit`` but an outcome that says so.
    """

    case: RatedCase
    outcomes: tuple[Decided, ...]
    merit: MeritRecommendation | None


def decide_together(cases: Iterable[RatedCase], policy: DivisionPolicy) -> list[Decision]:
    """Apply every rule that finalized ratings trigger, under one policy; the decisions in the cases' order.

    What people of one profile share is worked out once. The same case and policy give the same facts.

    Raises:
        Rejected: a rating is none of 1 to 5.
    """
    known: dict[Profile, tuple[Decided, ...]] = {}
    decisions: list[Decision] = []
    for case in cases:
        profile = case.profile
        if profile not in known:
            known[profile] = outcomes_of_profile(profile, policy)
        merit = None if case.merit is None else recommend_merit(case.merit, policy.merit)
        decisions.append(Decision(case=case, outcomes=known[profile], merit=merit))
    return decisions


def outcomes_of_profile(case: Profile, policy: DivisionPolicy) -> tuple[Decided, ...]:
    """What a rating leads to beside a merit award, in the order in which it is announced.

    Raises:
        Rejected: the rating is none of 1 to 5.
    """
    kinds = outcomes_of_rating(case.rating, recommended_for_promotion=case.promotion_recommended)
    decided = tuple(decided for kind in kinds for decided in _decide(kind, case, policy))
    return (*decided, refuse_merit_without_pay(case.rating)) if case.without_pay else decided


def refuse_merit_without_pay(rating: int) -> Decided:
    """No merit for somebody whom HR named as a person without pay: no amount, no currency and so no pool."""
    inputs = {"rating": rating, "without_pay": True}
    return Decided(component="merit", state="ineligible", inputs=inputs, result={"reason": NO_PAY_RECORD})


def _decide(kind: Outcome, case: Profile, policy: DivisionPolicy) -> list[Decided]:
    match kind:
        case Outcome.EQUITY_REFRESH:
            return [_grant_equity(case, policy)]
        case Outcome.PROMOTION_REVIEW:
            return [_open_promotion_case(case)]
        case Outcome.GROWTH_PLAN:
            return [_draft_growth_plan(case)]
        case Outcome.NINETY_DAY_PLAN:
            return [_draft_ninety_day_plan(case, because="rating 2")]
        case Outcome.PIP_PROPOSAL:
            return _propose_pip(case)
        case _:
            return [_assign(kind, case)]


def _grant_equity(case: Profile, policy: DivisionPolicy) -> Decided:
    """Shares from the grid, vesting in parts that sum exactly; a level that the grid lacks is said, not guessed."""
    inputs = {"level": case.level, "rating": case.rating, "parts": policy.equity.parts}
    try:
        shares = equity_refresh(policy.equity, level=case.level, rating=case.rating)
    except Rejected as rejected:
        result = {"reason": rejected.code}
        return Decided(component="equity", state="refused", inputs=inputs, result=result)
    parts = list(vesting_parts(shares, policy.equity.parts))
    result = {"shares": shares, "vesting": parts}
    return Decided(component="equity", state="granted", inputs=inputs, result=result)


def _open_promotion_case(case: Profile) -> Decided:
    inputs = {"rating": case.rating, "recommended": case.promotion_recommended}
    result = {"from_level": case.level, "target_level": case.target_level}
    return Decided(component="promotion_case", state="open", inputs=inputs, result=result)


def _draft_growth_plan(case: Profile) -> Decided:
    result = {"kind": "growth", "starts_on": case.finalized_on.isoformat()}
    return Decided(component="development_plan", state="draft", inputs={"rating": case.rating}, result=result)


def _draft_ninety_day_plan(case: Profile, *, because: str) -> Decided:
    dates = ninety_day_plan_dates(case.finalized_on)
    result = {"kind": "ninety_day", "because": because, **timetable(dates)}
    inputs = {"rating": case.rating, "starts_on": case.finalized_on.isoformat()}
    return Decided(component="development_plan", state="draft", inputs=inputs, result=result)


def _propose_pip(case: Profile) -> list[Decided]:
    """A PIP proposal where its gate is passed; else the refusal with what was missing, and a 90-day plan."""
    proposal = GateProposal(
        concerns=case.concerns,
        resources=case.resources,
        proposed_on=case.finalized_on,
        hr_attestation=case.attestation,
        cycle_start=case.cycle_start,
    )
    verdict = pip_gate(proposal)
    state = "proposed" if verdict.allowed else "refused"
    inputs = freeze_gate(proposal)
    pip = Decided(component="pip", state=state, inputs=inputs, result=describe_gate(verdict))
    if verdict.allowed:
        return [pip]
    return [pip, _draft_ninety_day_plan(case, because="the PIP's gate lacks evidence")]


def _assign(kind: Outcome, case: Profile) -> Decided:
    inputs = {"rating": case.rating}
    return Decided(component="assignment", state="offered", inputs=inputs, result={"kind": str(kind)})


def describe_gate(verdict: GateVerdict) -> dict[str, object]:
    """A verdict in plain values: the gap, what is missing, and the events that each item cites."""
    return {
        "gap": verdict.gap,
        "missing": [str(item) for item in verdict.missing],
        "evidence": {str(item): list(ids) for item, ids in verdict.evidence.items()},
    }


def timetable(dates: Timetable) -> dict[str, object]:
    """A plan's dates in plain values."""
    extension = dates.extension_end
    return {
        "checkpoints": [day.isoformat() for day in dates.checkpoints],
        "ends_on": dates.end.isoformat(),
        "extension_ends_on": None if extension is None else extension.isoformat(),
    }
